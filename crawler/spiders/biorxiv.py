"""bioRxiv and medRxiv through their API (https://api.biorxiv.org)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import TypeVar

import msgspec
import scrapy

from config import Settings
from crawler.failures import RefusedError, UnreadableError
from crawler.items import Fetched, Item
from crawler.known import known_keys
from crawler.parsers.biorxiv import (
    SOURCE,
    Published,
    parse_page,
    parse_published,
    parse_versions,
    version_of,
)
from crawler.parsers.pages import Page, PageOf
from crawler.spiders.windows import WindowSpider
from crawler.topic import Topic

T = TypeVar("T")


class BiorxivSpider(WindowSpider):
    """Preprints from bioRxiv and medRxiv.

    The servers cannot be searched: everything that appeared in a window is read, and what is on `crawl.topic` is kept.
    Afterwards the preprints that became papers in the window are read again, those on the topic and those that the
    library has.
    """

    name = SOURCE
    default_base_url = "https://api.biorxiv.org"
    slice_days = 31
    counts_off = True

    @classmethod
    def is_configured(cls, settings: Settings) -> bool:
        """Whether it is switched on."""
        return settings.biorxiv.enabled

    def first_day(self) -> dt.date:
        """From the settings."""
        return dt.date.fromisoformat(self.section.since)

    def question(self) -> str:
        """Servers and topic."""
        return json.dumps([self.section.servers, self.cordwatch.crawl.topic])

    async def window(self, first: dt.date, last: dt.date) -> AsyncIterator[Item]:
        """What appeared between two days, and what became a paper."""
        topic = Topic(self.cordwatch.crawl.topic)
        for server in self.section.servers:
            days = f"{server}/{first}/{last}"
            async for item in self.pages(partial(self._page, days), days, keep=topic.kept_of):
                if isinstance(item, Fetched) and version_of(item) > 1:
                    yield await self._preprint(server, item.record.source_id) or item
                else:
                    yield item
            async for item in self._became_papers(server, days, topic):
                yield item

    async def _page(self, days: str, cursor: str) -> Page:
        request = scrapy.Request(f"{self.base_url}/details/{days}/{cursor or 0}/json", dont_filter=True)
        page = await self.fetch_parsed(request, lambda response: parse_page(response.body, url=response.url))
        return _counted(page, cursor)

    async def _published(self, days: str, cursor: str) -> PageOf[Published]:
        request = scrapy.Request(f"{self.base_url}/pubs/{days}/{cursor or 0}", dont_filter=True)
        return _counted(await self.fetch_parsed(request, lambda response: parse_published(response.body)), cursor)

    async def _preprint(self, server: str, doi: str, *, paper: str = "") -> Fetched | None:
        """A preprint with all its versions; ``None`` where the server does not give it by its DOI."""
        request = scrapy.Request(f"{self.base_url}/details/{server}/{doi}/na/json", dont_filter=True)
        try:
            return await self.fetch_parsed(
                request, lambda response: parse_versions(response.body, url=response.url, paper=paper)
            )
        except (RefusedError, UnreadableError) as error:
            self.logger.info("%s", error.message)
            return None

    async def _became_papers(self, server: str, days: str, topic: Topic) -> AsyncIterator[Item]:
        async for page in self.turn(partial(self._published, days), f"papers {days}"):
            for one in self._concerning(page.items, topic):
                item = await self._preprint(server, one.preprint, paper=one.paper)
                if item is not None:
                    yield item

    def _concerning(self, found: Sequence[Published], topic: Topic) -> list[Published]:
        known = known_keys(self.cordwatch, {f"doi:{one.preprint}" for one in found if one.preprint})
        return [
            one
            for one in found
            if one.preprint and (f"doi:{one.preprint}" in known or topic.covers(one.title, one.abstract))
        ]


def _counted(page: PageOf[T], cursor: str) -> PageOf[T]:
    """A page with its cursor: the next one begins after as many entries as have come, whatever a page should hold."""
    reached = int(cursor or 0) + len(page.items)
    return msgspec.structs.replace(
        page,
        # An empty page says nothing of the total.
        total=page.total if page.items else None,
        cursor="" if page.total is not None and reached >= page.total else str(reached),
    )
