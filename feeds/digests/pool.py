"""The works that wait for readers, and which of them each reader is to get: sets of works as bits of an integer.

Works stand in the order in which they were first found, so that the lowest bits are the longest waiting. One reader's
share of thousands of works in dozens of topics is a few operations on integers.
"""

from __future__ import annotations

import datetime as dt
import json
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, func, select

from feeds.digests.items import WorkItem, make_item
from feeds.mail.clean import clean
from feeds.review.log import verdicts
from feeds.subscriptions.ledger import sent_uids
from feeds.subscriptions.types import Subscription
from library import Library
from library.review_tables import review_decisions
from library.subscription_tables import item_events, item_states, topic_matches
from library.works import Work, works_of

_BATCH: Final = 500
_REASON_LENGTH: Final = 200
_M: Final = topic_matches


class _TopicMatches(msgspec.Struct, kw_only=True):
    """The matches of one topic, in the order of ids, and again in the order of first sight."""

    ids: list[int]
    places: list[int]
    seen: list[str]
    seen_places: list[int]
    masks: dict[tuple[bool, int], int] = {}

    def after(self, cursor: int) -> int:
        """Works with a match after ``cursor``."""
        return self._mask(by_seen=False, start=bisect_right(self.ids, cursor))

    def seen_since(self, moment: str) -> int:
        """Works with a record first collected at ``moment`` or later."""
        return self._mask(by_seen=True, start=bisect_left(self.seen, moment))

    def _mask(self, *, by_seen: bool, start: int) -> int:
        if (by_seen, start) not in self.masks:
            places = self.seen_places if by_seen else self.places
            self.masks[by_seen, start] = mask_of(places[start:])
        return self.masks[by_seen, start]


class Pool:
    """Works with a match after some id. Make it with `load_pool`.

    Args:
        items: What to show of each work, the longest waiting first; ``None`` where nothing of it stands.
        works: All uids of each.
        first: The first match of each work, of any topic.
        topics: The matches of each topic.
        reasons: ``(place, topic)`` → why it is there.
        doubtful: Works that readers may know though no match of theirs says so.
        hidden: Uids of records under embargo: they stand in a work, and are not shown.
        end: The newest match.
    """

    def __init__(
        self,
        *,
        items: Sequence[WorkItem | None],
        works: Sequence[Work],
        first: Sequence[int],
        topics: Mapping[str, _TopicMatches],
        reasons: Mapping[tuple[int, str], tuple[str, ...]],
        doubtful: int,
        hidden: frozenset[str],
        end: int,
    ) -> None:
        self.items = items
        self.works = works
        self.hidden = hidden
        self.end = end
        self._first = first
        self._topics = topics
        self._reasons = reasons
        self._doubtful = doubtful
        self._standing = mask_of(place for place, item in enumerate(items) if item is not None)
        self._places = {uid: place for place, work in enumerate(works) for uid in work}

    def waiting_for(self, subscription: Subscription) -> int:
        """Works that may be news to the reader, as bits; what the ledger knows has still to be taken out."""
        mask = 0
        for topic, since in subscription.since.items():
            held = self._topics.get(topic)
            if held is not None:
                mask |= held.after(subscription.match_cursor) & held.seen_since(since)
        return mask & self._standing

    def unsent(self, connection: Connection, subscription: Subscription, mask: int, others: Sequence[int] = ()) -> int:
        """Those of the works that the reader was not sent, by the ledger.

        Only works with a match that the reader's cursor has passed, and doubtful ones, can have been; where the address
        has ``others``, that have cursors of their own, any.
        """
        passed = bits_below(bisect_right(self._first, subscription.match_cursor)) | self._doubtful
        asked = mask if others else mask & passed
        uids = [uid for place in places_of(asked) for uid in self.works[place]]
        return mask & ~self.mask(sent_uids(connection, subscription.id, others, uids))

    def mask(self, uids: Iterable[str]) -> int:
        """The works of these records, as bits."""
        return mask_of({self._places[uid] for uid in uids if uid in self._places})

    def cursor_before(self, remaining: int, cursor: int) -> int:
        """The match up to which everything is done with for a reader to whom ``remaining`` is still to be sent."""
        if not remaining:
            return max(cursor, self.end)
        return max(cursor, self._first[next(places_of(remaining))] - 1)

    def reasons(self, place: int, topics: Collection[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Which of the topics hold a work, and why."""
        return tuple((topic, self._reasons[place, topic]) for topic in topics if (place, topic) in self._reasons)


def load_pool(library: Library, after: int, now: dt.datetime) -> Pool:
    """All works with a match after the match ``after`` that no curator excluded, as they may be shown at ``now``."""
    with library.reading() as connection:
        matched = connection.execute(select(_M).where(_M.c.id > after).order_by(_M.c.id)).all()
        reviewed = verdicts(connection)
        rows = [row for row in matched if reviewed.get(row.topic, {}).get(row.uid, True)]
        works = works_of(connection, {row.uid for row in rows})
        first = _first_matches(connection, works)
        doubtful = _doubtful(connection)
    begun = {work: min(first[uid] for uid in work if uid in first) for work in set(works.values())}
    ordered = sorted(begun, key=lambda work: begun[work])
    places = {uid: place for place, work in enumerate(ordered) for uid in work}
    records = library.get_many(places)
    annotations = library.annotations(places)
    reasons: dict[tuple[int, str], tuple[str, ...]] = {}
    for row in rows:
        reasons.setdefault(
            (places[row.uid], row.topic), tuple(clean(why, _REASON_LENGTH) for why in json.loads(row.why))
        )
    by_topic: dict[str, list[tuple[int, str, int]]] = {}
    for row in rows:
        by_topic.setdefault(row.topic, []).append((row.id, row.first_seen, places[row.uid]))
    return Pool(
        items=[make_item(work, records, annotations, now=now) for work in ordered],
        works=ordered,
        first=[begun[work] for work in ordered],
        topics={topic: _topic_matches(found) for topic, found in by_topic.items()},
        reasons=reasons,
        doubtful=mask_of({places[uid] for uid in doubtful if uid in places}),
        hidden=frozenset(
            uid for uid, one in records.items() if one.record.embargo_until and one.record.embargo_until > now
        ),
        end=matched[-1].id if matched else after,
    )


def mask_of(places: Iterable[int]) -> int:
    """An integer with these bits."""
    wanted = list(places)
    if not wanted:
        return 0
    octets = bytearray(max(wanted) // 8 + 1)
    for place in wanted:
        octets[place // 8] |= 1 << place % 8
    return int.from_bytes(octets, "little")


def bits_below(count: int) -> int:
    """An integer with the lowest bits."""
    return (1 << count) - 1


def places_of(mask: int) -> Iterator[int]:
    """The bits of an integer, lowest first."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _doubtful(connection: Connection) -> set[str]:
    """Records that readers may know of without a match of theirs before their cursor.

    These are told of by a change, were removed and came back, or were decided about by a curator.
    """
    by = connection.execute(select(item_events.c.by).where(item_events.c.by != "")).scalars()
    returned = connection.execute(select(item_states.c.uid).where(item_states.c.removed)).scalars()
    decided = connection.execute(select(review_decisions.c.uid)).scalars()
    return {*by, *returned, *decided}


def _first_matches(connection: Connection, uids: Iterable[str]) -> dict[str, int]:
    wanted = sorted(uids)
    found: dict[str, int] = {}
    for start in range(0, len(wanted), _BATCH):
        batch = wanted[start : start + _BATCH]
        statement = select(_M.c.uid, func.min(_M.c.id).label("first")).where(_M.c.uid.in_(batch)).group_by(_M.c.uid)
        found |= {row.uid: row.first for row in connection.execute(statement)}
    return found


def _topic_matches(found: list[tuple[int, str, int]]) -> _TopicMatches:
    by_seen = sorted((seen, place) for _, seen, place in found)
    return _TopicMatches(
        ids=[id for id, _, _ in found],
        places=[place for _, _, place in found],
        seen=[seen for seen, _ in by_seen],
        seen_places=[place for _, place in by_seen],
    )
