"""ClinicalTrials.gov, API version 2 (https://clinicaltrials.gov/data-api/api)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from typing import ClassVar
from urllib.parse import urlencode

import scrapy

from crawler.failures import UnreadableError
from crawler.items import Fetched, Item, Rejected, WindowDone
from crawler.parsers.clinicaltrials import SOURCE, Page, parse_page, parse_version
from crawler.spiders.base import SourceSpider
from records.errors import SourceError


class ClinicaltrialsSpider(SourceSpider):
    """Trial registrations from ClinicalTrials.gov (API version 2).

    A crawl asks for the studies that were updated since the last complete one, and for none if the registry's data
    timestamp has not moved. The watermark is the day up to which everything has been read.
    """

    name = SOURCE
    default_base_url = "https://clinicaltrials.gov/api/v2"
    # The API is made for programs; its robots.txt asks for a second between requests, which the rate keeps.
    obeys_robots: ClassVar[bool] = True

    async def collect(self) -> AsyncIterator[Item]:
        """Page after page, oldest update first."""
        self._timestamp = ""
        version = scrapy.Request(f"{self.base_url}/version", dont_filter=True)
        self._timestamp = await self.fetch_parsed(version, lambda response: parse_version(response.body))
        if not self.since and self.stored.state == self._state():
            self.logger.info("nothing has changed at the registry since %s", self._timestamp)
            return
        expected: int | None = None
        seen: set[str] = set()
        token, more = "", True
        while more:
            try:
                page = await self._page(token)
            except UnreadableError as error:
                yield Rejected(source=SOURCE, reason=error.message, payload=error.payload)
                raise
            expected = page.total_count if page.total_count is not None else expected
            for item in page.items:
                yield item
            new = {_number(item) for item in page.items} - seen
            if page.next_page_token and not new:
                raise SourceError(f"page {page.next_page_token!r} brings nothing new after {len(seen)} studies")
            seen |= new
            token, more = page.next_page_token, bool(page.next_page_token)
        if expected is not None and len(seen) < expected:
            self.fail(f"{len(seen)} of {expected} studies came")

    def finish(self) -> Iterable[WindowDone]:
        """Move the watermark to the data's own day, where no gap would stay behind it."""
        stored = self.stored.watermark
        if not self._timestamp or self.report.failed or (self.since and stored and self.since.isoformat() > stored):
            return
        day = self._timestamp[:10]
        yield WindowDone(source=SOURCE, watermark=max(day, self.stored.watermark), state=self._state())

    def _state(self) -> dict[str, str]:
        asked = {"condition": self.section.condition, "term": self.section.term}
        return {"data_timestamp": self._timestamp, "asked": json.dumps(asked, sort_keys=True)}

    def _first_day(self) -> str:
        """First day of the window; empty for everything: the first crawl, or another query than last time."""
        same = self.stored.state.get("asked") == self._state()["asked"]
        if self.since or (self.stored.watermark and same):
            return self.window_start(self.until).isoformat()
        return ""

    async def _page(self, token: str) -> Page:
        fields = {
            "query.cond": self.section.condition,
            "query.term": self.section.term,
            "filter.advanced": f"AREA[LastUpdatePostDate]RANGE[{self._first_day()},MAX]" if self._first_day() else "",
            "sort": "LastUpdatePostDate:asc",
            "pageSize": str(self.section.page_size),
            "countTotal": "" if token else "true",
            "pageToken": token,
        }
        query = urlencode({name: value for name, value in fields.items() if value})
        request = scrapy.Request(f"{self.base_url}/studies?{query}", dont_filter=True)
        return await self.fetch_parsed(request, lambda response: parse_page(response.body, url=response.url))


def _number(item: Fetched | Rejected) -> str:
    """What tells a study from the others; of one that cannot be read, its bytes."""
    return item.record.source_id if isinstance(item, Fetched) else repr(item.payload.content)
