"""What a crawl would ask, without asking it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

import msgspec

from config import Settings
from crawler.asking import check_contact
from crawler.failures import NotAskedError
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
    request: str = ""
    """Method, address and form, without secrets."""
    refused: str = ""
    """Why the crawl would ask nothing, and what to do about it."""


def plan(sources: Sequence[str], settings: Settings, *, since: dt.date | None = None) -> list[Planned]:
    """The first request of each window, feed or sitemap; what follows depends on the answers. Nothing is written.

    A source that would be refused for want of a setting says so in place of its requests.

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
        refused = _refusal(spider)
        said = [Planned(source=kind.name, watermark=spider.stored.watermark, refused=refused)] if refused else []
        found += said or [
            Planned(source=kind.name, watermark=spider.stored.watermark, request=_words(spider, request))
            for request in spider.planned
        ]
    return found


def _refusal(spider: SourceSpider) -> str:
    """What keeps the spider from asking anything, after it has planned; ``""`` if nothing does."""
    try:
        check_contact(spider.name, spider.configured_urls(spider.cordwatch), spider.cordwatch)
        asyncio.run(_collect(spider))
    except NotAskedError:
        return ""
    except CordwatchError as error:
        return f"{error.message}. {error.hint}".strip() if error.hint else error.message
    return ""


async def _collect(spider: SourceSpider) -> None:
    async for _ in spider.collect():
        pass


def _state(settings: Settings, source: str) -> CrawlState:
    if not settings.library_path.exists():
        return CrawlState(source=source)
    with Library.open(settings.library_path, busy_timeout_s=settings.library.busy_timeout_s) as library:
        return library.state(source)


def _words(spider: SourceSpider, request: Request) -> str:
    words = f"{request.method} {request.url} {request.body.decode('utf-8', 'replace')}".strip()
    return unquote_plus(spider.report.mask(words))
