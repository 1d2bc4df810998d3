"""What follows from the records and is kept beside them: whether it does, and how it should be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Table, and_, select

from library import schema
from library.encoding import unpack
from library.rows import is_whole
from library.standing import claims, claims_of
from library.subjects import preprints, preprints_of, subjects, subjects_of
from library.types import ChangeKind
from records.record import Record, decode_record

_BATCH: Final = 500
TABLES: Final[dict[str, Table]] = {
    "identifiers": schema.identifiers,
    "claims": claims,
    "subjects": subjects,
    "preprints": preprints,
}
"""By the names under which `verify` speaks of them."""
Rows = frozenset[tuple[str, str]]
"""Key and, of claims, the status; else an empty text."""
_NONE: Final[Rows] = frozenset()


class Disagreement(NamedTuple):
    """A record of which something else is kept than what follows from it."""

    uid: str
    record: Record | None
    """``None`` where there is no such record."""
    is_removed: bool
    kept: dict[str, Rows]
    """Of each of `TABLES`."""
    wanted: dict[str, Rows]
    beside: dict[str, Any]
    """Columns of ``records`` that should be something else, with what they should be."""

    @property
    def tables(self) -> list[str]:
        """Names of the tables that disagree."""
        return [name for name in TABLES if self.kept[name] != self.wanted[name]]


def disagreements(connection: Connection) -> Iterator[Disagreement]:
    """Every record that disagrees with what is kept beside it; a damaged one cannot be asked."""
    kept = {name: _rows(connection, table) for name, table in TABLES.items()}
    r = schema.records
    statement = select(r.c.uid, r.c.source, r.c.kind, r.c.revised, r.c.deleted, r.c.encoded, r.c.content_hash).order_by(
        r.c.uid
    )
    for row in connection.execute(statement).yield_per(_BATCH):
        own = {name: rows.pop(row.uid, _NONE) for name, rows in kept.items()}
        if not is_whole(row.encoded, row.content_hash):
            continue
        record = decode_record(unpack(row.encoded))
        found = Disagreement(row.uid, record, row.deleted, own, _wanted(record, row.deleted), _beside(row, record))
        if found.tables or found.beside:
            yield found
    for uid in sorted(set().union(*kept.values())):
        own = {name: rows.get(uid, _NONE) for name, rows in kept.items()}
        yield Disagreement(uid, None, True, own, dict.fromkeys(TABLES, _NONE), {})


def _rows(connection: Connection, table: Table) -> dict[str, Rows]:
    found: dict[str, set[tuple[str, str]]] = {}
    columns = (table.c.status,) if "status" in table.c else ()
    for uid, key, *status in connection.execute(select(table.c.uid, table.c.key, *columns)):
        found.setdefault(uid, set()).add((key, *status) if status else (key, ""))
    return {uid: frozenset(rows) for uid, rows in found.items()}


def _wanted(record: Record, is_removed: bool) -> dict[str, Rows]:
    wanted = dict.fromkeys(TABLES, _NONE) | {"identifiers": _plain(record.identifiers.keys())}
    if not is_removed:
        wanted["claims"] = frozenset((key, status.value) for key, status in claims_of(record).items())
        wanted |= {"subjects": _plain(subjects_of(record)), "preprints": _plain(preprints_of(record))}
    return wanted


def _plain(keys: Any) -> Rows:
    return frozenset((key, "") for key in keys)


def _beside(row: Any, record: Record) -> dict[str, Any]:
    said = {
        "uid": record.uid,
        "source": record.source,
        "kind": record.kind.value,
        "revised": record.revised.ordinal() if record.revised else 0,
    }
    return {name: value for name, value in said.items() if getattr(row, name) != value}


class Misfiled(NamedTuple):
    """A record whose change log says something else than it does."""

    uid: str
    is_removed: bool
    """What two of three say: its own mark, the log and whether a reason is given."""
    is_logged: bool
    """Whether the log has its last change, of whatever kind."""


def misfiled(connection: Connection) -> Iterator[Misfiled]:
    """Records whose last change is not in the log, or is there as another kind."""
    r, c = schema.records, schema.changes
    last = and_(c.c.seq == r.c.seq, c.c.uid == r.c.uid)
    statement = select(r.c.uid, r.c.deleted, r.c.deleted_reason, c.c.kind).outerjoin(c, last).order_by(r.c.uid)
    kinds = {False: ChangeKind.RECORD.value, True: ChangeKind.TOMBSTONE.value}
    for uid, is_removed, reason, kind in connection.execute(statement):
        if kind != kinds[is_removed] or (reason and not is_removed):
            votes = is_removed + (kind == ChangeKind.TOMBSTONE) + bool(reason)
            yield Misfiled(uid, votes > 1, kind is not None)
