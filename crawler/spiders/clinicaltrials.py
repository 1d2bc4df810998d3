"""ClinicalTrials.gov, API version 2 (https://clinicaltrials.gov/data-api/api)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from typing import ClassVar
from urllib.parse import urlencode

import scrapy

from crawler.items import Item, Payload, Rejected, WindowDone
from crawler.parsers.clinicaltrials import SOURCE, Page, parse_page, parse_version
from crawler.spiders.base import SourceSpider
from records.errors import ParseError, SourceError


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
        version = await self.fetch(scrapy.Request(f"{self.base_url}/version", dont_filter=True))
        self._timestamp = parse_version(version.body)
        if not self.since and self.stored.state == self._state():
            self.logger.info("nothing has changed at the registry since %s", self._timestamp)
            return
        expected: int | None = None
        received = 0
        seen: set[str] = set()
        token = ""
        while True:
            page, payload = await self._page(token)
            expected = page.total_count if page.total_count is not None else expected
            received += len(page.items)
            for item in page.items:
                yield item
            token = page.next_page_token
            if not token:
                break
            if token in seen or not page.items:
                yield Rejected(source=SOURCE, reason="a page points to one that was read already", payload=payload)
                raise SourceError(f"ClinicalTrials.gov repeats page {token!r} after {received} studies")
            seen.add(token)
        if expected is not None and received < expected:
            self.fail(f"ClinicalTrials.gov: {received} of {expected} studies came")

    def finish(self) -> Iterable[WindowDone]:
        """Move the watermark to the data's own day, unless an older ``since`` was asked for only in part."""
        if not self._timestamp or self.report.failed:
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

    async def _page(self, token: str) -> tuple[Page, Payload]:
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
        response = await self.fetch(scrapy.Request(f"{self.base_url}/studies?{query}", dont_filter=True))
        payload = self.payload(response)
        try:
            return parse_page(response.body, url=payload.url), payload
        except ParseError as error:
            raise SourceError(f"{payload.url}: {error.message}") from error
