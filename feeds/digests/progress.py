"""How far each topic has come: one that was missing or broken for a while is asked later about what it missed.

A topic has two marks among the watermarks: the change of the library and the decision of its curators up to which it
has been asked. Both move with what was found, in one transaction.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Final, TypeAlias

import msgspec
from sqlalchemy import Connection, delete, func, insert, select

from feeds.outbox.queue import stamp
from feeds.review.log import verdicts
from feeds.review.types import Verdict
from feeds.subscriptions.types import State
from library import Library, Writer, schema
from library.review_tables import review_decisions
from library.subscription_tables import subscriptions, topic_matches

STAGE: Final = "digests"
_TOPIC: Final = "digests topic "
_DECISIONS: Final = "digests decisions "

Pair: TypeAlias = tuple[str, str]
"""Topic and uid."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Where the stage and each topic stand."""

    marks: Mapping[str, int]
    """All watermarks."""
    topics: Collection[str]
    """Those that can be asked now."""
    known: Collection[str]
    """These, those that cannot be asked, and those that readers ask for and nobody finds."""

    @property
    def mark(self) -> int:
        """The change up to which records were looked at."""
        return self.marks.get(STAGE, 0)

    def of(self, topic: str) -> int:
        """The change up to which a topic was asked; a new one begins with what comes next."""
        return self.marks.get(_TOPIC + topic, self.mark)

    def behind(self) -> dict[int, set[str]]:
        """Change → the topics that were last asked then, and have missed what came after it."""
        found: dict[int, set[str]] = {}
        for topic in self.topics:
            if self.of(topic) < self.mark:
                found.setdefault(self.of(topic), set()).add(topic)
        return found

    def has_new(self) -> bool:
        """Whether a topic was never noted."""
        return any(_TOPIC + topic not in self.marks for topic in self.known)

    def decided(self, topic: str) -> int:
        """The decision up to which a topic's curators were followed."""
        return self.marks.get(_DECISIONS + topic, 0)

    def move(
        self, writer: Writer, *, asked: Collection[str], to: int, decided: Mapping[str, int], missed: int | None
    ) -> None:
        """Note how far it is now; topics that were not ``asked`` stay where they are.

        Where records were looked at again without having changed (an embargo has ended), these topics even go back,
        to before ``missed``, the oldest change among those.

        Raises:
            WatermarkMovedError: Another process was here meanwhile.
        """
        writer.advance(STAGE, expected=self.mark, to=to)
        for topic in self.known:
            left = self.of(topic) if missed is None else min(self.of(topic), missed - 1)
            self._advance(writer, _TOPIC + topic, to if topic in asked else left)
        for topic in decided.keys() & set(asked):
            self._advance(writer, _DECISIONS + topic, decided[topic])

    def _advance(self, writer: Writer, stage: str, to: int) -> None:
        if self.marks.get(stage) != to:
            writer.advance(stage, expected=self.marks.get(stage, 0), to=to)


class Reviewed(msgspec.Struct, frozen=True, kw_only=True):
    """What curators have decided since a topic was last asked."""

    pairs: frozenset[Pair]
    """Where a decision was made or taken back, and nothing excludes the record now."""
    newest: Mapping[str, int]
    """Topic → its newest decision."""


def load_progress(library: Library, topics: Collection[str], failed: dict[str, str]) -> Progress:
    """Where everything stands; a topic that readers ask for and that is not there is noted in ``failed``."""
    with library.reading() as connection:
        asked_for = _asked_for(connection)
    for topic in sorted(asked_for.keys() - set(topics) - failed.keys()):
        number = asked_for[topic]
        failed[topic] = f"there is no such topic, and {number} subscription{'s' * (number > 1)} to it"
    return Progress(marks=library.watermarks(), topics=topics, known=sorted({*topics, *failed}))


def look_back(writer: Writer, topics: Iterable[str], since: dt.datetime) -> list[str]:
    """Let topics be asked about what was first collected from ``since`` on; gives those that had not been.

    A topic is asked about what comes once somebody knows of it. Whoever reads it for longer has had it asked.
    """
    r = schema.records
    statement = select(func.min(r.c.seq)).where(r.c.first_seen >= stamp(since), ~r.c.deleted)
    first = writer.connection.execute(statement).scalar()
    if first is None:
        return []
    read = _read_since(writer.connection)
    marks = {row.stage: row.seq for row in writer.connection.execute(select(schema.watermarks))}
    moved = []
    for topic in topics:
        name = _TOPIC + topic
        is_read = topic in read and read[topic] <= stamp(since)
        if first <= marks.get(name, marks.get(STAGE, 0)) and not is_read:
            writer.advance(name, expected=marks.get(name, 0), to=first - 1)
            moved.append(topic)
    return moved


def topics_behind(library: Library) -> set[str]:
    """Topics that could not be asked about the newest changes."""
    marks = library.watermarks()
    newest = marks.get(STAGE, 0)
    return {name.removeprefix(_TOPIC) for name, mark in marks.items() if name.startswith(_TOPIC) and mark < newest}


def load_reviewed(library: Library, progress: Progress) -> Reviewed:
    """The decisions that no topic has followed yet."""
    d = review_decisions
    with library.reading() as connection:
        latest = connection.execute(select(d.c.topic, func.max(d.c.id).label("id")).group_by(d.c.topic)).all()
        newest = {row.topic: row.id for row in latest if row.topic in progress.topics}
        moved = {topic for topic, id in newest.items() if id > progress.decided(topic)}
        standing = verdicts(connection) if moved else {}
        pairs = {
            (topic, uid)
            for topic in moved
            for uid in _decided_since(connection, topic, progress.decided(topic))
            if standing.get(topic, {}).get(uid, True)
        }
    return Reviewed(pairs=frozenset(pairs), newest={topic: newest[topic] for topic in moved})


def reopen(connection: Connection, pairs: Iterable[Pair]) -> None:
    """Make matches the newest, so that no reader's cursor has passed them; the ledger knows who was sent them."""
    m = topic_matches
    for topic, uid in sorted(pairs):
        held = connection.execute(select(m).where(m.c.topic == topic, m.c.uid == uid)).one_or_none()
        if held is not None:
            connection.execute(delete(m).where(m.c.id == held.id))
            values = {name: value for name, value in held._mapping.items() if name != "id"}
            connection.execute(insert(m).values(values))


def _asked_for(connection: Connection) -> dict[str, int]:
    """Topic → how many subscriptions that have not been ended ask for it."""
    found: dict[str, int] = {}
    s = subscriptions
    for topics in connection.execute(select(s.c.topics).where(s.c.state != State.UNSUBSCRIBED.value)).scalars():
        for topic in json.loads(topics):
            found[topic] = found.get(topic, 0) + 1
    return found


def _read_since(connection: Connection) -> dict[str, str]:
    """Topic → the earliest moment since when a subscription that has not been ended takes its works for news."""
    found: dict[str, str] = {}
    s = subscriptions
    for each in connection.execute(select(s.c.since).where(s.c.state != State.UNSUBSCRIBED.value)).scalars():
        for topic, since in json.loads(each).items():
            found[topic] = min(found.get(topic, since), since)
    return found


def _decided_since(connection: Connection, topic: str, mark: int) -> Collection[str]:
    d = review_decisions
    statement = select(d.c.uid).where(d.c.topic == topic, d.c.id > mark, d.c.verdict != Verdict.SKIP.value)
    return set(connection.execute(statement).scalars())
