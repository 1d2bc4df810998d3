"""Papers that items are about: a press story or a preprint that a reader had, of a paper that is retracted since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from feeds.digests.standing import ChangeType, Facts
from feeds.outbox.queue import stamp
from library.subscription_tables import item_events, item_states, item_subjects
from records.record import PublicationStatus

_CURRENT: Final = PublicationStatus.CURRENT.value
_BATCH: Final = 500


def note_cautions(connection: Connection, facts: Sequence[Facts], now: dt.datetime) -> int:
    """Write down each record that was seen before and whose paper stands otherwise now; says how many.

    It has to run before the facts are kept (`feeds.digests.standing.note_changes`).
    """
    uids = [fact.uid for fact in facts]
    before = _kept(connection, uids)
    moved = [fact for fact in facts if fact.caution != before.get(fact.uid, _CURRENT)]
    if not moved:
        return 0
    rows = [{"uid": fact.uid, "status": fact.caution} for fact in moved]
    statement = upsert(item_subjects)
    again = statement.on_conflict_do_update(index_elements=["uid"], set_={"status": statement.excluded.status})
    connection.execute(again, rows)
    seen = _seen(connection, (fact.uid for fact in moved))
    events = [
        {
            "uid": fact.uid,
            "change": ChangeType.SUBJECT.value,
            "before": before.get(fact.uid, _CURRENT),
            "after": fact.caution,
            "by": "",
            "found": stamp(now),
        }
        for fact in moved
        if fact.uid in seen
    ]
    if events:
        connection.execute(insert(item_events), events)
    return len(events)


def _kept(connection: Connection, uids: Iterable[str]) -> dict[str, str]:
    s = item_subjects
    return {
        row.uid: row.status
        for some in _batches(uids)
        for row in connection.execute(select(s.c.uid, s.c.status).where(s.c.uid.in_(some)))
    }


def _seen(connection: Connection, uids: Iterable[str]) -> set[str]:
    s = item_states
    found = (connection.execute(select(s.c.uid).where(s.c.uid.in_(some))).scalars() for some in _batches(uids))
    return {uid for some in found for uid in some}


def _batches(uids: Iterable[str]) -> Iterable[list[str]]:
    ordered = sorted(uids)
    return (ordered[start : start + _BATCH] for start in range(0, len(ordered), _BATCH))
