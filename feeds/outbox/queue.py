"""Rows of the outbox: put in with what they belong to, in one transaction; taken out one by one as they are sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, exists, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from feeds.mail.draft import Draft, assemble, decode_draft, encode_draft
from feeds.rows import fields_of
from feeds.subscriptions.types import State
from library.encoding import pack, unpack
from library.subscription_tables import mail_parts, outbox, subscriptions
from records.errors import LibraryError


class MailState(StrEnum):
    """What became of a message."""

    BOUNCED = "bounced"
    """The server took it, and a report said later that it came back."""
    CANCELLED = "cancelled"
    """The reader unsubscribed before it went out."""
    FAILED = "failed"
    """Refused for good, or given up."""
    QUEUED = "queued"
    SENT = "sent"
    """The server has taken it."""


class MailKind(StrEnum):
    """What a message is."""

    CONFIRMATION = "confirmation"
    DIGEST = "digest"


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it stands in the outbox."""

    id: int
    message_id: str
    subscription_id: int
    kind: MailKind
    recipient: str
    state: MailState
    attempts: int
    next_attempt: str
    error: str
    created: str
    queued: str
    """Since when it waits: later than ``created`` where it is sent again."""
    finished: str


UNDELIVERED: Final = (MailState.BOUNCED.value, MailState.FAILED.value)
"""What did not come to its reader, and goes again once the reader can be reached."""
_BATCH: Final = 200
_MAY_TAKE: Final = (State.ACTIVE.value, State.PAUSED.value)
_SHOWN: Final = [outbox.c[name] for name in Mail.__struct_fields__]


def stamp(moment: dt.datetime) -> str:
    """A moment as it is stored: UTC, so that text order is time order."""
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds")


def make_row(
    *, message_id: str, subscription_id: int, kind: MailKind, recipient: str, draft: Draft, now: dt.datetime
) -> dict[str, Any]:
    """A message to send as soon as may be, as a row for `enqueue`."""
    return {
        "message_id": message_id,
        "subscription_id": subscription_id,
        "kind": kind.value,
        "recipient": recipient,
        "state": MailState.QUEUED.value,
        "attempts": 0,
        "next_attempt": stamp(now),
        "error": "",
        "content": pack(encode_draft(draft)),
        "created": stamp(now),
        "queued": stamp(now),
        "finished": "",
    }


def enqueue(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Put messages into the outbox; their parts must be kept in the same transaction."""
    if rows:
        connection.execute(insert(outbox), rows)


def keep_parts(connection: Connection, parts: Mapping[bytes, bytes], now: dt.datetime) -> None:
    """Keep parts that messages of this transaction share; one that is there already is marked as used."""
    rows = [{"hash": name, "content": pack(content), "last_used": stamp(now)} for name, content in parts.items()]
    if rows:
        statement = upsert(mail_parts)
        again = {"last_used": statement.excluded.last_used}
        connection.execute(statement.on_conflict_do_update(index_elements=["hash"], set_=again), rows)


def waiting(connection: Connection, now: dt.datetime, *, limit: int) -> list[Mail]:
    """Messages that are due and may go, the longest waiting first."""
    statement = (
        select(*_SHOWN)
        .where(outbox.c.next_attempt <= stamp(now), _may_go())
        .order_by(outbox.c.next_attempt, outbox.c.id)
        .limit(limit)
    )
    return [_mail(row) for row in connection.execute(statement)]


def find_mail(connection: Connection, message_id: str) -> Mail | None:
    """The message of a Message-ID."""
    row = connection.execute(select(*_SHOWN).where(outbox.c.message_id == message_id)).one_or_none()
    return _mail(row) if row else None


def may_go(connection: Connection, message_id: str) -> bool:
    """Whether a message still waits, and its reader wants it now."""
    statement = select(outbox.c.id).where(outbox.c.message_id == message_id, _may_go())
    return connection.execute(statement).one_or_none() is not None


def count_states(connection: Connection) -> dict[str, int]:
    """How many messages stand in each state."""
    rows = connection.execute(select(outbox.c.state, func.count().label("number")).group_by(outbox.c.state))
    return {row.state: row.number for row in rows}


def message_bytes(connection: Connection, message_id: str) -> bytes:
    """The message as it goes over the wire, the same each time. Raises `LibraryError` if its text is gone."""
    content = connection.execute(select(outbox.c.content).where(outbox.c.message_id == message_id)).scalar_one()
    if not content:
        raise LibraryError(f"the text of {message_id} is no longer kept", hint="digest.keep_days says how long it is")
    draft = decode_draft(unpack(content))
    parts = load_parts(connection, draft.parts())
    if len(parts) < len(draft.parts()):
        raise LibraryError(f"a part of {message_id} is missing", hint="restore the library from a backup")
    return assemble(draft, parts)


def load_parts(connection: Connection, names: Iterable[bytes]) -> dict[bytes, bytes]:
    """Content of shared parts."""
    wanted = list(names)
    found: dict[bytes, bytes] = {}
    for start in range(0, len(wanted), _BATCH):
        statement = select(mail_parts).where(mail_parts.c.hash.in_(wanted[start : start + _BATCH]))
        found |= {row.hash: unpack(row.content) for row in connection.execute(statement)}
    return found


def mark(
    connection: Connection,
    mail: Mail,
    state: MailState,
    *,
    now: dt.datetime,
    error: str = "",
    retry: dt.datetime | None = None,
) -> None:
    """Write down what became of a try.

    A message that was cancelled meanwhile but has gone out counts as sent; one that has come back already does not.
    """
    values: dict[str, Any] = {"state": state.value, "error": error[:500], "attempts": mail.attempts + 1}
    if retry is not None:
        values["next_attempt"] = stamp(retry)
    else:
        values["finished"] = stamp(now)
    from_states = [MailState.QUEUED.value]
    if state is MailState.SENT:
        from_states.append(MailState.CANCELLED.value)
    # What the reader has ended stays ended, and what was reported stays reported.
    where = (outbox.c.id == mail.id) & outbox.c.state.in_(from_states)
    connection.execute(update(outbox).where(where).values(values))


def note_bounce(connection: Connection, mail: Mail, error: str, now: dt.datetime) -> bool:
    """Write down that a message came back; false where that is known, or it never went out.

    When it was sent stays known. A server may report before its "taken" is written down.
    """
    if mail.state not in (MailState.SENT, MailState.QUEUED):
        return False
    values = {"state": MailState.BOUNCED.value, "error": error[:500], "finished": mail.finished or stamp(now)}
    connection.execute(update(outbox).where(outbox.c.id == mail.id).values(values))
    return True


def reached_again(connection: Connection, before: dt.datetime) -> list[int]:
    """Active subscriptions with mail that came back, and that were sent later mail ``before``, which did not."""
    late = (
        select(outbox.c.subscription_id, func.max(outbox.c.finished).label("sent"))
        .where(outbox.c.state == MailState.BOUNCED.value)
        .group_by(outbox.c.subscription_id)
        .subquery()
    )
    statement = (
        select(late.c.subscription_id)
        .join(subscriptions, subscriptions.c.id == late.c.subscription_id)
        .join(outbox, outbox.c.subscription_id == late.c.subscription_id)
        .where(
            subscriptions.c.state == State.ACTIVE.value,
            outbox.c.state == MailState.SENT.value,
            outbox.c.finished > late.c.sent,
            outbox.c.finished < stamp(before),
        )
        .distinct()
    )
    return list(connection.execute(statement).scalars())


def cancel(connection: Connection, subscription_id: int, now: dt.datetime) -> int:
    """Take back what has not gone out yet; says how many messages that were."""
    statement = update(outbox).where(
        outbox.c.subscription_id == subscription_id, outbox.c.state == MailState.QUEUED.value
    )
    return connection.execute(statement.values(state=MailState.CANCELLED.value, finished=stamp(now))).rowcount


def requeue(connection: Connection, message_id: str, now: dt.datetime) -> None:
    """Send a message once more, with the same Message-ID and the same bytes."""
    values = {"state": MailState.QUEUED.value, "next_attempt": stamp(now), "queued": stamp(now), "error": ""}
    connection.execute(update(outbox).where(outbox.c.message_id == message_id).values(values))


def retry_failed(
    connection: Connection,
    subscription_id: int,
    now: dt.datetime,
    *,
    before: dt.datetime,
    state: MailState = MailState.FAILED,
) -> int:
    """Send once more, as they were bound, a reader's digests that failed ``before``; says how many those are.

    There are none for a reader who has ended, paused or lost the subscription meanwhile.
    """
    active = select(subscriptions.c.id).where(subscriptions.c.state == State.ACTIVE.value)
    statement = update(outbox).where(
        outbox.c.subscription_id == subscription_id,
        outbox.c.subscription_id.in_(active),
        outbox.c.kind == MailKind.DIGEST.value,
        outbox.c.state == state.value,
        outbox.c.finished < stamp(before),
        outbox.c.content != b"",
    )
    return connection.execute(statement.values(afresh(now))).rowcount


def retry_bounced(connection: Connection, subscription_id: int, now: dt.datetime) -> int:
    """Send once more a reader's digests that came back; what cannot go again is given up. Says how many go."""
    retried = retry_failed(connection, subscription_id, now, before=now, state=MailState.BOUNCED)
    rest = (outbox.c.subscription_id == subscription_id) & (outbox.c.state == MailState.BOUNCED.value)
    connection.execute(update(outbox).where(rest).values(state=MailState.FAILED.value))
    return retried


def afresh(now: dt.datetime) -> dict[str, Any]:
    """Columns of a message that waits from now on, with all its tries before it."""
    return {"state": MailState.QUEUED.value, "next_attempt": stamp(now), "queued": stamp(now), "attempts": 0}


def forget_texts(connection: Connection, before: dt.datetime) -> int:
    """Drop the text of messages that were done with before a moment; who was sent what stays known.

    What failed is not done with as long as its reader may take it yet. Shared parts go when the last message that may
    hold them has gone.
    """
    done = (outbox.c.state != MailState.QUEUED.value) & (outbox.c.finished < stamp(before)) & (outbox.c.content != b"")
    waits = select(subscriptions.c.id).where(subscriptions.c.state.in_(_MAY_TAKE))
    done &= outbox.c.state.not_in(UNDELIVERED) | outbox.c.subscription_id.not_in(waits)
    dropped = connection.execute(update(outbox).where(done).values(content=b"")).rowcount
    oldest = connection.execute(select(func.min(outbox.c.created)).where(outbox.c.content != b"")).scalar()
    cut = min(oldest or stamp(before), stamp(before))
    connection.execute(mail_parts.delete().where(mail_parts.c.last_used < cut))
    return dropped


def _may_go() -> ColumnElement[bool]:
    """Whether a message waits only for its turn; digests of a reader who has paused or is disabled wait longer."""
    active = exists().where(subscriptions.c.id == outbox.c.subscription_id, subscriptions.c.state == State.ACTIVE.value)
    return (outbox.c.state == MailState.QUEUED.value) & ((outbox.c.kind != MailKind.DIGEST.value) | active)


def _mail(row: Row[Any]) -> Mail:
    return msgspec.convert(fields_of(row._mapping), Mail)
