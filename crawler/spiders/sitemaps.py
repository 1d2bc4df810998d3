"""Walks a sitemap, and the sitemaps that it lists, within bounds."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import scrapy

from crawler.parsers.sitemaps import Listed, parse_sitemap
from records.errors import SourceError

if TYPE_CHECKING:
    from crawler.spiders.base import SourceSpider

DEEPEST: Final = 3
"""Levels: an index, an index of indexes, and sitemaps."""
MOST: Final = 50
"""Sitemaps a crawl."""


class SitemapWalk:
    """One reading of one sitemap.

    Args:
        spider: Asks for the sitemaps.
        since: What was changed earlier is passed over, whole sitemaps with it.
        path: Only addresses that contain this.
    """

    def __init__(self, spider: SourceSpider, *, since: dt.datetime, path: str) -> None:
        self._spider = spider
        self._since = since
        self._path = path
        self._asked: set[str] = set()
        self.undated = 0
        """Addresses without a date: nobody can say whether they are new."""

    async def pages(self, url: str, *, depth: int = 1) -> list[Listed]:
        """What has changed, oldest first.

        Raises:
            SourceError: A sitemap cannot be had or read, there are too many, or they lie too deep.
        """
        if url in self._asked:
            return []
        if depth > DEEPEST or len(self._asked) >= MOST:
            raise SourceError(f"{url}: sitemaps lie deeper than {DEEPEST} levels, or there are more than {MOST}")
        self._asked.add(url)
        request = scrapy.Request(url, dont_filter=True)
        sitemap = await self._spider.fetch_parsed(
            request, lambda response: parse_sitemap(response.body, url=response.url)
        )
        found: list[Listed] = []
        for one in sitemap.listed:
            if sitemap.is_index and (one.changed is None or one.changed >= self._since):
                found += await self.pages(one.url, depth=depth + 1)
            elif not sitemap.is_index and self._path in one.url:
                self.undated += one.changed is None
                found += [one] if one.changed and one.changed >= self._since else []
        return sorted(found, key=lambda one: (one.changed or self._since, one.url))
