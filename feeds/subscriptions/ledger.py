"""What readers were sent. The ledger is asked by address: a person may have several subscriptions, and have ended some.

What an ended subscription left undelivered never came, and does not count; what is bound for any other one still comes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, Select, func, select

from feeds.outbox.queue import UNDELIVERED, MailState
from feeds.subscriptions.types import State
from library.subscription_tables import digest_items, digests, outbox, subscriptions, topic_matches

_BATCH: Final = 500
_I: Final = digest_items


class Had(msgspec.Struct, frozen=True, kw_only=True):
    """What one reader was told of some records."""

    marks: dict[str, tuple[int, str]]
    """Uid → newest event at the time, and when it was bound; empty if that digest was refused as yet."""
    told: set[int]
    """Events of the records."""


def others_of(connection: Connection, ids: Sequence[int]) -> dict[int, list[int]]:
    """Subscription → the others of its address, in whatever state; those without any are left out."""
    one, other = subscriptions.alias(), subscriptions.alias()
    found: dict[int, list[int]] = {}
    for start in range(0, len(ids), _BATCH):
        statement = (
            select(one.c.id, other.c.id.label("other"))
            .join(other, other.c.address == one.c.address)
            .where(one.c.id.in_(ids[start : start + _BATCH]), other.c.id != one.c.id)
        )
        for row in connection.execute(statement):
            found.setdefault(row.id, []).append(row.other)
    return found


def sent_uids(connection: Connection, id: int, others: Sequence[int], uids: Sequence[str]) -> set[str]:
    """Those of the records that a reader was sent, by the subscription or another of its address."""
    sent: set[str] = set()
    for start in range(0, len(uids), _BATCH):
        of_reader = _I.c.subscription_id.in_([id, *others]) if others else _I.c.subscription_id == id
        statement = select(_I.c.uid).where(of_reader, _I.c.uid.in_(uids[start : start + _BATCH]))
        if others:
            statement = statement.where(_I.c.digest_id.not_in(_never_came(others)))
        sent.update(connection.execute(statement).scalars())
    return sent


def had_by(
    connection: Connection, ids: Collection[int], others: Mapping[int, Sequence[int]], uids: Iterable[str]
) -> dict[int, Had]:
    """Subscription → what its reader was told of the records, by whichever subscription of the address."""
    readers: dict[int, list[int]] = {id: [id] for id in ids}
    for id in ids:
        for other in others.get(id, ()):
            readers.setdefault(other, []).append(id)
    found: dict[int, Had] = {}
    wanted = sorted(uids)
    for start in range(0, len(wanted), _BATCH):
        statement = (
            select(_I.c.subscription_id, _I.c.uid, _I.c.event_id, digests.c.event_mark, digests.c.built, outbox.c.state)
            .join(digests, digests.c.id == _I.c.digest_id)
            .outerjoin(outbox, outbox.c.message_id == digests.c.message_id)
            .where(_I.c.uid.in_(wanted[start : start + _BATCH]), _I.c.subscription_id.in_(list(readers)))
        )
        if others:
            statement = statement.where(_I.c.digest_id.not_in(_never_came([*readers])))
        for row in connection.execute(statement):
            mark = (row.event_mark, "" if row.state in UNDELIVERED else row.built)
            for id in readers[row.subscription_id]:
                had = found.setdefault(id, Had(marks={}, told=set()))
                had.marks[row.uid] = min(had.marks.get(row.uid, mark), mark)
                if row.event_id:
                    had.told.add(row.event_id)
    return found


def told_up_to(connection: Connection, address: str) -> int | None:
    """The event up to which an address that had digests before has been told; ``None`` if it had none."""
    s = subscriptions
    known = connection.execute(
        select(s.c.id, s.c.event_cursor).where(s.c.address == address, s.c.confirmed != "")
    ).all()
    if not known:
        return None
    _, event = _firsts(connection, [row.id for row in known])
    newest: int = max(row.event_cursor for row in known)
    return newest if event is None else min(newest, event - 1)


def undelivered_by(connection: Connection, id: int) -> tuple[int | None, int | None]:
    """First match and first event of what an ended subscription left undelivered; ``None`` where there is none."""
    return _firsts(connection, [id])


def _firsts(connection: Connection, ids: Sequence[int]) -> tuple[int | None, int | None]:
    lost = _I.c.subscription_id.in_(ids) & _I.c.digest_id.in_(_never_came(ids))
    works = select(_I.c.uid).where(lost, _I.c.event_id == 0)
    match = connection.execute(select(func.min(topic_matches.c.id)).where(topic_matches.c.uid.in_(works))).scalar()
    event = connection.execute(select(func.min(_I.c.event_id)).where(lost, _I.c.event_id > 0)).scalar()
    return match, event


def _never_came(ids: Sequence[int]) -> Select[tuple[int]]:
    """Digests of these subscriptions that were ended before the server had taken them for good."""
    return (
        select(digests.c.id)
        .join(subscriptions, subscriptions.c.id == digests.c.subscription_id)
        .join(outbox, outbox.c.message_id == digests.c.message_id)
        .where(
            digests.c.subscription_id.in_(ids),
            subscriptions.c.state == State.UNSUBSCRIBED.value,
            outbox.c.state != MailState.SENT.value,
        )
    )
