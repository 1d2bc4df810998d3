"""Subscriptions in the library: each step a reader takes is one transaction."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, delete, exists, func, insert, select, update

from feeds.outbox.queue import UNDELIVERED, MailKind, MailState, afresh, cancel, stamp
from feeds.rows import fields_of
from feeds.subscriptions.ledger import others_of, told_up_to, undelivered_by
from feeds.subscriptions.tokens import Purpose, is_signed, read
from feeds.subscriptions.types import State, Subscription, Wishes, check_address
from library import Library
from library.subscription_tables import digest_items, digests, item_events, outbox, subscriptions, topic_matches
from records.errors import LibraryError

_SECRET_BYTES: Final = 32
_S: Final = subscriptions


def add(connection: Connection, address: str, wishes: Wishes, *, since: dt.datetime, now: dt.datetime) -> Subscription:
    """A new subscription, pending until its address confirms.

    One that its address has never confirmed begins anew under its number: its links hold again, from now on, and a
    mail that still waits is taken back.

    Args:
        connection: Of a transaction.
        address: Of the reader.
        wishes: What the reader asks for.
        since: Records that were first collected from here on are news to the reader.
        now: The present moment.

    Raises:
        ConfigError: The address or a wish is not one.
        LibraryError: The reader has a subscription to the same topics.
    """
    address, wishes = check_address(address), wishes.checked()
    earlier = _alike(connection, address, wishes)
    for old in earlier:
        if old.confirmed:
            raise _has_already(old)
    # Who was sent something before, and comes back, is told what has become of it meanwhile.
    told_to = told_up_to(connection, address)
    values = _columns(wishes) | {
        "address": address,
        "state": State.PENDING.value,
        "reason": "",
        "bounces": 0,
        "since": json.dumps(dict.fromkeys(wishes.topics, stamp(since))),
        "match_cursor": _cursor(connection, since),
        "event_cursor": _newest(connection, item_events) if told_to is None else told_to,
        "next_due": "",
        "created": stamp(now),
        "confirmed": "",
    }
    if earlier:
        cancel(connection, earlier[0].id, now)
        return _set(connection, earlier[0], **values)
    values["secret"] = secrets.token_bytes(_SECRET_BYTES)
    key = connection.execute(insert(_S).values(values)).inserted_primary_key
    return find(connection, int(key[0]) if key else 0)


def find(connection: Connection, id: int) -> Subscription:
    """A subscription by its number. Raises `LibraryError` if there is none."""
    row = connection.execute(select(_S).where(_S.c.id == id)).one_or_none()
    if row is None:
        raise LibraryError(f"there is no subscription {id}", hint="cordwatch subscriptions list")
    return _subscription(row)


def listed(
    connection: Connection, *, address: str = "", state: State | None = None, ids: Sequence[int] = ()
) -> list[Subscription]:
    """Subscriptions in the order of their numbers; of an ``address`` in whatever case.

    Raises:
        ConfigError: The address is not one.
    """
    statement = select(_S).order_by(_S.c.id)
    if address:
        statement = statement.where(func.lower(_S.c.address) == check_address(address).lower())
    if state:
        statement = statement.where(_S.c.state == state.value)
    if ids:
        statement = statement.where(_S.c.id.in_(ids))
    return [_subscription(row) for row in connection.execute(statement)]


def due(connection: Connection, now: dt.datetime, *, limit: int) -> list[Subscription]:
    """Active subscriptions whose digest is due, the longest overdue first."""
    statement = select(_S).where(_S.c.state == State.ACTIVE.value, _S.c.next_due <= stamp(now))
    return [_subscription(row) for row in connection.execute(statement.order_by(_S.c.next_due, _S.c.id).limit(limit))]


def act_on_token(
    library: Library, token: str, purpose: Purpose, *, now: dt.datetime, confirm_days: int
) -> Subscription:
    """Confirm or end the subscription that a signed token names; doing it twice is doing it once.

    Raises:
        LibraryError: The token is not ours, was made for something else, or came too late.
    """
    parsed = read(token)
    with library.transaction() as writer:
        row = None
        if parsed and parsed[0] is purpose:
            row = writer.connection.execute(select(_S).where(_S.c.id == parsed[1])).one_or_none()
        subscription = _subscription(row) if row else None
        # One answer for every wrong token: it does not tell which subscriptions there are.
        if not parsed or subscription is None or not is_signed(purpose, parsed[1], parsed[2], subscription.secret):
            raise LibraryError("this link is not valid", hint="take the whole link from the newest mail")
        if purpose is Purpose.UNSUBSCRIBE:
            return end(writer.connection, subscription, now)
        return confirm(writer.connection, subscription, now=now, confirm_days=confirm_days)


def confirm(connection: Connection, subscription: Subscription, *, now: dt.datetime, confirm_days: int) -> Subscription:
    """The address agrees; digests begin with the next slot. Raises `LibraryError` where it came too late."""
    if subscription.state is not State.PENDING:
        if subscription.state is State.UNSUBSCRIBED:
            raise LibraryError(f"subscription {subscription.id} has been ended", hint="subscribe again")
        return subscription
    if now - subscription.created > dt.timedelta(days=confirm_days):
        raise LibraryError(
            f"this link was good for {confirm_days} days",
            hint="cordwatch subscribe, with the same address and topics, sends a new one",
        )
    return _set(
        connection,
        subscription,
        state=State.ACTIVE.value,
        confirmed=stamp(now),
        next_due=stamp(subscription.wishes.next_slot(now)),
    )


def end(connection: Connection, subscription: Subscription, now: dt.datetime) -> Subscription:
    """Unsubscribe: at once, with everything that waits in the outbox.

    What so does not come is open again to the other subscriptions of the address.
    """
    if subscription.state is State.UNSUBSCRIBED:
        return subscription
    cancel(connection, subscription.id, now)
    ended = _set(connection, subscription, state=State.UNSUBSCRIBED.value, next_due="")
    match, event = undelivered_by(connection, subscription.id)
    for other in map(partial(find, connection), others_of(connection, [ended.id]).get(ended.id, ())):
        if other.state is not State.UNSUBSCRIBED:
            _set(
                connection,
                other,
                match_cursor=other.match_cursor if match is None else min(other.match_cursor, match - 1),
                event_cursor=other.event_cursor if event is None else min(other.event_cursor, event - 1),
            )
    return ended


def pause(connection: Connection, subscription: Subscription) -> Subscription:
    """Send nothing until it is resumed, not even what is bound already. Raises `LibraryError` if it is not active."""
    if subscription.state is not State.ACTIVE:
        raise LibraryError(f"subscription {subscription.id} is {subscription.state}, not active")
    return _set(connection, subscription, state=State.PAUSED.value, next_due="")


def resume(connection: Connection, subscription: Subscription, now: dt.datetime) -> Subscription:
    """Go on with everything that came meanwhile; digests that the address refused, or that waited, are sent.

    Raises:
        LibraryError: It is neither paused nor disabled, or its address has never confirmed it.
    """
    if subscription.state not in (State.PAUSED, State.DISABLED):
        raise LibraryError(f"subscription {subscription.id} is {subscription.state}, neither paused nor disabled")
    if not subscription.confirmed:
        raise LibraryError(
            f"{subscription.address} has never confirmed subscription {subscription.id}",
            hint="cordwatch subscribe, with the same address and topics, asks it again",
        )
    held = update(outbox).where(
        outbox.c.subscription_id == subscription.id,
        outbox.c.kind == MailKind.DIGEST.value,
        outbox.c.state.in_([MailState.QUEUED.value, *UNDELIVERED]),
        outbox.c.content != b"",
    )
    connection.execute(held.values(afresh(now)))
    next_due = stamp(subscription.wishes.next_slot(now))
    return _set(connection, subscription, state=State.ACTIVE.value, reason="", bounces=0, next_due=next_due)


def change(connection: Connection, subscription: Subscription, wishes: Wishes, now: dt.datetime) -> Subscription:
    """Other wishes; of a topic that is new to the reader, only what is collected from now on is news.

    Raises:
        ConfigError: A wish cannot be met.
        LibraryError: It has been ended, or the reader has another subscription to the same topics.
    """
    wishes = wishes.checked()
    if subscription.state is State.UNSUBSCRIBED:
        raise LibraryError(f"subscription {subscription.id} has been ended", hint="subscribe again")
    for other in _alike(connection, subscription.address, wishes):
        if other.id != subscription.id:
            raise _has_already(other)
    since = {topic: subscription.since.get(topic, stamp(now)) for topic in wishes.topics}
    active = subscription.state is State.ACTIVE
    next_due = stamp(wishes.next_slot(now)) if active else subscription.next_due
    return _set(connection, subscription, **_columns(wishes), since=json.dumps(since), next_due=next_due)


def remove(connection: Connection, subscription: Subscription) -> None:
    """Forget a reader: address, ledger and mail."""
    for table in (digest_items, digests, outbox):
        connection.execute(delete(table).where(table.c.subscription_id == subscription.id))
    connection.execute(delete(_S).where(_S.c.id == subscription.id))


def count_bounce(connection: Connection, id: int, error: str, *, limit: int, now: dt.datetime) -> Subscription | None:
    """Note that an address refused; at the limit the subscription is disabled. ``None`` if it is gone or ended."""
    row = connection.execute(select(_S).where(_S.c.id == id)).one_or_none()
    if row is None or row.state == State.UNSUBSCRIBED.value:
        return None
    subscription = _subscription(row)
    bounces = subscription.bounces + 1
    if bounces < limit:
        return _set(connection, subscription, bounces=bounces)
    reason = f"refused {bounces} times, last on {now.date()}: {error}"[:500]
    return _set(connection, subscription, bounces=bounces, state=State.DISABLED.value, reason=reason, next_due="")


def clear_bounces(connection: Connection, id: int) -> None:
    """Note that the server took a message for an address.

    Where mail came back by report, that says nothing: such a server takes whatever it is given.
    """
    reported = exists().where(outbox.c.subscription_id == id, outbox.c.state == MailState.BOUNCED.value)
    connection.execute(update(_S).where(_S.c.id == id, _S.c.bounces > 0, ~reported).values(bounces=0))


def count_by_state(connection: Connection) -> dict[str, int]:
    """How many subscriptions stand in each state."""
    rows = connection.execute(select(_S.c.state, func.count().label("number")).group_by(_S.c.state))
    return {row.state: row.number for row in rows}


def _alike(connection: Connection, address: str, wishes: Wishes) -> list[Subscription]:
    """Subscriptions of the address to just these topics that have not been ended."""
    statement = select(_S).where(_S.c.address == address, _S.c.topics == json.dumps(wishes.topics))
    return [one for one in map(_subscription, connection.execute(statement)) if one.state is not State.UNSUBSCRIBED]


def _has_already(other: Subscription) -> LibraryError:
    return LibraryError(
        f"{other.address} has subscription {other.id} ({other.state}) to these topics",
        hint=f"cordwatch subscriptions change {other.id}, or remove {other.id}",
    )


def _newest(connection: Connection, table: Any) -> int:
    return connection.execute(select(func.max(table.c.id))).scalar() or 0


def _cursor(connection: Connection, since: dt.datetime) -> int:
    """The match before the first that can be news to a reader who begins with records collected from ``since`` on."""
    m = topic_matches
    first = connection.execute(select(func.min(m.c.id)).where(m.c.first_seen >= stamp(since))).scalar()
    return _newest(connection, m) if first is None else first - 1


def _columns(wishes: Wishes) -> dict[str, Any]:
    return msgspec.structs.asdict(wishes) | {"topics": json.dumps(wishes.topics), "format": wishes.format.value}


def _set(connection: Connection, subscription: Subscription, **values: Any) -> Subscription:
    connection.execute(update(_S).where(_S.c.id == subscription.id).values(values))
    return find(connection, subscription.id)


def _subscription(row: Row[Any]) -> Subscription:
    fields = fields_of(row._mapping)
    topics = tuple(json.loads(fields.pop("topics")))
    asked = {name: fields.pop(name) for name in Wishes.__struct_fields__ if name != "topics"}
    fields["since"] = json.loads(fields["since"])
    return msgspec.convert({**fields, "wishes": {**asked, "topics": topics}}, Subscription)
