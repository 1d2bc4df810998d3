"""Asking once more: when a request may be sent again, after which wait, and when never."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import IgnoreRequest

from config import Settings
from crawler.backoff import backoff_s

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

WAIT: Final = "cordwatch_wait_s"
"""Request meta: seconds to wait before it is sent."""


class RefusedRequestError(IgnoreRequest):
    """A request that may not be sent, now or later."""


def cordwatch_settings(crawler: Crawler) -> Settings:
    """Cordwatch's own settings of a crawl."""
    settings: Settings = crawler.settings["CORDWATCH_SETTINGS"]
    return settings


def ask_again(request: Request, crawler: Crawler, reason: str) -> Request | None:
    """The request once more, after a wait; ``None`` when its tries are used up.

    Spiders use it for an answer that is wrong in spite of its status.
    """
    if crawler.spider is None or not crawler.crawling:
        return None
    crawl = cordwatch_settings(crawler).crawl
    again: Request | None = get_retry_request(request, spider=crawler.spider, reason=reason)
    if again is not None:
        again.meta[WAIT] = backoff_s(again.meta["retry_times"], first=crawl.backoff_s, most=crawl.max_wait_s)
    return again
