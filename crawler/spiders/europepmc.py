"""Europe PMC through its Articles RESTful API (https://europepmc.org/RestfulWebService)."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from typing import ClassVar
from urllib.parse import urlencode

import scrapy

from config import Settings
from crawler.items import Item
from crawler.parsers.europepmc import SOURCE, parse_page
from crawler.parsers.pages import Page
from crawler.spiders.windows import WindowSpider


class EuropepmcSpider(WindowSpider):
    """Papers and preprints from Europe PMC.

    A crawl asks for what was updated since the last complete one. The end of a result is a cursor that is absent, is
    the one just used, or leads to an empty page.
    """

    name = SOURCE
    default_base_url = "https://www.ebi.ac.uk/europepmc/webservices/rest"
    # The API is made for programs: its rate is its rule.
    obeys_robots: ClassVar[bool] = False

    @classmethod
    def is_configured(cls, settings: Settings) -> bool:
        """Whether it is switched on."""
        return settings.europepmc.enabled

    def first_day(self) -> dt.date:
        """From the settings."""
        return dt.date.fromisoformat(self.section.since)

    def question(self) -> str:
        """The query of the settings."""
        query: str = self.section.query
        return query

    def window(self, first: dt.date, last: dt.date) -> AsyncIterator[Item]:
        """What was updated between two days."""
        where = f"updated {first} to {last}"
        query = f"({self.question()}) AND UPDATE_DATE:[{first} TO {last}]"

        async def ask(cursor: str) -> Page:
            fields = {
                "query": query,
                "resultType": "core",
                "format": "json",
                "pageSize": str(self.section.page_size),
                "cursorMark": cursor or "*",
            }
            request = scrapy.Request(f"{self.base_url}/search?{urlencode(fields)}", dont_filter=True)
            return await self.fetch_parsed(request, lambda response: parse_page(response.body, url=response.url))

        return self.pages(ask, where)
