"""Crossref's REST API (https://api.crossref.org): works on the topic, and notices about works."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence, Set
from functools import partial
from typing import ClassVar
from urllib.parse import urlencode

import scrapy

from config import Settings
from crawler.items import Fetched, Item, Rejected
from crawler.known import known_keys
from crawler.parsers.crossref import SOURCE, WORK_TYPES, parse_page
from crawler.parsers.pages import Page
from crawler.spiders.windows import WindowSpider
from crawler.topic import Topic


class CrossrefSpider(WindowSpider):
    """Works and their corrections and retractions from Crossref.

    Works come in the order of their likeness to `crossref.query`, since Crossref can only be asked for any of its
    words: reading ends after `crossref.idle_pages` pages with nothing on `crawl.topic`. Notices are read to the end;
    one is kept if it is on the topic, or about a work that the library has.
    """

    name = SOURCE
    default_base_url = "https://api.crossref.org"
    # The API is made for programs: its limits are in its answers' headers.
    obeys_robots: ClassVar[bool] = False

    @classmethod
    def is_configured(cls, settings: Settings) -> bool:
        """Whether it is switched on."""
        return settings.crossref.enabled

    @classmethod
    def requests_per_second(cls, settings: Settings) -> float:
        """What Crossref allows, unless set otherwise: 5, or 10 with an e-mail address."""
        return settings.crossref.requests_per_second or (10.0 if "@" in settings.crawl.contact else 5.0)

    def first_day(self) -> dt.date:
        """From the settings."""
        return dt.date.fromisoformat(self.section.since)

    def question(self) -> str:
        """Query, kinds of notices and topic."""
        return json.dumps([self.section.query, self.section.updates, self.cordwatch.crawl.topic])

    async def window(self, first: dt.date, last: dt.date) -> AsyncIterator[Item]:
        """What Crossref indexed between two days, new or changed."""
        topic, own = Topic(self.cordwatch.crawl.topic), set[str]()
        dates = f"from-index-date:{first},until-index-date:{last}"
        if self.section.query:
            types = ",".join(f"type:{name}" for name in WORK_TYPES)
            asked = {"query.bibliographic": self.section.query, "filter": f"{dates},{types}"}
            where, patience = f"works {first} to {last}", self.section.idle_pages
            async for item in self.pages(self._asking(asked), where, keep=topic.kept_of, patience=patience):
                if isinstance(item, Fetched):
                    own |= set(item.record.identifiers.keys())
                yield item
        if self.section.updates:
            types = ",".join(f"update-type:{name}" for name in self.section.updates)
            asked = {"filter": f"{dates},is-update:true,{types}"}
            keep = partial(self._concerning, topic, own)
            async for item in self.pages(self._asking(asked), f"notices {first} to {last}", keep=keep):
                yield item

    def _asking(self, asked: dict[str, str]) -> Callable[[str], Awaitable[Page]]:
        contact = self.cordwatch.crawl.contact
        fields = asked | {"rows": str(self.section.page_size)} | ({"mailto": contact} if "@" in contact else {})

        async def ask(cursor: str) -> Page:
            query = urlencode(fields | {"cursor": cursor or "*"})
            request = scrapy.Request(f"{self.base_url}/works?{query}", dont_filter=True)
            return await self.fetch_parsed(request, lambda response: parse_page(response.body, url=response.url))

        return ask

    def _concerning(self, topic: Topic, own: Set[str], items: Sequence[Fetched | Rejected]) -> list[Fetched | Rejected]:
        """Notices on the topic, and those about works that the library has; ``own`` are on their way into it."""
        targets = [_targets(item) for item in items]
        known = own | known_keys(self.cordwatch, set[str]().union(*targets))
        return [item for item, about in zip(items, targets, strict=True) if about & known or topic.covers_item(item)]


def _targets(item: Fetched | Rejected) -> set[str]:
    return {relation.target for relation in item.record.relations} if isinstance(item, Fetched) else set()
