"""Looks for damage: bytes that are not what was written, and tables that disagree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, ScalarSelect, Select, and_, func, select, text

from library import schema
from library.agreement import disagreements, misfiled
from library.encoding import unpack
from library.mend import STAGES, ahead, impossible_states
from library.rows import is_whole, spans_of
from library.store import Library
from library.types import ChangeKind, Damage
from records.annotation import Entity, Finding, decode_annotation
from records.errors import LibraryError
from records.record import Record, decode_record

_BATCH: Final = 500

_RECOLLECT: Final = "collect it again"
_BACKUP: Final = "restore the library from a backup"
_REWRITE: Final = "cordwatch rebuild"
_RESTORE: Final = "nothing searched depends on it; a backup may have it"
_REBUILD: Final = "cordwatch rebuild --annotations"
_ANNOTATE: Final = "cordwatch annotate"
_QUARANTINE: Final = "cordwatch quarantine says why"


def verify_library(library: Library) -> Iterator[Damage]:
    """Everything that is wrong with the library.

    That is the file's structure, content hashes, the change log, what follows from the records, and how far stages and
    crawls claim to have come.
    """
    r, v, p = schema.records, schema.record_versions, schema.payloads
    a, e = schema.annotations, schema.embeddings
    with library.reading() as connection:
        yield from _structure(connection)
        yield from _damaged(connection, select(r.c.uid, r.c.encoded, r.c.content_hash), "record", _RECOLLECT)
        yield from _damaged(connection, select(v.c.uid, v.c.encoded, v.c.content_hash), "earlier version", _RESTORE)
        yield from _damaged(connection, select(p.c.url, p.c.content, p.c.hash), "raw payload", _RESTORE)
        yield from _damaged(connection, select(a.c.uid, a.c.encoded, a.c.content_hash), "annotation", _REBUILD)
        yield from _damaged(connection, select(e.c.uid, e.c.vectors, e.c.check), "embedding", _REBUILD, packed=False)
        yield from _change_log(connection)
        yield from _derived(connection)
        yield from _payloads(connection)
        yield from _progress(connection)
        yield from _spans(connection)
        yield from _foreign_annotations(connection)
        yield from _missing_annotations(connection)
        yield from _older_annotations(connection)


def _structure(connection: Connection) -> Iterator[Damage]:
    for row in connection.execute(text("PRAGMA integrity_check")):
        if row[0] != "ok":
            yield Damage(uid="", what=f"database: {row[0]}", mend=_BACKUP)


def _damaged(
    connection: Connection, statement: Select[Any], what: str, mend: str, *, packed: bool = True
) -> Iterator[Damage]:
    for uid, stored, digest in connection.execute(statement).yield_per(_BATCH):
        if not is_whole(stored, digest, packed=packed):
            yield Damage(uid=uid, what=f"{what} is not what was written", mend=mend)


def _change_log(connection: Connection) -> Iterator[Damage]:
    c = schema.changes
    for uid, _, is_logged in misfiled(connection):
        what = "record is missing from the change log"
        if is_logged:
            what = "record and change log disagree on whether its source has removed it"
        yield Damage(uid=uid, what=what, mend=_REWRITE)
    unknown = select(c.c.uid, c.c.kind).where(c.c.kind.not_in([kind.value for kind in ChangeKind]))
    for uid, kind in connection.execute(unknown):
        yield Damage(uid=uid, what=f"a change of no kind that there is: {kind!r}", mend=_REWRITE)


def _derived(connection: Connection) -> Iterator[Damage]:
    for wrong in disagreements(connection):
        for name in wrong.tables:
            what = f"{name} disagree with the record" if wrong.record else f"{name} of a record that there is not"
            yield Damage(uid=wrong.uid, what=what, mend=_REWRITE)
        for name in wrong.beside:
            mend = _BACKUP if name == "uid" else _REWRITE
            yield Damage(uid=wrong.uid, what=f"{name} beside the record disagrees with it", mend=mend)


def _payloads(connection: Connection) -> Iterator[Damage]:
    r, p = schema.records, schema.payloads
    statement = select(r.c.uid).where(r.c.payload_hash.is_not(None), r.c.payload_hash.not_in(select(p.c.hash)))
    for uid in connection.execute(statement).scalars():
        yield Damage(uid=uid, what="raw payload is missing", mend=_RESTORE)


def _progress(connection: Connection) -> Iterator[Damage]:
    for stage in ahead(connection):
        mend = _REWRITE if stage.startswith(STAGES) else _BACKUP
        yield Damage(uid="", what=f"stage {stage!r} claims changes that there are not", mend=mend)
    for source in impossible_states(connection):
        what = f"{source} was read up to a day that has not come, or its state cannot be read"
        yield Damage(uid="", what=what, mend=f"{_REWRITE}; the next crawl reads all of it")


def _spans(connection: Connection) -> Iterator[Damage]:
    e = schema.embeddings
    for row in connection.execute(select(e.c.uid, e.c.spans, e.c.windows)).yield_per(_BATCH):
        try:
            spans_of(row)
        except LibraryError as error:
            yield Damage(uid=row.uid, what=error.message, mend=_REBUILD)


def _foreign_annotations(connection: Connection) -> Iterator[Damage]:
    """Annotations whose words are not the record's: they are of another one."""
    r, a = schema.records, schema.annotations
    statement = select(r.c.uid, r.c.encoded, r.c.content_hash, a.c.encoded.label("found"), a.c.content_hash.label("of"))
    statement = statement.join(a, and_(a.c.uid == r.c.uid, a.c.record_version == r.c.version)).where(~r.c.deleted)
    for row in connection.execute(statement).yield_per(_BATCH):
        if is_whole(row.encoded, row.content_hash) and is_whole(row.found, row.of):
            record, annotation = decode_record(unpack(row.encoded)), decode_annotation(unpack(row.found))
            marks: list[Entity | Finding] = [*annotation.entities, *annotation.findings]
            if not all(_stands(record, mark) for mark in marks):
                yield Damage(uid=row.uid, what="annotation is of another text", mend=_REBUILD)


def _stands(record: Record, found: Entity | Finding) -> bool:
    return record.text_of(found.span.field)[found.span.start : found.span.end] == found.text


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
