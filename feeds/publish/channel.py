"""From a topic's matches to what is published of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import msgspec

from feeds.digests.items import WorkItem, make_item
from feeds.mail.clean import clean
from feeds.publish.types import Channel, Entry
from feeds.topics.matching import matches
from library.works import works_of
from records.record import PublicationStatus, Record
from records.wording import why_unreliable

if TYPE_CHECKING:
    from config.settings import PublishSettings
    from feeds.topics.types import Match, Topic
    from feeds.topics.window import Window
    from library import StoredRecord

EXCERPT_LENGTH: Final = 320
_TITLE_LENGTH: Final = 200
_DESCRIPTION_LENGTH: Final = 2_000
_WHY_LENGTH: Final = 300
_MINTED: Final = 2026
"""Year in the tag URIs (RFC 4151): a date on which the authority held its name. It never changes."""
_EMPTY_SINCE: Final = dt.datetime(_MINTED, 1, 1, tzinfo=dt.UTC)
"""Atom wants a date of a feed that never had an entry: that of its identifier, which no later look at it moves."""
_NEVER: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_GRAVEST: Final = (
    PublicationStatus.RETRACTED,
    PublicationStatus.WITHDRAWN,
    PublicationStatus.CONCERN,
    PublicationStatus.CORRECTED,
    PublicationStatus.CURRENT,
)


def make_channel(
    topic: Topic, window: Window, settings: PublishSettings, changed: Mapping[str, dt.datetime] | None = None
) -> Channel:
    """The newest works of a topic among the records of a window. Raises `QueryError` as `matches` does.

    Args:
        topic: To publish.
        window: The records that may be published.
        settings: How many entries there are, and in whose name.
        changed: Uids of records whose standing changed lately → when (`feeds.publish.standing`).
    """
    found = {match.uid: match for match in matches(topic, window)}
    entries = sorted(
        _entries(found, window, settings, changed or {}), key=lambda entry: (-entry.newest.timestamp(), entry.id)
    )
    shown = tuple(entries[: settings.items])
    return Channel(
        name=topic.name,
        id=_tag(settings, "topic", topic.name),
        title=clean(topic.title, _TITLE_LENGTH),
        description=clean(topic.description, _DESCRIPTION_LENGTH),
        updated=max((entry.updated for entry in shown), default=_EMPTY_SINCE),
        entries=shown,
    )


def _entries(
    found: Mapping[str, Match], window: Window, settings: PublishSettings, changed: Mapping[str, dt.datetime]
) -> Iterable[Entry]:
    library = window.library
    with library.reading() as connection:
        works = works_of(connection, found)
    for work in sorted({works[uid] for uid in found}):
        records = library.get_many(work)
        item = make_item(work, records, library.annotations(work))
        if item is not None:
            reasons = next(found[uid].why for uid in (item.uid, *work) if uid in found)
            entry = _entry(item, records, "; ".join(reasons), settings)
            yield _told(entry, max((changed[uid] for uid in work if uid in changed), default=_NEVER))


def _told(entry: Entry, moment: dt.datetime) -> Entry:
    """The entry of a work whose standing changed at a moment: as new to readers as that is."""
    newest, updated = max(entry.newest, moment), max(entry.updated, moment)
    return msgspec.structs.replace(entry, newest=newest, updated=updated)


def _entry(item: WorkItem, work: Mapping[str, StoredRecord], why: str, settings: PublishSettings) -> Entry:
    records = [stored for stored in work.values() if not stored.deleted]
    lead, first = work[item.uid], _first(work.values(), dt.timedelta(days=settings.days))
    publication = [work[uid].record for uid in item.publication]
    status = min((record.status for record in publication), key=_GRAVEST.index)
    marked = status in _GRAVEST[:3]
    return Entry(
        id=_tag(settings, "item", first.uid),
        uid=item.uid,
        kind=item.kind,
        status=status.value,
        title=": ".join((*_marks(item, marked=marked), item.title)),
        url=item.url,
        badge=item.badge,
        facts=item.facts,
        excerpt="" if any(map(why_unreliable, publication)) else item.finding or _beginning(lead.record),
        why=clean(why, _WHY_LENGTH),
        announced=first.first_seen,
        newest=max(stored.first_seen for stored in records),
        updated=max(stored.last_changed for stored in records),
    )


def _marks(item: WorkItem, *, marked: bool) -> Iterable[str]:
    if marked:
        yield item.warning
    if item.caution:
        yield item.caution


def _first(records: Iterable[StoredRecord], period: dt.timedelta) -> StoredRecord:
    """The record with which a work entered the feed.

    Each record keeps the entry in the feed for a period. What joins it meanwhile changes it; what comes after it has
    left makes a new one, for readers have long put the old one away. Removed records count: ids outlive them.
    """
    ordered = sorted(records, key=lambda stored: (stored.first_seen, stored.uid))
    entered = ordered[0]
    for earlier, later in pairwise(ordered):
        if later.first_seen - earlier.first_seen > period:
            entered = later
    return entered


def _beginning(record: Record) -> str:
    """The first words of the abstract; of a press item, of the excerpt in its feed, never of its body."""
    return clean(record.text_of("abstract"), EXCERPT_LENGTH)


def _tag(settings: PublishSettings, kind: str, name: str) -> str:
    return f"tag:{settings.authority},{_MINTED}:{kind}/{quote(name, safe=':')}"
