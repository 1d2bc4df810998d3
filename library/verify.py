"""Looks for damage: bytes that are not what was written, and tables that disagree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, ScalarSelect, Select, func, select, text

from library import schema
from library.encoding import unpack
from library.rows import is_whole
from library.store import Library
from library.types import Damage
from records.record import decode_record

_BATCH: Final = 500

_RECOLLECT: Final = "collect it again"
_RESTORE: Final = "nothing searched depends on it; a backup may have it"
_REBUILD: Final = "cordwatch rebuild --annotations"
_ANNOTATE: Final = "cordwatch annotate"
_QUARANTINE: Final = "cordwatch quarantine says why"


def verify_library(library: Library) -> Iterator[Damage]:
    """Everything that is wrong with the library: the file's structure, content hashes, identifiers, change log."""
    r, v, p = schema.records, schema.record_versions, schema.payloads
    a, e = schema.annotations, schema.embeddings
    with library.reading() as connection:
        yield from _structure(connection)
        yield from _damaged(connection, select(r.c.uid, r.c.encoded, r.c.content_hash), "record", _RECOLLECT)
        yield from _damaged(connection, select(v.c.uid, v.c.encoded, v.c.content_hash), "earlier version", _RESTORE)
        yield from _damaged(connection, select(p.c.url, p.c.content, p.c.hash), "raw payload", _RESTORE)
        yield from _damaged(connection, select(a.c.uid, a.c.encoded, a.c.content_hash), "annotation", _REBUILD)
        yield from _damaged(connection, select(e.c.uid, e.c.vectors, e.c.check), "embedding", _REBUILD, packed=False)
        yield from _unlogged(connection)
        yield from _identifiers(connection)
        yield from _missing_annotations(connection)
        yield from _older_annotations(connection)


def _structure(connection: Connection) -> Iterator[Damage]:
    for row in connection.execute(text("PRAGMA integrity_check")):
        if row[0] != "ok":
            yield Damage(uid="", what=f"database: {row[0]}", mend="restore the library from a backup")


def _damaged(
    connection: Connection, statement: Select[Any], what: str, mend: str, *, packed: bool = True
) -> Iterator[Damage]:
    for uid, stored, digest in connection.execute(statement).yield_per(_BATCH):
        if not is_whole(stored, digest, packed=packed):
            yield Damage(uid=uid, what=f"{what} is not what was written", mend=mend)


def _unlogged(connection: Connection) -> Iterator[Damage]:
    r, c = schema.records, schema.changes
    statement = select(r.c.uid).where(r.c.uid.not_in(select(c.c.uid)))
    for uid in connection.execute(statement).scalars():
        yield Damage(uid=uid, what="record is missing from the change log", mend=_RECOLLECT)


def _identifiers(connection: Connection) -> Iterator[Damage]:
    i, r = schema.identifiers, schema.records
    kept: dict[str, set[str]] = {}
    for uid, key in connection.execute(select(i.c.uid, i.c.key)):
        kept.setdefault(uid, set()).add(key)
    statement = select(r.c.uid, r.c.source, r.c.kind, r.c.encoded, r.c.content_hash)
    for uid, source, kind, encoded, digest in connection.execute(statement).yield_per(_BATCH):
        # A damaged record has been reported; it cannot be asked for what it says.
        if not is_whole(encoded, digest):
            continue
        record = decode_record(unpack(encoded))
        if set(record.identifiers.keys()) != kept.get(uid, set()):
            yield Damage(uid=uid, what="identifiers disagree with the record", mend=_RECOLLECT)
        if (uid, source, kind) != (record.uid, record.source, record.kind.value):
            yield Damage(uid=uid, what="uid, source or kind beside the record disagree with it", mend=_RECOLLECT)


def _missing_annotations(connection: Connection) -> Iterator[Damage]:
    """Of records that the stage has passed by."""
    r, a, q = schema.records, schema.annotations, schema.quarantine
    statement = select(r.c.uid).where(~r.c.deleted, r.c.seq <= _passed(), r.c.uid.not_in(select(a.c.uid)))
    failed = select(q.c.id).where(q.c.spider == "annotate", q.c.reason.startswith(r.c.uid + " "))
    for uid, held in connection.execute(statement.add_columns(failed.exists())):
        yield Damage(uid=uid, what="annotation is missing", mend=_QUARANTINE if held else _REBUILD)


def _older_annotations(connection: Connection) -> Iterator[Damage]:
    """Of records that have changed since: nobody is given these."""
    r, a = schema.records, schema.annotations
    statement = (
        select(r.c.uid, r.c.seq <= func.coalesce(_passed(), 0), a.c.record_version > r.c.version)
        .join(a, a.c.uid == r.c.uid)
        .where(~r.c.deleted, a.c.record_version != r.c.version)
    )
    for uid, passed, later in connection.execute(statement):
        what = "annotation is of a version that there is not" if later else "annotation is of an earlier version"
        yield Damage(uid=uid, what=what, mend=_REBUILD if passed else _ANNOTATE)


def _passed() -> ScalarSelect[Any]:
    """The change up to which some version of the pipeline has annotated."""
    w = schema.watermarks
    return select(func.max(w.c.seq)).where(w.c.stage.startswith("annotate ")).scalar_subquery()
