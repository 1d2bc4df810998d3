"""What has become of items: whether they still stand, where trials are, which preprints are published.

A row of ``item_states`` remembers each record as it was last seen; a difference becomes a row of ``item_events``, once.
What a record says at its first sight is where it starts from and no event.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from feeds.outbox.queue import stamp
from feeds.rows import fields_of
from library import schema
from library.standing import ABOUT_OTHERS, GRAVITY
from library.subscription_tables import item_events, item_states
from records.record import Kind, PublicationStatus, Record, RelationType

RANKS: Final = {status.value: rank for status, rank in GRAVITY.items()}
"""A later one says more against an item."""
_BATCH: Final = 500


class ChangeType(StrEnum):
    """What changed about an item."""

    PAPER = "paper"
    """A paper has come out about a trial, or of whatever else the item belongs to; ``by`` is its record."""
    PUBLISHED = "published"
    """A preprint is now a paper; ``after`` names it."""
    STANDING = "standing"
    """Retracted, withdrawn, corrected, or put in doubt."""
    SUBJECT = "subject"
    """A paper that it is about is retracted, withdrawn or in doubt, or no longer so."""
    TRIAL_STATUS = "trial_status"


STANDING_CHANGES: Final = frozenset({ChangeType.STANDING, ChangeType.SUBJECT})
"""Those that say whether something can be relied on."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What one record says that can become an event."""

    uid: str
    own: str
    """Its own standing; a number of corrections after ``corrected``."""
    trial_status: str
    published_as: str
    """Of a preprint: ``scheme:value`` of the paper."""
    notices: tuple[tuple[str, str], ...]
    """``(scheme:value, standing)`` of the records that this one speaks against."""
    preprints: tuple[str, ...]
    """``scheme:value`` of the preprints that this paper had."""
    embargo: str
    """Until when it must not be shown; empty where that is past."""
    caution: str = PublicationStatus.CURRENT.value
    """How the worst of the papers stands that it is about."""
    paper: bool = False
    """Whether it is a paper that may be news."""


class _State(msgspec.Struct, kw_only=True):
    uid: str
    own: str
    noticed: str = PublicationStatus.CURRENT.value
    trial_status: str = ""
    published_as: str = ""
    embargo: str = ""
    removed: bool = False

    def standing(self) -> str:
        return max(self.own, self.noticed, key=_rank)


def facts_of(record: Record, now: dt.datetime) -> Facts:
    """What a record says of itself and of others."""
    corrections = sum(relation.type is RelationType.CORRECTED_BY for relation in record.relations)
    corrected = record.status is PublicationStatus.CORRECTED
    targets = [(relation.type, relation.target) for relation in record.relations if relation.target]
    papers = [target for type, target in targets if type is RelationType.PREPRINT_OF]
    return Facts(
        uid=record.uid,
        own=f"{record.status.value} {max(corrections, 1)}" if corrected else record.status.value,
        trial_status=record.trial.status.value if record.trial and record.trial.status else "",
        published_as=papers[0] if papers and record.kind is Kind.PREPRINT else "",
        notices=tuple((target, ABOUT_OTHERS[type].value) for type, target in targets if type in ABOUT_OTHERS),
        preprints=tuple(target for type, target in targets if type is RelationType.HAS_PREPRINT),
        caution=next((one.status.value for one in record.cautions), PublicationStatus.CURRENT.value),
        embargo=stamp(record.embargo_until) if record.embargo_until and record.embargo_until > now else "",
    )


def note_changes(connection: Connection, facts: Sequence[Facts], now: dt.datetime) -> int:
    """Compare with what was seen before, remember what is new, and write down each difference; says how many."""
    targets = {key for fact in facts for key in (*(target for target, _ in fact.notices), *fact.preprints)}
    bearers = _bearers(connection, targets)
    concerned = {fact.uid for fact in facts} | {uid for uids in bearers.values() for uid in uids}
    before = _states(connection, concerned)
    after = {uid: msgspec.structs.replace(state) for uid, state in before.items()}
    for fact in facts:
        old = before.get(fact.uid, _State(uid=fact.uid, own=fact.own))
        after[fact.uid] = msgspec.structs.replace(
            old,
            own=fact.own,
            trial_status=fact.trial_status or old.trial_status,
            published_as=fact.published_as or old.published_as,
            embargo=fact.embargo,
        )
    said_by = dict(_apply(facts, bearers, after))
    rows = [
        row | {"found": stamp(now)} for uid, old in before.items() for row in _differences(old, after[uid], said_by)
    ]
    if rows:
        connection.execute(insert(item_events), rows)
    _keep(connection, after.values())
    return len(rows)


def note_removed(connection: Connection, uids: Sequence[str]) -> None:
    """Remember that records were removed by their sources, for good: such a record may come back."""
    for start in range(0, len(uids), _BATCH):
        gone = item_states.c.uid.in_(uids[start : start + _BATCH])
        connection.execute(update(item_states).where(gone).values(removed=True))


def _apply(
    facts: Iterable[Facts], bearers: dict[str, list[str]], states: dict[str, _State]
) -> Iterator[tuple[tuple[str, ChangeType], str]]:
    """Note in ``states`` what records say of others; gives ``(uid, change)`` → uid of the record that says so."""
    for fact in facts:
        for target, standing in fact.notices:
            for uid in bearers.get(target, ()):
                if uid in states and uid != fact.uid and _rank(standing) >= _rank(states[uid].noticed):
                    states[uid].noticed = standing
                    yield (uid, ChangeType.STANDING), fact.uid
        for target in fact.preprints:
            for uid in bearers.get(target, ()):
                if uid in states and uid != fact.uid:
                    states[uid].published_as = states[uid].published_as or target
                    yield (uid, ChangeType.PUBLISHED), fact.uid


def _differences(old: _State, new: _State, said_by: dict[tuple[str, ChangeType], str]) -> Iterator[dict[str, Any]]:
    for change, before, after in (
        (ChangeType.STANDING, old.standing(), new.standing()),
        (ChangeType.TRIAL_STATUS, old.trial_status, new.trial_status),
        (ChangeType.PUBLISHED, old.published_as, new.published_as),
    ):
        # A status that was not known before has not changed: we have only learnt it.
        if before != after and not (change is ChangeType.TRIAL_STATUS and not before):
            by = said_by.get((new.uid, change), "")
            yield {"uid": new.uid, "change": change.value, "before": before, "after": after, "by": by}


def _rank(standing: str) -> tuple[int, str]:
    return RANKS.get(standing.partition(" ")[0], 0), standing


def _bearers(connection: Connection, keys: Iterable[str]) -> dict[str, list[str]]:
    """Uids of the records that bear each identifier."""
    i = schema.identifiers
    wanted = sorted(keys)
    found: dict[str, list[str]] = {}
    for start in range(0, len(wanted), _BATCH):
        statement = select(i.c.key, i.c.uid).where(i.c.key.in_(wanted[start : start + _BATCH])).order_by(i.c.uid)
        for row in connection.execute(statement):
            found.setdefault(row.key, []).append(row.uid)
    return found


def _states(connection: Connection, uids: Iterable[str]) -> dict[str, _State]:
    wanted = sorted(uids)
    found: dict[str, _State] = {}
    for start in range(0, len(wanted), _BATCH):
        statement = select(item_states).where(item_states.c.uid.in_(wanted[start : start + _BATCH]))
        found |= {row.uid: _State(**fields_of(row._mapping)) for row in connection.execute(statement)}
    return found


def _keep(connection: Connection, states: Iterable[_State]) -> None:
    rows = [msgspec.structs.asdict(state) for state in states]
    if rows:
        statement = upsert(item_states)
        again = {name: statement.excluded[name] for name in rows[0] if name != "uid"}
        connection.execute(statement.on_conflict_do_update(index_elements=["uid"], set_=again), rows)
