"""Downloader middlewares: patience, robots.txt as RFC 9309 has it, and no way into private networks."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Self, cast
from urllib.parse import urlsplit

from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.utils.misc import load_object

from config import Settings
from crawler.again import WAIT, RefusedRequestError, ask_again, cordwatch_settings
from crawler.backoff import retry_after_s, spacing_s
from crawler.failures import say
from crawler.hosts import host_of, resolves_to_private

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from crawler.spiders.base import SourceSpider

_STEP_S: Final = 0.25


class PatientRetryMiddleware:
    """Tries again after a jittered, doubling wait, or after what ``Retry-After`` says.

    A host that asked to be left alone gets no other request meanwhile either; one that asks for longer than
    ``crawl.max_wait_s`` is given up until the next crawl. One that says how many requests it allows in which time
    (``X-Rate-Limit-Limit``, ``X-Rate-Limit-Interval``) gets no more.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._codes = {int(code) for code in crawler.settings.getlist("RETRY_HTTP_CODES")}
        self._exceptions = tuple(load_object(name) for name in crawler.settings.getlist("RETRY_EXCEPTIONS"))
        self._most_s = cordwatch_settings(crawler).crawl.max_wait_s
        self._not_before: dict[str, float] = {}
        # Requests that wait for their turn must wait here: in Scrapy's own queue none would see that a host has asked
        # to be left alone meanwhile.
        several = crawler.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN") > 1
        self._turn_s = crawler.settings.getfloat("DOWNLOAD_DELAY") if several else 0.0
        self._next_turn: dict[str, float] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Wait where the request or its host has to."""
        host = host_of(request.url)
        until = time.monotonic() + request.meta.pop(WAIT, 0.0)
        while (left := max(until, *self._earliest(host)) - time.monotonic()) > 0:
            if not self._crawler.crawling:
                raise IgnoreRequest("interrupted while it waited to be sent")
            await asyncio.sleep(min(left, _STEP_S))
        self._next_turn[host] = time.monotonic() + self._turn_s

    def _earliest(self, host: str) -> tuple[float, float]:
        """When it may be asked again, by its own words and by the rate."""
        return self._not_before.get(host, 0.0), self._next_turn.get(host, 0.0)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Try again where the status asks for it."""
        self._keep_distance(request, response)
        if response.status not in self._codes:
            return response
        header = _header(response, "Retry-After")
        asked = retry_after_s(header, dt.datetime.now(dt.UTC)) if header else None
        if asked is not None and asked > self._most_s:
            raise IgnoreRequest(f"HTTP {response.status}: asked to wait {asked:.0f} s, longer than crawl.max_wait_s")
        again = ask_again(request, self._crawler, f"HTTP {response.status}")
        if again is not None and asked is not None:
            again.meta[WAIT] = 0.0
            self._not_before[host_of(request.url)] = time.monotonic() + asked
        return again or response

    def _keep_distance(self, request: Request, response: Response) -> None:
        host = host_of(request.url)
        asked = spacing_s(_header(response, "X-Rate-Limit-Limit"), _header(response, "X-Rate-Limit-Interval"))
        own: Callable[[str], float] = getattr(self._crawler.spider, "spacing_s", lambda host: 0.0)
        spacing = max(min(asked, self._most_s), own(host))
        sent = time.monotonic() - request.meta.get("download_latency", 0.0)
        self._not_before[host] = max(self._not_before.get(host, 0.0), sent + spacing)

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """Try again after a broken connection, a timeout, a body that was cut short."""
        if not isinstance(exception, self._exceptions):
            return None
        return ask_again(request, self._crawler, type(exception).__name__)


def _header(response: Response, name: str) -> str:
    return (response.headers.get(name) or b"").decode("latin-1")


class RobotsMiddleware(RobotsTxtMiddleware):
    """robots.txt by RFC 9309: none (4xx) allows all; one that cannot be had (5xx, no answer) forbids all for now."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._reasons: dict[str, str] = {}

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        # The requests that wait for the answer go on in the call: the reason has to be there before.
        self._reasons[netloc] = say(exc)
        super()._robots_error(exc, netloc)

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= 500:
            raise IgnoreRequest(f"HTTP {response.status}")
        if response.status >= 400:
            response = response.replace(body=b"")
        await super()._parse_robots(response, netloc, request)

    def process_request_2(self, rp: Any, request: Request) -> None:
        """Refuse what robots.txt forbids, and a host that asks for longer waits than there may be."""
        if rp is None:
            reason = self._reasons[urlsplit(request.url).netloc]
            raise IgnoreRequest(f"robots.txt cannot be had ({reason}), so nothing may be asked for now")
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest as error:
            raise RefusedRequestError("robots.txt forbids it") from error
        self._look_at_delay(host_of(request.url), rp.crawl_delay(self._robotstxt_useragent or "cordwatch") or 0.0)

    def _look_at_delay(self, host: str, delay: float) -> None:
        """Note how long a host asks to wait between requests.

        Raises:
            RefusedRequestError: It is longer than ``crawl.max_wait_s``.
        """
        spider = cast("SourceSpider", self.crawler.spider)
        if delay > cordwatch_settings(self.crawler).crawl.max_wait_s:
            said = f"robots.txt asks to wait {delay:.0f} s between requests, longer than crawl.max_wait_s"
            # Pages that may not be had are no failure, so this would be said nowhere.
            spider.report.note(f"{host}: {said}")
            raise RefusedRequestError(said)
        spider.delays[host] = delay


class PrivateAddressMiddleware:
    """Refuses requests to private addresses unless the user configured that host.

    A redirect or a link from the public internet must not reach services of this machine or its network.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._private: dict[str, bool] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Refuse a request to a private address that nobody configured."""
        host = host_of(request.url)
        if host in self._configured_hosts():
            return
        if host not in self._private:
            self._private[host] = await resolves_to_private(host)
        if self._private[host]:
            raise RefusedRequestError(f"{host} is a private address that is not configured: refused")

    def _configured_hosts(self) -> set[str]:
        configured: Callable[[Settings], tuple[str, ...]] | None = getattr(
            self._crawler.spider, "configured_urls", None
        )
        return {host_of(url) for url in configured(cordwatch_settings(self._crawler))} if configured else set()
