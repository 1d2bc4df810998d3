"""One reader's digest: what is in it, and the message that says so. Nothing is written here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

from sqlalchemy import Connection, select

from config.settings import Settings
from feeds.digests.changes import ReaderChange
from feeds.digests.chart import WEEKS, Chart, draw, weekly_counts
from feeds.digests.content import Content, Why
from feeds.digests.items import WorkItem
from feeds.digests.pool import Pool, places_of
from feeds.digests.progress import topics_behind
from feeds.digests.render import CHART_CID, Page, Renderer
from feeds.digests.sources import Trouble, troubled_sources
from feeds.digests.stories import stories_of
from feeds.mail.clean import clean
from feeds.mail.draft import Draft, Image
from feeds.mail.headers import exits, list_headers, plain_headers
from feeds.outbox.queue import stamp
from feeds.subscriptions.types import Format, Subscription
from library import Library
from library.subscription_tables import topic_matches
from records.record import UNSOUND

_FRAME_BYTES: Final = 12_000
"""What stands around the items, about."""
_CHANGE_BYTES: Final = 1_500
_CHARTED_ITEMS: Final = 2


class Composer:
    """Composes the digests of one run.

    Args:
        library: Read only.
        settings: Sizes, sender, links.
        titles: Title of each topic.
        now: The moment of the run.
    """

    def __init__(self, library: Library, settings: Settings, titles: Mapping[str, str], now: dt.datetime) -> None:
        self._library = library
        self._settings = settings
        self._titles = {name: clean(title, 100) for name, title in titles.items()}
        self._now = now
        self._charts: dict[str, Chart | None] = {}
        self.renderer = Renderer()

    def choose(
        self,
        connection: Connection,
        subscription: Subscription,
        pool: Pool,
        changes: Sequence[ReaderChange],
        event_cursor: int,
        others: Sequence[int] = (),
    ) -> Content:
        """What the reader gets: all changes, and the longest waiting works as far as number and size allow.

        The ``others`` are the subscriptions of the same address.
        """
        told = {uid for change in changes for uid in (*change.item.work, change.event.by)}
        waiting = pool.unsent(connection, subscription, pool.waiting_for(subscription), others) & ~pool.mask(told)
        room = self._settings.digest.max_kb * 1024 - _FRAME_BYTES - _CHANGE_BYTES * len(changes)
        chosen: list[tuple[WorkItem, Why]] = []
        remaining = waiting
        for place in places_of(waiting):
            item = pool.items[place]
            if item is None or len(chosen) >= subscription.wishes.max_items:
                break
            why = self._why(pool, place, subscription)
            room -= self.renderer.item(item).size + self.renderer.why(why).size
            # One item always goes out: else a reader with too small a limit would wait for ever.
            if room < 0 and chosen:
                break
            chosen.append((item, why))
            remaining ^= 1 << place
        stories = stories_of([item for item, _ in chosen])
        return Content(
            items=tuple(chosen[place] for story in stories for place in story),
            stories=tuple(map(len, stories)),
            changes=tuple(changes),
            left=remaining.bit_count(),
            shared=bool(others),
            remaining=remaining,
            event_cursor=event_cursor,
        )

    def draft(self, subscription: Subscription, content: Content, message_id: str) -> Draft:
        """The message."""
        page = self._page(subscription, content)
        html = subscription.wishes.format is Format.HTML
        topic = self._leading_topic(content) if html else ""
        chart = self._chart(topic) if topic else None
        pieces = self.renderer.digest(page, content, chart, self._titles.get(topic, topic))
        headers = plain_headers(
            self._settings, subscription, subject=page.subject, message_id=message_id, now=self._now
        ) + list_headers(self._settings, subscription)
        images = (Image(cid=CHART_CID, part=self.renderer.keep(chart.png)),) if chart else ()
        return Draft(
            headers=tuple(headers),
            text=tuple(pieces.text),
            html=tuple(pieces.html) if html else (),
            images=images,
        )

    def _why(self, pool: Pool, place: int, subscription: Subscription) -> Why:
        held = pool.reasons(place, subscription.wishes.topics)
        return tuple((self._titles.get(topic, topic), reasons) for topic, reasons in held)

    def _page(self, subscription: Subscription, content: Content) -> Page:
        wishes = subscription.wishes
        ways = exits(self._settings, subscription)
        local = self._now.astimezone(wishes.zone())
        date = f"{local.day} {local:%B %Y}"
        summary = summarise(content)
        return Page(
            subject=f"Cordwatch, {date}: {summary}",
            summary=summary[:1].upper() + summary[1:],
            date=date,
            topics=tuple(self._titles.get(topic, topic) for topic in wishes.topics),
            items=len(content.items),
            left=content.left,
            shared=content.shared,
            troubles=(*self._missing(wishes.topics), *self._troubles),
            address=subscription.address,
            when=f"{wishes.at} {wishes.tz}, {wishes.days}",
            token=ways.token,
            link=ways.link,
            mailto=ways.mailto,
            mailbox=self._settings.digest.unsubscribe_address,
        )

    def _missing(self, topics: Iterable[str]) -> Iterator[Trouble]:
        """The reader's topics that nobody can ask today."""
        for topic in topics:
            if topic not in self._titles or topic in self._behind:
                yield Trouble(of=f"topic {topic}", what="cannot be read today; what comes meanwhile follows later")

    def _leading_topic(self, content: Content) -> str:
        """The topic that most of the items come from, where a chart helps; else nothing."""
        if not self._settings.digest.chart or len(content.items) < _CHARTED_ITEMS:
            return ""
        names = {title: name for name, title in self._titles.items()}
        counts: dict[str, int] = {}
        for _, why in content.items:
            for title, _ in why:
                counts[title] = counts.get(title, 0) + 1
        leading = max(sorted(counts), key=lambda title: counts[title], default="")
        return names.get(leading, "")

    def _chart(self, topic: str) -> Chart | None:
        if topic not in self._charts:
            counts = weekly_counts(self._found.get(topic, []), self._now)
            self._charts[topic] = draw(self._titles[topic], counts) if counts else None
        return self._charts[topic]

    @cached_property
    def _found(self) -> dict[str, list[dt.datetime]]:
        """When each topic's records were first collected, in the weeks that a chart shows."""
        earliest = stamp(self._now - dt.timedelta(weeks=WEEKS))
        m = topic_matches
        found: dict[str, list[dt.datetime]] = {}
        with self._library.reading() as connection:
            for row in connection.execute(select(m.c.topic, m.c.first_seen).where(m.c.first_seen >= earliest)):
                found.setdefault(row.topic, []).append(dt.datetime.fromisoformat(row.first_seen))
        return found

    @cached_property
    def _behind(self) -> set[str]:
        return topics_behind(self._library)

    @cached_property
    def _troubles(self) -> tuple[Trouble, ...]:
        return troubled_sources(self._library, self._settings, now=self._now)


def summarise(content: Content) -> str:
    """``7 new works, 1 retraction, 2 other changes``."""
    retractions = sum(change.standing in UNSOUND for change in content.changes)
    others = len(content.changes) - retractions
    parts = [
        _counted(len(content.items), "new work"),
        _counted(retractions, "retraction"),
        _counted(others, "other change" if retractions else "change"),
    ]
    return ", ".join(part for part in parts if part) or "nothing new"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}" if number else ""
