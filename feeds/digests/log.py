"""What was sent to whom, and what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from feeds.outbox.queue import message_bytes, requeue
from feeds.rows import fields_of
from feeds.subscriptions.store import find
from feeds.subscriptions.types import State
from library.subscription_tables import digest_items, digests, outbox, subscriptions
from records.errors import LibraryError

_SHOWN = ("id", "subscription_id", "slot", "subject", "items", "changes", "left_over", "built", "message_id")


def digest_log(connection: Connection, *, subscription_id: int | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Digests, newest first, each with the state of its mail."""
    statement = (
        select(*(digests.c[name] for name in _SHOWN), subscriptions.c.address)
        .add_columns(outbox.c.state, outbox.c.attempts, outbox.c.error, outbox.c.finished, outbox.c.next_attempt)
        .outerjoin(outbox, outbox.c.message_id == digests.c.message_id)
        .outerjoin(subscriptions, subscriptions.c.id == digests.c.subscription_id)
        .order_by(digests.c.id.desc())
        .limit(limit)
    )
    if subscription_id is not None:
        statement = statement.where(digests.c.subscription_id == subscription_id)
    return [fields_of(row._mapping) for row in connection.execute(statement)]


def items_of(connection: Connection, digest_id: int) -> Sequence[dict[str, Any]]:
    """The records that a digest told of, in its order; ``event_id`` is 0 for new works.

    Raises:
        LibraryError: There is no such digest.
    """
    _message_id(connection, digest_id)
    i = digest_items
    statement = select(i.c.position, i.c.uid, i.c.event_id).where(i.c.digest_id == digest_id)
    return [fields_of(row._mapping) for row in connection.execute(statement.order_by(i.c.position, i.c.uid))]


def digest_message(connection: Connection, digest_id: int) -> bytes:
    """The mail of a digest, as it was bound. Raises `LibraryError` if there is none, or its text is gone."""
    return message_bytes(connection, _message_id(connection, digest_id))


def resend(connection: Connection, digest_id: int, now: dt.datetime) -> str:
    """Put a digest into the outbox again: the same bytes, the same Message-ID, no other item; gives the Message-ID.

    Raises:
        LibraryError: There is none, its text is gone, or its reader is to be sent nothing.
    """
    message_id = _message_id(connection, digest_id)
    message_bytes(connection, message_id)
    reader = connection.execute(select(digests.c.subscription_id).where(digests.c.id == digest_id)).scalar_one()
    subscription = find(connection, reader)
    if subscription.state is not State.ACTIVE:
        raise LibraryError(
            f"subscription {subscription.id} of {subscription.address} is {subscription.state}; nothing is sent there",
            hint=""
            if subscription.state is State.UNSUBSCRIBED
            else f"cordwatch subscriptions resume {subscription.id}",
        )
    requeue(connection, message_id, now)
    return message_id


def _message_id(connection: Connection, digest_id: int) -> str:
    found = connection.execute(select(digests.c.message_id).where(digests.c.id == digest_id)).scalar_one_or_none()
    if found is None:
        raise LibraryError(f"there is no digest {digest_id}", hint="cordwatch digest log")
    return str(found)
