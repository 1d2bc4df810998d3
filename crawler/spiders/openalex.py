"""OpenAlex through its API (https://api.openalex.org), which wants a key."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator
from typing import ClassVar
from urllib.parse import urlencode

import scrapy

from config import Settings
from crawler.items import Item
from crawler.parsers.openalex import SOURCE, parse_page
from crawler.parsers.pages import Page
from crawler.spiders.windows import WindowSpider
from records.errors import ConfigError


class OpenalexSpider(WindowSpider):
    """Works from OpenAlex, if there is a key.

    Keys differ in what they may ask for: `openalex.date` says by which date works are asked for.
    """

    name = SOURCE
    default_base_url = "https://api.openalex.org"
    # The API is made for programs: key and rate are its rules.
    obeys_robots: ClassVar[bool] = False

    @classmethod
    def is_configured(cls, settings: Settings) -> bool:
        """Whether there is a key."""
        return bool(settings.openalex.api_key)

    def first_day(self) -> dt.date:
        """From the settings."""
        return dt.date.fromisoformat(self.section.since)

    def question(self) -> str:
        """The query of the settings, and by which date it is asked."""
        return json.dumps([self.section.query, self.section.date])

    def window(self, first: dt.date, last: dt.date) -> AsyncIterator[Item]:
        """What was published, added or updated between two days."""
        if not self.section.api_key:
            raise ConfigError("openalex.api_key is not set, and OpenAlex wants a key")
        date = self.section.date

        async def ask(cursor: str) -> Page:
            fields = {
                "search": self.section.query,
                "filter": f"from_{date}_date:{first},to_{date}_date:{last}",
                "per-page": str(self.section.page_size),
                "cursor": cursor or "*",
                "api_key": self.section.api_key,
            }
            request = scrapy.Request(f"{self.base_url}/works?{urlencode(fields)}", dont_filter=True)
            return await self.fetch_parsed(
                request, lambda response: parse_page(response.body, url=self.report.mask(response.url))
            )

        return self.pages(ask, f"{date} {first} to {last}")
