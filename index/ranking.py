"""The hits of one query, however many: ordered, joined and read again in constant memory.

All that grows with the hits lies in a database of SQLite's that has no name. While it is small it is in memory; what is
beyond `CACHE_KB` goes to a file in the folder of temporary files, which is gone with the process, however that ends.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count, islice
from types import TracebackType
from typing import Any, Final, Self, TypeAlias

import msgspec

from index.backend import Pages
from index.fusion import Fused, Join, Scale, halves, placed, single
from index.publications import AT_MOST, Owners, Publication, Read, hashed_keys, preference
from records.errors import IndexRoomError
from records.hit import Summary

CACHE_KB: Final = 2_048
"""What SQLite holds in memory; as much again while it sorts."""
_LEXICAL, _SEMANTIC = range(2)
_TABLES: Final = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA temp_store = FILE;
CREATE TABLE scored (list INTEGER, uid TEXT, score REAL);
CREATE TABLE first (uid TEXT PRIMARY KEY, place INTEGER) WITHOUT ROWID;
CREATE TABLE hit (
    place INTEGER PRIMARY KEY,
    uid TEXT,
    lexical REAL,
    semantic REAL,
    publication INTEGER  -- NULL, or the place of a better record of the same publication, or 0 if there is no document
);
CREATE INDEX member ON hit (publication) WHERE publication IS NOT NULL;
CREATE TABLE bearer (key INTEGER PRIMARY KEY, place INTEGER);
BEGIN;
"""
_CUT: Final = """
DELETE FROM scored WHERE rowid IN (
    SELECT rowid FROM scored WHERE list = ? ORDER BY score DESC, uid LIMIT -1 OFFSET ?)
"""
_ORDERED: Final = """
INSERT INTO hit (uid, lexical, semantic)
SELECT uid, lexical, semantic FROM (
    SELECT uid, max(score) FILTER (WHERE list = ?) AS lexical, max(score) FILTER (WHERE list = ?) AS semantic
    FROM scored GROUP BY uid)
LEFT JOIN first USING (uid) ORDER BY place IS NULL, place, joined(lexical, semantic) DESC, uid
"""
_PLACED: Final = "INSERT INTO hit (uid) SELECT uid FROM scored GROUP BY uid ORDER BY max(score) DESC, uid LIMIT ?"
_OWNERS: Final = """
SELECT bearer.key, coalesce(hit.publication, hit.place)
FROM json_each(?) AS sought CROSS JOIN bearer ON bearer.key = sought.value JOIN hit ON hit.place = bearer.place
"""
_RECORDS: Final = "SELECT place, uid, lexical, semantic FROM hit ORDER BY place LIMIT ? OFFSET ?"
_FIRSTS: Final = (
    "SELECT place, uid, lexical, semantic FROM hit WHERE publication IS NULL ORDER BY place LIMIT ? OFFSET ?"
)
_OTHERS: Final = "SELECT publication, uid FROM hit WHERE publication BETWEEN ? AND ? ORDER BY publication, place"
_Row: TypeAlias = tuple[int, str, float | None, float | None]
"""Place, uid, lexical and semantic score."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an answer."""

    found: Sequence[Publication]
    lexical: Mapping[str, float]
    """uid → score of the best records of these, where the list has them."""
    semantic: Mapping[str, float]
    words: bool
    """Whether the lexical list has any record."""


class Ranking:
    """Scores of one query: add them, `arrange` them, `join` what is one publication; a context manager.

    Raises:
        IndexRoomError: There is no room for temporary files.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute(f"PRAGMA cache_size = -{CACHE_KB}")
        self._database.executescript(_TABLES)
        self._place: Join = single
        self._placed = 0
        self._first: Mapping[str, Fused] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    # Filling

    def add_lexical(self, pages: Pages, limit: int) -> None:
        """Keep the ``limit`` best of the lexical list."""
        self._add_best(_LEXICAL, pages, limit)

    def add_semantic(self, pages: Pages, limit: int) -> None:
        """Keep the ``limit`` best of the semantic list."""
        self._add_best(_SEMANTIC, pages, limit)

    def _add_best(self, number: int, pages: Pages, limit: int) -> None:
        if self._add(number, pages) > limit:
            self._run(_CUT, number, limit)

    def _add(self, number: int, pages: Pages) -> int:
        rows = ((number, uid, score) for page in pages for uid, score in page.items())
        with _room():
            return self._database.executemany("INSERT INTO scored VALUES (?, ?, ?)", rows).rowcount

    def arrange(self, *, fused: bool, first: Sequence[Fused] = ()) -> None:
        """Put all in order, best first, ties in the order of uids.

        Args:
            fused: Whether both lists are joined half and half; else by the scores of the one list that there is.
            first: What comes before all others as it is, not more than can be held.
        """
        self._first = {one.uid: one for one in first}
        with _room():
            self._database.executemany("INSERT INTO first VALUES (?, ?)", zip(self._first, count(), strict=False))
        place = self._place = halves(self._scale(_LEXICAL), self._scale(_SEMANTIC)) if fused else single
        self._database.create_function("joined", 2, lambda *scores: place("", *scores).score, deterministic=True)
        self._run(_ORDERED, _LEXICAL, _SEMANTIC)
        self._run("DROP TABLE scored")
        self._run("DROP TABLE first")

    def arrange_placed(self, lists: Iterable[Pages], limit: int, *, fused: bool) -> None:
        """Put in order what is ranked by place alone, as by date.

        Args:
            lists: What is in several counts where it scores best.
            limit: How many at most.
            fused: As for `arrange`; the list stands for the lexical one, and its scores are those of `placed`.
        """
        for pages in lists:
            self._add(_LEXICAL, pages)
        self._run(_PLACED, limit)
        self._run("DROP TABLE scored")
        ((number,),) = self._run("SELECT count(*) FROM hit")
        self._placed = number
        self._place = (
            halves(Scale(low=placed(number, number), high=placed(1, number)), Scale()) if fused and number else single
        )

    def _scale(self, number: int) -> Scale:
        ((low, high),) = self._run("SELECT min(score), max(score) FROM scored WHERE list = ?", number)
        return Scale() if low is None else Scale(low=low, high=high)

    def join(self, read: Callable[[Iterable[str]], Mapping[str, Summary]], *, wanted: int | None = None) -> None:
        """Find which records are one publication.

        Args:
            read: Asked for a page at a time.
            wanted: End where so many publications are known and the next record is of none of them.
        """
        known = 0
        for page in self._pages():
            found = read(page.values())
            summaries = {place: found[uid] for place, uid in page.items() if uid in found}
            lost = [(place,) for place in page if place not in summaries]
            with _room():
                self._database.executemany("UPDATE hit SET publication = 0 WHERE place = ?", lost)
            known, ended = self._join_page(summaries, known, wanted)
            if ended:
                break

    def _pages(self) -> Iterator[dict[int, str]]:
        place = 0
        while page := dict(self._run("SELECT place, uid FROM hit WHERE place > ? LIMIT ?", place, AT_MOST)):
            yield page
            place = max(page)

    def _join_page(self, page: Mapping[int, Summary], known: int, wanted: int | None) -> tuple[int, bool]:
        """How many publications are known then, and whether it ended there."""
        keys = {place: hashed_keys(summary) for place, summary in page.items()}
        owners = Owners(dict(self._run(_OWNERS, json.dumps(sorted({key for own in keys.values() for key in own})))))
        joined: list[tuple[int, int]] = []
        borne: list[tuple[int, int]] = []
        ended = False
        for place in page:
            if known == wanted and not owners.related(keys[place]):
                ended = True
                break
            own, others = owners.admit(place, keys[place])
            known += (own == place) - len(others)
            joined += [(own, other) for other in (*others, place) if other != own]
            borne += [(key, place) for key in keys[place]]
        with _room():
            self._database.executemany("UPDATE hit SET publication = ?1 WHERE place = ?2 OR publication = ?2", joined)
            self._database.executemany("INSERT OR IGNORE INTO bearer VALUES (?, ?)", sorted(borne))
        return known, ended

    # Reading

    def uids(self, limit: int) -> Iterator[str]:
        """Uids of the best records."""
        for page in self._in_pages(_RECORDS, limit):
            yield from (row[1] for row in page)

    def shown(self, limit: int) -> Iterator[str]:
        """Uids of the records that show the best publications, each at the place of its best record."""
        for page in self._in_pages(_FIRSTS, limit):
            yield from map(_shown, self._members(page))

    def _in_pages(self, statement: str, limit: int) -> Iterator[list[_Row]]:
        rows = self._run(statement, limit, 0)
        return iter(lambda: list(islice(rows, AT_MOST)), [])

    def page(self, offset: int, limit: int, read: Read, *, records: bool) -> Page:
        """The publications from a place on; with ``records`` every record by itself."""
        rows = [self._scored(row) for row in self._run(_RECORDS if records else _FIRSTS, limit, offset)]
        members = [[row[1]] for row in rows] if records else self._members(rows)
        documents = read(map(_shown, members))
        found = [
            Publication(
                place=self._first.get(row[1]) or self._place(*row[1:]),
                document=documents[_shown(uids)],
                also=tuple(uid for uid in uids if uid != _shown(uids)),
            )
            for row, uids in zip(rows, members, strict=True)
            if _shown(uids) in documents
        ]
        return Page(
            found=found,
            lexical={uid: lexical for _, uid, lexical, _ in rows if lexical is not None},
            semantic={uid: semantic for _, uid, _, semantic in rows if semantic is not None},
            words=bool(self._placed or list(self._run("SELECT 1 FROM hit WHERE lexical IS NOT NULL LIMIT 1"))),
        )

    def _scored(self, row: _Row) -> _Row:
        return (*row[:2], placed(row[0], self._placed), None) if self._placed else row

    def _members(self, firsts: Sequence[_Row]) -> list[list[str]]:
        """Uids of the records of publications that follow each other, best first."""
        members = {row[0]: [row[1]] for row in firsts}
        if members:
            for publication, uid in self._run(_OTHERS, min(members), max(members)):
                members[publication].append(uid)
        return list(members.values())

    def _run(self, statement: str, *values: object) -> Iterator[Any]:
        with _room():
            return self._database.execute(statement, values)


def _shown(uids: Sequence[str]) -> str:
    """The record that is shown of a publication, whose records come best first."""
    return uids[0] if len(uids) == 1 else min(uids, key=lambda uid: preference(uid.partition(":")[0]))


@contextmanager
def _room() -> Iterator[None]:
    """Tell what SQLite cannot do, most often for want of room."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise IndexRoomError(
            f"the hits find no room in the folder of temporary files: {error}",
            hint="make room there, or name another folder in SQLITE_TMPDIR",
        ) from error
