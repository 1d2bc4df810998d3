"""Records about a paper that is not their own: press that names it, comments on it, its preprint, its registration.

Where that paper does not stand, what is about it must not read as if it did: it carries a caution. A record's subjects
are kept beside it, so that it has changed for whoever follows the library when the standing of one of them does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import Column, Connection, Index, String, Table, bindparam, delete, insert, select

from library import schema
from library.rows import known
from library.standing import GRAVITY, WORKS, claims
from library.types import StoredRecord
from records.record import Caution, Kind, PublicationStatus, Record, RelationType

subjects: Final = Table(
    "subjects",
    schema.metadata,
    Column("key", String, primary_key=True),
    Column("uid", String, primary_key=True),
    Index("ix_subjects_uid", "uid"),
)
preprints: Final = Table(
    "preprints",
    schema.metadata,
    Column("key", String, primary_key=True),
    Column("uid", String, primary_key=True),
    Index("ix_preprints_uid", "uid"),
)
"""Key of a preprint → the paper that names it as its own; the preprint's record may never say so."""
ABOUT: Final = frozenset(
    {
        RelationType.COMMENT_ON,
        RelationType.MENTIONS,
        RelationType.PREPRINT_OF,
        RelationType.REGISTRATION_OF,
        RelationType.RESULTS_REPORTED_BY,
    }
)
"""Relations under which a record speaks for, or of, what the other one found."""
_SERIOUS: Final = GRAVITY[PublicationStatus.CONCERN]
"""A corrected paper is no reason for caution."""
_DROP: Final = tuple(delete(table).where(table.c.uid == bindparam("of")) for table in (subjects, preprints))
_ADD: Final = (insert(subjects), insert(preprints))
_BATCH: Final = 500


def subjects_of(record: Record) -> dict[str, RelationType]:
    """``scheme:value`` → how the record is about that paper; notices speak against theirs, and need no caution."""
    if record.kind is Kind.NOTICE:
        return {}
    return {
        relation.target: relation.type
        for relation in reversed(record.relations)
        if relation.type in ABOUT and relation.target.startswith(WORKS)
    }


def preprints_of(record: Record) -> set[str]:
    """``scheme:value`` of the preprints that a paper names as its own."""
    if record.kind is Kind.NOTICE:
        return set()
    named = {relation.target for relation in record.relations if relation.type is RelationType.HAS_PREPRINT}
    return {key for key in named if key.startswith(WORKS)}


def replace_subjects(connection: Connection, uid: str, record: Record | None, *, is_new: bool = False) -> None:
    """Keep what a record is about, and what is a preprint of it, instead of what was so before; nothing of ``None``."""
    if not is_new:
        for drop in _DROP:
            connection.execute(drop, {"of": uid})
    if record is None:
        return
    for add, keys in zip(_ADD, (subjects_of(record), preprints_of(record)), strict=True):
        if rows := [{"key": key, "uid": uid} for key in sorted(keys)]:
            connection.execute(add, rows)


def followers(connection: Connection, keys: Iterable[str]) -> list[str]:
    """Uids of the standing records about a paper that bears one of the keys, or shares a record with one that does."""
    i, r, known = schema.identifiers, schema.records, {key for key in keys if key.startswith(WORKS)}
    known |= {row.other for some in _batches(known) for row in _shared(connection, some)}
    bearer = i.alias("bearer")
    about = select(subjects.c.uid).join(r, r.c.uid == subjects.c.uid).where(~r.c.deleted)
    named = (
        select(bearer.c.uid)
        .join(preprints, preprints.c.key == bearer.c.key)
        .join(i, i.c.uid == preprints.c.uid)
        .join(r, r.c.uid == bearer.c.uid)
        .where(~r.c.deleted)
    )
    found: set[str] = set()
    for some in _batches(known):
        found.update(connection.execute(about.where(subjects.c.key.in_(some))).scalars())
        found.update(connection.execute(named.where(i.c.key.in_(some))).scalars())
    return sorted(found)


def with_cautions(connection: Connection, stored: Mapping[str, StoredRecord]) -> dict[str, StoredRecord]:
    """The records, each with the papers that it is about and that do not stand, the gravest first."""
    about = {uid: subjects_of(one.record) for uid, one in stored.items()}
    for uid, papers in _named_by(connection, stored).items():
        for keys in papers.values():
            # A preprint that names its paper itself needs nobody else to do so.
            if not about[uid].keys() & keys:
                about[uid][min(keys)] = RelationType.PREPRINT_OF
    grave = _grave(connection, {key for keys in about.values() for key in keys})
    return {uid: _cautioned(one, about[uid], grave) if grave else one for uid, one in stored.items()}


def _named_by(connection: Connection, stored: Mapping[str, StoredRecord]) -> dict[str, dict[str, set[str]]]:
    """Preprint → paper that names it → the paper's keys."""
    own = {uid: _paper_keys(one.record) for uid, one in stored.items()}
    bearers: dict[str, list[str]] = {}
    for uid, keys in own.items():
        if stored[uid].record.kind is Kind.PREPRINT:
            for key in keys:
                bearers.setdefault(key, []).append(uid)
    i, r = schema.identifiers, schema.records
    statement = (
        select(preprints.c.key, preprints.c.uid, i.c.key.label("paper"))
        .join(i, i.c.uid == preprints.c.uid)
        .join(r, r.c.uid == preprints.c.uid)
        .where(~r.c.deleted)
    )
    found: dict[str, dict[str, set[str]]] = {}
    for some in _batches(bearers):
        for row in connection.execute(statement.where(preprints.c.key.in_(some))):
            for uid in bearers[row.key]:
                if row.paper.startswith(WORKS) and row.paper not in own[uid]:
                    found.setdefault(uid, {}).setdefault(row.uid, set()).add(row.paper)
    return found


def _paper_keys(record: Record) -> set[str]:
    keys = record.identifiers.keys()
    return {key for key in keys if key.startswith(WORKS)}


def _cautioned(
    one: StoredRecord, about: Mapping[str, RelationType], grave: Mapping[str, PublicationStatus]
) -> StoredRecord:
    found = [Caution(type=type, target=key, status=grave[key]) for key, type in about.items() if key in grave]
    if not found:
        return one
    found.sort(key=lambda caution: (-GRAVITY[caution.status], caution.target))
    return msgspec.structs.replace(one, record=msgspec.structs.replace(one.record, cautions=tuple(found)))


def _grave(connection: Connection, keys: Iterable[str]) -> dict[str, PublicationStatus]:
    """The gravest status of the papers that bear the keys, where it is a reason for caution."""
    found: dict[str, PublicationStatus] = {}
    for some in _batches(keys):
        own = connection.execute(select(claims.c.key, claims.c.status).where(claims.c.key.in_(some)))
        shared = {(row.key, row.other) for row in _shared(connection, some)}
        others = sorted({other for _, other in shared})
        said: dict[str, list[str]] = {}
        for batch in _batches(others):
            for row in connection.execute(select(claims.c.key, claims.c.status).where(claims.c.key.in_(batch))):
                said.setdefault(row.key, []).append(row.status)
        pairs = [(row.key, row.status) for row in own]
        pairs += [(key, status) for key, other in shared for status in said.get(other, ())]
        for key, value in pairs:
            status = known(PublicationStatus, value, f"claim on {key}")
            if GRAVITY[status] >= max(_SERIOUS, GRAVITY[found.get(key, PublicationStatus.CURRENT)]):
                found[key] = status
    return found


def _shared(connection: Connection, keys: list[str]) -> Iterator[Any]:
    """``(key, other)``: identifiers of papers that stand in one record with one of the keys."""
    i, other, r = schema.identifiers, schema.identifiers.alias("other"), schema.records
    statement = (
        select(i.c.key, other.c.key.label("other"))
        .join(other, other.c.uid == i.c.uid)
        .join(r, r.c.uid == i.c.uid)
        .where(i.c.key.in_(keys), other.c.key != i.c.key, r.c.kind != Kind.NOTICE.value, ~r.c.deleted)
    )
    return (row for row in connection.execute(statement) if row.other.startswith(WORKS))


def _batches(keys: Iterable[str]) -> Iterator[list[str]]:
    ordered = sorted(keys)
    return (ordered[start : start + _BATCH] for start in range(0, len(ordered), _BATCH))
