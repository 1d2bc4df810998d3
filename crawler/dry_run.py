"""What a crawl would ask, without asking it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

import msgspec

from config import Settings
from crawler.run import chosen_spiders
from library import CrawlState, Library
from records.errors import CordwatchError

if TYPE_CHECKING:
    from scrapy.http import Request

    from crawler.spiders.base import SourceSpider


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """One request that a crawl would send, as far as that can be known before any answer has come."""

    source: str
    watermark: str
    """Up to where the source has been read."""
    request: str
    """Method, address and form, without secrets."""


def plan(sources: Sequence[str], settings: Settings, *, since: dt.date | None = None) -> list[Planned]:
    """The first request of each window, feed or sitemap; what follows depends on the answers. Nothing is written.

    Args:
        sources: As for `crawler.run.crawl`.
        settings: Cordwatch's settings.
        since: Start of the window.
    """
    found: list[Planned] = []
    for kind in chosen_spiders(sources, settings):
        spider = kind()
        spider.prepare(settings, _state(settings, kind.name), since)
        spider.planned = []
        asyncio.run(_collect(spider))
        found += (
            Planned(source=kind.name, watermark=spider.stored.watermark, request=_words(spider, request))
            for request in spider.planned
        )
    return found


async def _collect(spider: SourceSpider) -> None:
    try:
        async for _ in spider.collect():
            pass
    except CordwatchError as error:
        spider.logger.info("%s", error.message)


def _state(settings: Settings, source: str) -> CrawlState:
    if not settings.library_path.exists():
        return CrawlState(source=source)
    with Library.open(settings.library_path, busy_timeout_s=settings.library.busy_timeout_s) as library:
        return library.state(source)


def _words(spider: SourceSpider, request: Request) -> str:
    words = f"{request.method} {request.url} {request.body.decode('utf-8', 'replace')}".strip()
    return unquote_plus(spider.report.mask(words))
