"""Builds digests: what a reader gets is fixed, with its Message-ID and its place in the outbox, in one transaction.

From then on an item belongs to that digest and to no other. A kill before the commit leaves nothing behind, and the
next build begins as if this one had not been; a kill after it leaves a digest that only waits to be sent.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from config.settings import Settings
from feeds.digests.changes import Events, load_events
from feeds.digests.compose import Composer
from feeds.digests.content import Content
from feeds.digests.pool import Pool, load_pool
from feeds.mail.draft import assemble
from feeds.mail.headers import new_message_id
from feeds.outbox.queue import MailKind, enqueue, keep_parts, make_row, stamp
from feeds.subscriptions.ledger import others_of
from feeds.subscriptions.store import due, find, listed
from feeds.subscriptions.types import State, Subscription
from library import Library
from library.subscription_tables import digest_items, digests, subscriptions
from records.errors import LibraryError

_BATCH: Final = 500


class BuildReport(msgspec.Struct, kw_only=True):
    """What one run did."""

    digests: int = 0
    empty: int = 0
    """Readers for whom there was nothing to say."""
    items: int = 0
    changes: int = 0
    left: int = 0
    """Works that wait for the next digest, over all readers."""


class Builder:
    """Builds the digests of one run.

    Args:
        library: Matches and events are in it already (`feeds.digests.evaluate`).
        settings: Sizes, sender, links.
        titles: Title of each topic.
        now: The moment of the run.
    """

    def __init__(self, library: Library, settings: Settings, titles: Mapping[str, str], now: dt.datetime) -> None:
        self._library = library
        self._settings = settings
        self._now = now
        self._composer = Composer(library, settings, titles, now)
        self._kept: set[bytes] = set()

    def build_due(self, *, batch: int = _BATCH) -> BuildReport:
        """A digest for every active subscription whose time has come; what was missed comes in one digest.

        Raises:
            ConfigError: No sender is set.
        """
        report = BuildReport()
        with self._library.reading() as connection:
            waiting = due(connection, self._now, limit=10**9)
        if not waiting:
            return report  # who has no readers needs no sender
        new_message_id(self._settings)  # a missing sender is said before anything is begun
        pool, events = self._load(waiting)
        for ids in _turns(waiting, batch):
            with self._library.transaction() as writer:
                readers = _still_due(writer.connection, ids, self._now)
                self._bind(writer.connection, readers, pool, events, report)
        return report

    def build_given(self, ids: Iterable[int]) -> BuildReport:
        """A digest for each of these subscriptions, whether it is due or not; the next ones come at their usual time.

        Raises:
            LibraryError: One of them is not there, or not active; then nothing is bound.
            ConfigError: No sender is set.
        """
        report = BuildReport()
        new_message_id(self._settings)
        with self._library.reading() as connection:
            readers = [_active(connection, id) for id in dict.fromkeys(ids)]
        pool, events = self._load(readers)
        for reader in readers:
            with self._library.transaction() as writer:
                self._bind(writer.connection, [_active(writer.connection, reader.id)], pool, events, report)
        return report

    def preview(self, reader: Subscription) -> bytes:
        """The message that the reader would get now; nothing is written."""
        pool, events = self._load([reader])
        with self._library.reading() as connection:
            content = self._content(connection, [reader], pool, events)[0]
        draft = self._composer.draft(reader, content, new_message_id(self._settings))
        return assemble(draft, self._composer.renderer.parts)

    def _load(self, readers: Sequence[Subscription]) -> tuple[Pool, Events]:
        # Events first: what happens in between is then told the next time, and not taken for told.
        events = load_events(self._library, min(one.event_cursor for one in readers), self._now)
        return load_pool(self._library, min(one.match_cursor for one in readers), self._now), events

    def _content(
        self, connection: Connection, readers: Sequence[Subscription], pool: Pool, events: Events
    ) -> list[Content]:
        others = others_of(connection, [one.id for one in readers])
        changes = events.of_readers(connection, readers, others, limit=self._settings.digest.max_changes)
        return [
            self._composer.choose(connection, reader, pool, *changes[reader.id], others.get(reader.id, ()))
            for reader in readers
        ]

    def _bind(
        self,
        connection: Connection,
        readers: Sequence[Subscription],
        pool: Pool,
        events: Events,
        report: BuildReport,
    ) -> None:
        items: list[dict[str, Any]] = []
        mails: list[dict[str, Any]] = []
        moved: list[dict[str, Any]] = []
        for reader, content in zip(readers, self._content(connection, readers, pool, events), strict=True):
            moved.append(self._advance(reader, content, pool))
            report.left += content.left
            if content.is_empty and not reader.wishes.send_empty:
                report.empty += 1
                continue
            message_id = new_message_id(self._settings)
            draft = self._composer.draft(reader, content, message_id)
            digest_id = self._record(connection, reader, content, message_id, dict(draft.headers)["Subject"])
            items += _ledger(reader.id, digest_id, content, pool.hidden)
            mails.append(
                make_row(
                    message_id=message_id,
                    subscription_id=reader.id,
                    kind=MailKind.DIGEST,
                    recipient=reader.address,
                    draft=draft,
                    now=self._now,
                )
            )
            report.digests += 1
            report.items += len(content.items)
            report.changes += len(content.changes)
        if items:
            connection.execute(insert(digest_items), items)
        self._keep_parts(connection)
        enqueue(connection, mails)
        _move(connection, moved)

    def _record(
        self, connection: Connection, reader: Subscription, content: Content, message_id: str, subject: str
    ) -> int:
        row = {
            "subscription_id": reader.id,
            # A digest out of turn has its own moment; the unique pair of reader and slot is what a slot is bound by.
            "slot": reader.next_due if reader.next_due <= stamp(self._now) else stamp(self._now),
            "message_id": message_id,
            "subject": subject,
            "items": len(content.items),
            "changes": len(content.changes),
            "left_over": content.left,
            "event_mark": content.event_cursor,
            "built": stamp(self._now),
        }
        key = connection.execute(insert(digests).values(row)).inserted_primary_key
        if key is None:
            raise LibraryError("the database gave no number for a digest")
        return int(key[0])

    def _advance(self, reader: Subscription, content: Content, pool: Pool) -> dict[str, Any]:
        return {
            "reader": reader.id,
            "to_match": pool.cursor_before(content.remaining, reader.match_cursor),
            "to_event": max(content.event_cursor, reader.event_cursor),
            "due": stamp(reader.wishes.next_slot(self._now)),
        }

    def _keep_parts(self, connection: Connection) -> None:
        fresh = {name: content for name, content in self._composer.renderer.parts.items() if name not in self._kept}
        keep_parts(connection, fresh, self._now)
        self._kept |= fresh.keys()


def _turns(readers: Iterable[Subscription], size: int) -> Iterator[list[int]]:
    """Numbers of subscriptions, at most ``size`` at a time, and no address twice.

    What one digest of an address holds, the next has to know: it is built after that one is in the ledger.
    """
    turns: list[list[int]] = []
    begun: Counter[str] = Counter()
    for reader in readers:
        if begun[reader.address] == len(turns):
            turns.append([])
        turns[begun[reader.address]].append(reader.id)
        begun[reader.address] += 1
    for turn in turns:
        yield from (turn[start : start + size] for start in range(0, len(turn), size))


def _still_due(connection: Connection, ids: Sequence[int], now: dt.datetime) -> list[Subscription]:
    """Those of the subscriptions that nobody has built, paused or ended since they were listed."""
    s = subscriptions
    statement = select(s.c.id).where(
        s.c.id.in_(ids), s.c.state == State.ACTIVE.value, s.c.next_due <= stamp(now), s.c.next_due != ""
    )
    still = connection.execute(statement).scalars().all()
    return listed(connection, ids=still) if still else []


def _active(connection: Connection, id: int) -> Subscription:
    reader = find(connection, id)
    if reader.state is not State.ACTIVE:
        raise LibraryError(f"subscription {id} is {reader.state}, not active")
    return reader


def _ledger(reader: int, digest_id: int, content: Content, hidden: Collection[str]) -> Iterable[dict[str, Any]]:
    """Every record of every work that is in the digest: whichever of them comes again is known.

    Those that are ``hidden`` have not been shown.
    """
    told: dict[tuple[str, int], int] = {}
    for position, (item, _) in enumerate(content.items):
        told.update({(uid, 0): position for uid in item.work if uid not in hidden})
    for position, change in enumerate(content.changes, start=len(content.items)):
        told.update({(uid, change.event.id): position for uid in (change.event.uid, change.event.by) if uid})
    return (
        {"subscription_id": reader, "uid": uid, "event_id": event, "digest_id": digest_id, "position": position}
        for (uid, event), position in told.items()
    )


def _move(connection: Connection, moved: list[dict[str, Any]]) -> None:
    if moved:
        s = subscriptions
        statement = update(s).where(s.c.id == bindparam("reader"))
        columns = statement.values(
            match_cursor=bindparam("to_match"), event_cursor=bindparam("to_event"), next_due=bindparam("due")
        )
        connection.execute(columns, moved)
