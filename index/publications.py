"""Several sources hold the same publication: their records are one hit, shown by the one that says most.

Narrower than `library.works`: an article and the registration of its trial are one work, and two things to cite.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, TypeAlias

import msgspec
import numpy as np

from index.backend import StoredDocument
from index.digest import key_of
from index.fusion import Fused
from records.hit import Summary

PREFERRED: Final = ("pubmed", "clinicaltrials", "europepmc", "biorxiv", "jrct", "ctis")
"""Sources whose record is shown, the one that says most first; then all others, in the order of the hits."""
_AT_MOST: Final = 1_000
"""Documents read at once."""
_LOST: Final = 255
"""Stands for the preference of a record that the index has lost."""

Read: TypeAlias = Callable[[Iterable[str]], Mapping[str, StoredDocument]]
"""Gives documents by uid."""


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """One publication among the hits."""

    place: Fused
    """Of its best record."""
    document: StoredDocument
    """Of the record that is shown."""
    also: tuple[str, ...] = ()
    """Uids of its other records, best first, as far as they were met."""


_Member: TypeAlias = tuple[Fused, StoredDocument]


def each_record(ranked: Sequence[Fused], read: Read) -> list[Publication]:
    """Every record as a publication of its own."""
    members = _documents(ranked, read, len(ranked))
    return [Publication(place=place, document=document) for place, document in members]


def publications(ranked: Sequence[Fused], read: Read, wanted: int) -> list[Publication]:
    """The first publications of a ranked list, each at the place of its best record.

    Args:
        ranked: Records, best first.
        read: It is asked for little more than is needed.
        wanted: How many publications at most.
    """
    groups: dict[int, list[_Member]] = {}
    owners: dict[str, int] = {}
    members = _documents(ranked, read, wanted + wanted // 2)
    for number, (place, document) in enumerate(members):
        keys = tuple(publication_keys(document.summary))
        related = sorted({owners[key] for key in keys if key in owners})
        if not related and len(groups) == wanted:
            break
        own, *others = related or [number]
        groups.setdefault(own, []).append((place, document))
        for other in others:
            groups[own] += groups.pop(other)
        merged = (key for _, member in groups[own] for key in publication_keys(member.summary))
        owners |= dict.fromkeys(merged if others else keys, own)
    return [_publication(group) for group in groups.values()]


def shown_uids(ranked: Sequence[str], read: Read, wanted: int) -> list[str]:
    """Uids of the records that show the publications of a ranked list, each at the place of its best record.

    All records are looked at, and little is kept of each: 12 bytes a key, and its place in the order of preference.

    Args:
        ranked: Uids, best first.
        read: Asked for a page at a time.
        wanted: How many publications at most.
    """
    keys, rows, ranks = array("q"), array("q"), bytearray()
    for page in _pages(ranked):
        documents = read(page)
        for uid in page:
            summary = documents[uid].summary if uid in documents else None
            own = [key_of(key) for key in publication_keys(summary)] if summary else []
            keys.extend(own)
            rows.extend([len(ranks)] * len(own))
            ranks.append(_preference(summary.source) if summary else _LOST)
    shown: dict[int, int] = {}
    for row, best in enumerate(_best_of_each(len(ranks), keys, rows)):
        if ranks[row] != _LOST and (best not in shown or ranks[row] < ranks[shown[best]]):
            shown[best] = row
    return [ranked[row] for row in islice(shown.values(), wanted)]


def _best_of_each(count: int, keys: array[int], rows: array[int]) -> array[int]:
    """Row → the first row of its publication, which shares a key with it, or with one that does, and so on."""
    best = array("q", range(count))

    def first(row: int) -> int:
        while best[row] != row:
            best[row] = best[best[row]]
            row = best[row]
        return row

    of_key, of_row = np.frombuffer(keys, dtype=np.int64), np.frombuffer(rows, dtype=np.int64)
    order = np.argsort(of_key, kind="stable")
    for place in np.flatnonzero(of_key[order[1:]] == of_key[order[:-1]]).tolist():
        one, other = sorted((first(int(of_row[order[place]])), first(int(of_row[order[place + 1]]))))
        best[other] = one
    for row in range(count):
        best[row] = first(row)
    return best


def _pages(ranked: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ranked), _AT_MOST):
        yield ranked[start : start + _AT_MOST]


def publication_keys(summary: Summary) -> Iterator[str]:
    """What a record shares with others of its publication.

    That is its DOI and PMID, of a registration its numbers, of a press item the story that its copies tell too.
    """
    if summary.doi:
        yield f"doi:{summary.doi}"
    if summary.pmid:
        yield f"pmid:{summary.pmid}"
    if summary.kind == "registration":
        yield from (f"registration:{number}" for number in summary.registrations)
    yield from summary.story


def _documents(ranked: Sequence[Fused], read: Read, at_once: int) -> Iterator[_Member]:
    waiting = iter(ranked)
    while some := list(islice(waiting, max(min(at_once, _AT_MOST), 1))):
        documents = read(one.uid for one in some)
        yield from ((one, documents[one.uid]) for one in some if one.uid in documents)


def _publication(members: list[_Member]) -> Publication:
    members = sorted(members, key=lambda member: (-member[0].score, member[0].uid))
    shown = min(members, key=lambda member: _preference(member[1].summary.source))
    also = tuple(place.uid for place, document in members if document is not shown[1])
    return Publication(place=members[0][0], document=shown[1], also=also)


def _preference(source: str) -> int:
    return PREFERRED.index(source) if source in PREFERRED else len(PREFERRED)
