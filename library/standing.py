"""How records stand by what other records say: a retraction that one register knows holds for the paper everywhere.

A record makes a claim on its own DOI, PMID and PMCID if it says of itself that it does not simply stand, and on the
works that it retracts, doubts or corrects. Another record that bears such an identifier stands no better than the
gravest claim. Notices are about other records, and stand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import Column, Connection, Index, String, Table, bindparam, delete, insert, select

from library import schema
from library.rows import known
from library.types import StoredRecord
from records.record import Kind, PublicationStatus, Record, RelationType

claims: Final = Table(
    "claims",
    schema.metadata,
    Column("key", String, primary_key=True),
    Column("uid", String, primary_key=True),
    Column("status", String, nullable=False),
    Index("ix_claims_uid", "uid"),
)
GRAVITY: Final = {
    status: rank
    for rank, status in enumerate(
        (
            PublicationStatus.CURRENT,
            PublicationStatus.CORRECTED,
            PublicationStatus.CONCERN,
            PublicationStatus.WITHDRAWN,
            PublicationStatus.RETRACTED,
        )
    )
}
"""A higher number says more against an item."""
ABOUT_OTHERS: Final = {
    RelationType.CORRECTS: PublicationStatus.CORRECTED,
    RelationType.RAISES_CONCERN_ABOUT: PublicationStatus.CONCERN,
    RelationType.RETRACTS: PublicationStatus.RETRACTED,
}
"""What a notice says of the work that it is about."""
WORKS: Final = ("doi:", "pmid:", "pmcid:")
"""Schemes that name one paper; a registration number names a trial and all its papers."""
_OF_RECORD: Final = select(claims.c.key, claims.c.status).where(claims.c.uid == bindparam("of"))
_ANY: Final = select(claims.c.uid).where(claims.c.key.in_(bindparam("keys", expanding=True))).limit(1)
_DROP: Final = delete(claims).where(claims.c.uid == bindparam("of"))
_ADD: Final = insert(claims)
_BATCH: Final = 500


def claims_of(record: Record) -> dict[str, PublicationStatus]:
    """``scheme:value`` → what the record says of the works that bear it."""
    found: dict[str, PublicationStatus] = {}
    if record.kind is not Kind.NOTICE and record.status is not PublicationStatus.CURRENT:
        own = record.identifiers.keys()
        found |= {key: record.status for key in own if key.startswith(WORKS)}
    for relation in record.relations:
        status = ABOUT_OTHERS.get(relation.type)
        if status and relation.target.startswith(WORKS):
            found[relation.target] = max(found.get(relation.target, status), status, key=GRAVITY.__getitem__)
    return found


def replace_claims(connection: Connection, uid: str, wanted: Mapping[str, PublicationStatus]) -> list[str]:
    """Keep what a record claims instead of what it claimed before; gives the keys of which that is something else."""
    before = {row.key: row.status for row in connection.execute(_OF_RECORD, {"of": uid})}
    now = {key: status.value for key, status in wanted.items()}
    if before == now:
        return []
    connection.execute(_DROP, {"of": uid})
    if now:
        connection.execute(_ADD, [{"key": key, "uid": uid, "status": now[key]} for key in sorted(now)])
    return sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))


def bearers_of(connection: Connection, keys: Collection[str]) -> list[str]:
    """Uids of the standing records that bear one of the keys."""
    i, r = schema.identifiers, schema.records
    statement = select(i.c.uid).join(r, r.c.uid == i.c.uid).where(i.c.key.in_(keys), ~r.c.deleted).distinct()
    return list(connection.execute(statement).scalars()) if keys else []


def is_spoken_against(connection: Connection, keys: Iterable[str]) -> bool:
    """Whether any record claims something of a work that bears one of the keys."""
    wanted = [key for key in keys if key.startswith(WORKS)]
    return bool(wanted) and connection.execute(_ANY, {"keys": wanted}).first() is not None


def with_standing(connection: Connection, stored: Mapping[str, StoredRecord]) -> dict[str, StoredRecord]:
    """The records, each with the gravest status that anything in the library gives it."""
    gravest: dict[str, list[tuple[PublicationStatus, str]]] = {}
    for row in _said(connection, stored):
        gravest.setdefault(row.uid, []).append((known(PublicationStatus, row.status, f"claim of {row.by}"), row.by))
    return {uid: _standing(one, gravest.get(uid, [])) for uid, one in stored.items()}


def _said(connection: Connection, uids: Iterable[str]) -> Iterable[Any]:
    i, wanted = schema.identifiers, sorted(uids)
    for start in range(0, len(wanted), _BATCH):
        statement = (
            select(i.c.uid, claims.c.uid.label("by"), claims.c.status)
            .join(claims, claims.c.key == i.c.key)
            .where(i.c.uid.in_(wanted[start : start + _BATCH]), claims.c.uid != i.c.uid)
            .distinct()
            .order_by(i.c.uid, claims.c.uid)
        )
        yield from connection.execute(statement)


def _standing(one: StoredRecord, said: list[tuple[PublicationStatus, str]]) -> StoredRecord:
    if one.record.kind is Kind.NOTICE or not said:
        return one
    status = max((status for status, _ in said), key=GRAVITY.__getitem__)
    if GRAVITY[status] <= GRAVITY[one.record.status]:
        return one
    by = tuple(dict.fromkeys(uid for claimed, uid in said if claimed is status))
    return msgspec.structs.replace(one, record=msgspec.structs.replace(one.record, status=status), standing_by=by)
