"""The library: opens the file, reads it, and hands out transactions to write."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import msgspec
from sqlalchemy import Connection, Engine, Row, case, distinct, func, select

from library import rows as stored
from library import schema
from library.encoding import moment, unpack
from library.engine import open_engine, told
from library.migrate import migrate
from library.standing import with_standing
from library.subjects import with_cautions
from library.types import (
    IMPORT,
    Change,
    ChangeKind,
    CrawlRun,
    CrawlState,
    Embedding,
    Payload,
    Quarantined,
    SourceSummary,
    StoredAnnotation,
    StoredRecord,
    Version,
)
from library.writer import Writer
from records.errors import LibraryError

_BATCH: Final = 500
Found = TypeVar("Found")


class Library:
    """The system of record. Open it with `Library.open`; it is a context manager."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self.path = path

    @classmethod
    def open(cls, path: Path, *, create: bool = True, busy_timeout_s: float = 60.0) -> Self:
        """Open the library at ``path``, bringing it to the current schema.

        Raises:
            LibraryError: No such file (without ``create``), not a library, or one that a newer version wrote.
        """
        if not path.exists():
            if not create:
                raise LibraryError(f"there is no library at {path}")
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise LibraryError(f"{path.parent} cannot be made: {error.strerror}", hint="set --home") from error
        engine = open_engine(path, busy_timeout_s)
        with told(path):
            migrate(engine, path)
        return cls(engine, path)

    def close(self) -> None:
        """Release the file."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[Writer]:
        """One transaction: committed at the end of the block, rolled back if it raises.

        Raises:
            LibraryBusyError: Another process held the write lock for too long.
            LibraryError: The disk is full, or the file is damaged; nothing of the block is kept.
        """
        with told(self.path), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            writer = Writer(connection)
            yield writer
            writer.flush()
            connection.commit()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for statements of one's own; reads see one moment."""
        with told(self.path), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            yield connection

    @cached_property
    def id(self) -> str:
        """A UUID: every library has its own; a copy and a restored backup keep that of the library they come from.

        Raises:
            LibraryError: The file has lost it.
        """
        for row in self._rows(select(schema.identity)):
            return str(row.id)
        raise LibraryError(f"{self.path} has no id of its own", hint="restore the file from a backup")

    # Records

    def get(self, uid: str) -> StoredRecord | None:
        """The record, removed or not; ``None`` if there never was one."""
        return self.get_many([uid]).get(uid)

    def get_many(self, uids: Iterable[str]) -> dict[str, StoredRecord]:
        """Those of the records that there are, each with the status that it has by all that the library knows."""
        found = self._by_uid(schema.records, uids, stored.stored_record)
        with self.reading() as connection:
            return with_cautions(connection, with_standing(connection, found))

    def history(self, uid: str) -> list[Version]:
        """Every version of a record as its source gave it, oldest first, the current one last."""
        v = schema.record_versions
        current = self._by_uid(schema.records, [uid], stored.stored_record).get(uid)
        if current is None:
            return []
        rows = self._rows(select(v).where(v.c.uid == uid, v.c.version < current.version).order_by(v.c.version))
        latest = Version(version=current.version, changed=current.last_changed, record=current.record)
        return [*(stored.version(row) for row in rows), latest]

    def payload(self, uid: str) -> Payload | None:
        """The bytes that the current version was parsed from."""
        r, p = schema.records, schema.payloads
        rows = self._rows(select(p).join(r, r.c.payload_hash == p.c.hash).where(r.c.uid == uid))
        for row in rows:
            return stored.payload(row)
        return None

    def iter_uids(self) -> Iterator[str]:
        """Every record's uid, in the order of uids, in constant memory."""
        r = schema.records
        last = ""
        while rows := self._rows(select(r.c.uid).where(r.c.uid > last).order_by(r.c.uid).limit(_BATCH)):
            yield from (row.uid for row in rows)
            last = rows[-1].uid

    def find_identifier(self, key: str) -> list[str]:
        """Uids of the records that bear ``scheme:value``."""
        i = schema.identifiers
        return [row.uid for row in self._rows(select(i.c.uid).where(i.c.key == key).order_by(i.c.uid))]

    def counts(self) -> dict[str, int]:
        """How many records of each kind stand (removed ones not counted)."""
        r = schema.records
        rows = self._rows(select(r.c.kind, func.count().label("n")).where(~r.c.deleted).group_by(r.c.kind))
        return {row.kind: row.n for row in rows}

    # What is derived

    def annotations(self, uids: Iterable[str]) -> dict[str, StoredAnnotation]:
        """Annotations of those records that have one of their current version; spans point into no other text."""
        a, r = schema.annotations, schema.records
        current = select(r.c.version).where(r.c.uid == a.c.uid).scalar_subquery()
        return self._by_uid(a, uids, stored.stored_annotation, a.c.record_version == current)

    def annotation(self, uid: str) -> StoredAnnotation | None:
        """Annotation of one record."""
        return self.annotations([uid]).get(uid)

    def embeddings(self, uids: Iterable[str]) -> dict[str, Embedding]:
        """Vectors of those records that have any."""
        return self._by_uid(schema.embeddings, uids, stored.embedding)

    def embedding(self, uid: str) -> Embedding | None:
        """Vectors of one record."""
        return self.embeddings([uid]).get(uid)

    # Changes and stages

    def changes(self, after: int, *, kinds: Collection[ChangeKind] = tuple(ChangeKind), limit: int) -> list[Change]:
        """The latest change of each kind of each record after ``after``, in the order of seqs."""
        c = schema.changes
        wanted = [kind.value for kind in kinds]
        rows = self._rows(select(c).where(c.c.seq > after, c.c.kind.in_(wanted)).order_by(c.c.seq).limit(limit))
        return [stored.change(row) for row in rows]

    def count_changes(self, after: int, *, kinds: Collection[ChangeKind] = tuple(ChangeKind)) -> int:
        """How many changes `changes` would give, for progress."""
        c = schema.changes
        wanted = [kind.value for kind in kinds]
        statement = select(func.count().label("n")).select_from(c).where(c.c.seq > after, c.c.kind.in_(wanted))
        return int(self._rows(statement)[0].n)

    def newest_changes(self, uids: Iterable[str]) -> dict[str, int]:
        """Of each of the records that there are, the seq of its newest change, of whatever kind."""
        c = schema.changes
        newest = select(c.c.uid, func.max(c.c.seq).label("seq")).group_by(c.c.uid)
        found: dict[str, int] = {}
        for batch in _batches(uids):
            found |= {row.uid: row.seq for row in self._rows(newest.where(c.c.uid.in_(batch)))}
        return found

    def last_seq(self) -> int:
        """The newest change; 0 if there is none."""
        return self._rows(select(func.max(schema.changes.c.seq).label("seq")))[0].seq or 0

    def watermark(self, stage: str) -> int:
        """The change up to which a stage has worked; 0 if it has not."""
        return self.watermarks().get(stage, 0)

    def watermarks(self) -> dict[str, int]:
        """All of them."""
        return {row.stage: row.seq for row in self._rows(select(schema.watermarks))}

    # Sources

    def state(self, source: str) -> CrawlState:
        """How far a source has been read; empty for one that was never crawled."""
        s = schema.crawl_states
        for row in self._rows(select(s).where(s.c.source == source)):
            return CrawlState(source=source, watermark=row.watermark, state=json.loads(row.state))
        return CrawlState(source=source)

    def runs(self, source: str, *, limit: int = 20) -> list[CrawlRun]:
        """Reports of a source, newest first."""
        r = schema.crawl_runs
        rows = self._rows(select(r.c.encoded).where(r.c.source == source).order_by(r.c.id.desc()).limit(limit))
        return [msgspec.json.decode(row.encoded, type=CrawlRun) for row in rows]

    def quarantined(self, *, source: str | None = None) -> Iterator[Quarantined]:
        """What could not be read, oldest first."""
        q = schema.quarantine
        statement = select(q).order_by(q.c.id)
        for row in self._rows(statement.where(q.c.source == source) if source else statement):
            fields = dict(row._mapping)
            del fields["hash"]
            fields |= {"content": unpack(row.content)}
            fields |= {name: moment(fields[name]) for name in ("first_seen", "last_seen")}
            yield Quarantined(**fields)

    def source_summaries(self) -> list[SourceSummary]:
        """Each source that has records, runs or quarantine; imported files are one."""
        r, q, runs, states = schema.records, schema.quarantine, schema.crawl_runs, schema.crawl_states
        number, newest = func.count().label("n"), func.max(runs.c.finished).label("at")
        imported = runs.c.source.startswith(f"{IMPORT} ", autoescape=True)
        by = case((imported, IMPORT), else_=runs.c.source)
        files = select(func.count(distinct(runs.c.source)).label("n")).where(imported)
        records = self._rows(select(r.c.source, number).where(~r.c.deleted).group_by(r.c.source))
        found: dict[str, dict[str, Any]] = {}
        for name, rows in (
            ("records", ((row.source, row.n) for row in records)),
            ("quarantined", ((x.source, x.n) for x in self._rows(select(q.c.source, number).group_by(q.c.source)))),
            ("watermark", ((row.source, row.watermark) for row in self._rows(select(states)))),
            (
                "last_run",
                ((x.source, moment(x.at)) for x in self._rows(select(by.label("source"), newest).group_by(by))),
            ),
            (
                "last_complete",
                (
                    (x.source, moment(x.at))
                    for x in self._rows(select(by.label("source"), newest).where(runs.c.complete).group_by(by))
                ),
            ),
            ("files", ((IMPORT, x.n) for x in self._rows(files) if x.n)),
        ):
            for source, value in rows:
                found.setdefault(source, {})[name] = value
        return [SourceSummary(source=source, **fields) for source, fields in sorted(found.items())]

    def records_from_files(self) -> dict[str, int]:
        """Source → how many of its standing records were imported from files, not crawled."""
        r, p = schema.records, schema.payloads
        crawled = p.c.url.startswith("http://") | p.c.url.startswith("https://")
        statement = select(r.c.source, func.count().label("n")).join(p, p.c.hash == r.c.payload_hash)
        rows = self._rows(statement.where(~r.c.deleted, ~crawled).group_by(r.c.source))
        return {row.source: row.n for row in rows}

    def backup(self, path: Path) -> None:
        """Copy the library, consistent, while others work on it."""
        import sqlite3

        with self._engine.connect() as connection, sqlite3.connect(path) as target:
            raw: Any = connection.connection.driver_connection
            raw.backup(target)
        target.close()

    def _rows(self, statement: Any) -> Sequence[Row[Any]]:
        with self.reading() as connection:
            return connection.execute(statement).all()

    def _by_uid(
        self, table: Any, uids: Iterable[str], make: Callable[[Row[Any]], Found], *only: Any
    ) -> dict[str, Found]:
        found: dict[str, Found] = {}
        for batch in _batches(uids):
            found |= {row.uid: make(row) for row in self._rows(select(table).where(table.c.uid.in_(batch), *only))}
        return found


def _batches(uids: Iterable[str]) -> Iterator[list[str]]:
    waiting = iter(uids)
    while batch := list(islice(waiting, _BATCH)):
        yield batch
