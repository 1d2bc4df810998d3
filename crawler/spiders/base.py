"""The base of every spider."""

from __future__ import annotations

import asyncio
import datetime as dt
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterable
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, TypeVar
from urllib.parse import quote_plus

import scrapy
from scrapy import signals

import config
from config import Settings
from crawler.again import RefusedRequestError, ask_again
from crawler.asking import base_url_of, check_contact, date_of, section_of, user_agent
from crawler.failures import NotAskedError, RefusedError, UnreadableError, describe_failure, say, tries
from crawler.items import Item, Payload, WindowDone
from crawler.report import Report
from library import Library
from library.types import CrawlState
from records.errors import CordwatchError, LibraryError, ParseError, SourceError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Request, Response
    from scrapy.settings import BaseSettings
    from twisted.python.failure import Failure

T = TypeVar("T")

_SETTLING_TURNS: Final = 20
_REFUSALS: Final = frozenset({401, 403, 404, 410, 451})
NO_PROGRESS: Callable[[int], None] = lambda seen: None  # noqa: E731


class SourceSpider(scrapy.Spider, ABC):
    """One source. Subclass it in one file of this folder and the source exists; the class's docstring describes it.

    A subclass sets ``name`` and `default_base_url`, and writes `collect`, an async generator. It awaits `fetch` and
    yields items of `crawler.items`, one step after the other; or it yields requests made with `request`, whose
    callbacks yield items and further requests. Items reach the library in the order in which `collect`, or one
    callback, yields them. It finds ready:

    - ``self.cordwatch``: all settings; ``self.section``: those of its own, ``settings.<name>``, if there are any;
    - ``self.base_url``: where the provider is, without a slash at its end;
    - ``self.stored``: watermark and state of the last complete window; `window_start` reckons the next one's start;
    - ``self.since``, ``self.until``: the dates asked for, ``None`` and today if none were;
    - ``self.fail(reason)``: something could not be had, so the state must not move. Requests made with `request` and
      exceptions in callbacks do this by themselves; what has failed is asked for again by the next crawl.

    The state moves in one of two ways. `finish` is called when nothing is left to do: what it returns is saved unless
    something failed. A spider that works through its window in pieces may also yield a `WindowDone` after each: it is
    saved in the same transaction as the items yielded before it, and not at all once `fail` has been called.

    ``scrapy crawl NAME`` works too, with ``-a since=2025-01-01`` and the settings of the configuration file.
    """

    default_base_url: ClassVar[str] = ""
    """The provider's address where settings name none."""
    concurrency: ClassVar[int] = 1
    """Requests to one host that may be under way at once; none starts earlier than the rate allows."""
    obeys_robots: ClassVar[bool] = True
    """False for an interface made for programs, whose own rules of use hold instead of robots.txt."""

    cordwatch: Settings
    stored: CrawlState
    since: dt.date | None
    until: dt.date
    report: Report
    ran_dry: bool = False
    """Whether the spider came to its end by itself."""
    planned: list[Request] | None = None
    """In a dry run, the requests that would be sent; none is sent then."""
    delays: dict[str, float]
    """Host → seconds that its robots.txt asks to wait between requests."""
    provider_day: dt.date | None = None
    """The latest day that a provider's clock has shown."""
    stopped: bool = False
    """Whether nothing that comes can be kept any more, so that `collect` ends at its next request."""
    progress: Callable[[int], None]

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Turn Cordwatch's settings into Scrapy's; called by Scrapy."""
        super().update_settings(settings)
        if settings.get("CORDWATCH_SETTINGS") is None:
            settings.set("CORDWATCH_SETTINGS", config.load().settings, "spider")
        cordwatch: Settings = settings["CORDWATCH_SETTINGS"]
        crawl = cordwatch.crawl
        rate = cls.requests_per_second(cordwatch)
        derived = {
            "CONCURRENT_REQUESTS_PER_DOMAIN": cls.concurrency,
            "AUTOTHROTTLE_TARGET_CONCURRENCY": float(cls.concurrency),
            "DOWNLOAD_DELAY": 1 / rate if rate > 0 else 0.0,
            "DOWNLOAD_MAXSIZE": crawl.max_response_mb * 2**20,
            "DOWNLOAD_TIMEOUT": crawl.timeout_s,
            "RETRY_TIMES": crawl.retries,
            "ROBOTSTXT_OBEY": crawl.robots and cls.obeys_robots,
            "ROBOTSTXT_USER_AGENT": "cordwatch",
            "USER_AGENT": user_agent(crawl.contact),
        }
        for name, value in derived.items():
            settings.set(name, value, "spider")

    @classmethod
    def from_crawler(
        cls,
        crawler: Crawler,
        *args: Any,
        since: dt.date | str | None = None,
        until: dt.date | str | None = None,
        progress: Callable[[int], None] = NO_PROGRESS,
        **kwargs: Any,
    ) -> Self:
        """Make the spider with its settings and its stored state; called by Scrapy."""
        spider: Self = super().from_crawler(crawler, *args, **kwargs)
        cordwatch: Settings = crawler.settings["CORDWATCH_SETTINGS"]
        check_contact(cls.name, cls.configured_urls(cordwatch), cordwatch)
        busy_timeout_s = cordwatch.library.busy_timeout_s
        with Library.open(cordwatch.library_path, busy_timeout_s=busy_timeout_s) as library:
            spider.prepare(cordwatch, library.state(cls.name), date_of(since), date_of(until))
        spider.progress = progress
        connect = crawler.signals.connect
        connect(spider._on_idle, signals.spider_idle)
        connect(spider._on_error, signals.spider_error)
        connect(spider._on_item_error, signals.item_error)
        return spider

    def prepare(
        self, settings: Settings, stored: CrawlState, since: dt.date | None = None, until: dt.date | None = None
    ) -> None:
        """Give it what `collect` finds ready."""
        self.cordwatch = settings
        self.since = since
        self.until = until or dt.datetime.now(dt.UTC).date()
        self.stored = stored
        self.report = Report(self.name, watermark=stored.watermark, secrets=self.secrets())
        self.delays = {}

    @abstractmethod
    def collect(self) -> AsyncIterator[Item | Request]:
        """Everything from `window_start` on, as items, or as requests whose callbacks yield items."""

    async def start(self) -> AsyncIterator[Item | Request]:
        """Run `collect`; called by Scrapy."""
        try:
            async for piece in self.collect():
                yield piece
        except CordwatchError as error:
            if not self.stopped:
                self.fail(error.message)
        # Scrapy sees at once that nothing is left only if the last items are through; else it looks again after 5 s.
        for _ in range(_SETTLING_TURNS):
            await asyncio.sleep(0)

    @classmethod
    def requests_per_second(cls, settings: Settings) -> float:
        """Most requests a second to one host: ``<name>.requests_per_second`` if there is such a setting, else 1."""
        return float(getattr(section_of(cls.name, settings), "requests_per_second", 1.0))

    @classmethod
    def is_configured(cls, settings: Settings) -> bool:
        """Whether the source can be crawled; one that cannot is left out of a crawl of all sources."""
        return True

    @classmethod
    def configured_urls(cls, settings: Settings) -> tuple[str, ...]:
        """Every address that settings name for this source: the only ones that may lie in a private network."""
        return (base_url_of(cls.name, settings, cls.default_base_url),)

    def spacing_s(self, host: str) -> float:
        """Seconds between requests to a host that has a slower rate than the source; 0 for all others.

        It is what the host's robots.txt asks for (``Crawl-delay``), unless a source knows better.
        """
        return self.delays.get(host, 0.0)

    def secrets(self) -> tuple[str, ...]:
        """Texts that no message may show: the source's API key, as it is and as it stands in addresses."""
        key = getattr(self.section, "api_key", "")
        return (key, quote_plus(key))

    @property
    def section(self) -> Any:
        """The source's own settings; ``None`` if it has none."""
        return section_of(self.name, self.cordwatch)

    @property
    def base_url(self) -> str:
        """Where the provider is, without a slash at its end."""
        return base_url_of(self.name, self.cordwatch, self.default_base_url)

    def window_start(self, first: dt.date) -> dt.date:
        """Where the window starts: at ``since``, else ``overlap_days`` before the watermark, else at ``first``.

        Only for sources whose watermark is a date.
        """
        if self.since:
            return self.since
        if self.stored.watermark:
            overlap = dt.timedelta(days=self.cordwatch.crawl.overlap_days)
            return min(dt.date.fromisoformat(self.stored.watermark[:10]), self.until) - overlap
        return first

    def finish(self) -> Iterable[WindowDone]:
        """The state to save now that the whole window has been read; nothing if the spider saves it by itself."""
        return ()

    def fail(self, reason: str, *, holds_window: bool = True) -> None:
        """Report that something could not be had; see `Report.fail`."""
        self.report.fail(reason, holds_window=holds_window)
        self.logger.info("%s", self.report.mask(reason))

    def request(self, url: str, callback: Callable[..., Any], **kwargs: Any) -> Request:
        """A request whose failure is reported. ``form=`` makes it a POST; the rest is as for `scrapy.Request`."""
        kwargs.setdefault("errback", self.on_failure)
        kwargs.setdefault("dont_filter", True)
        if "form" in kwargs:
            return scrapy.FormRequest(url, callback, formdata=kwargs.pop("form"), **kwargs)
        return scrapy.Request(url, callback, **kwargs)

    def payload(self, response: Response) -> Payload:
        """The answer as it is kept beside a record or in quarantine; its address and text without secrets."""
        header = (response.headers.get(b"Content-Type") or b"application/octet-stream").decode("latin-1")
        media_type = header.split(";")[0].strip().lower()
        content = response.body
        for secret in filter(None, self.secrets()):
            content = content.replace(secret.encode(), b"***")
        return Payload(content=content, media_type=media_type, url=self.report.mask(response.url))

    async def fetch(self, request: Request, *, expected: Collection[int] = ()) -> Response:
        """The answer to a request, in an ``async`` callback or ``start``, after retries.

        Args:
            request: What to ask.
            expected: Statuses besides 200 to 299 that are answers too: 304 to a conditional request.

        Raises:
            LibraryError: The library takes nothing any more.
            RefusedError: Asking again is of no use: robots.txt forbids it, the page is gone or not for everyone.
            SourceError: There was none, or its status is no success; the message has what the provider said.
        """
        if self.stopped:
            raise LibraryError("the library has refused what came before")
        where = f"{request.method} {request.url}"
        if self.planned is not None:
            self.planned.append(request)
            raise NotAskedError(f"{where}: not asked")
        try:
            response = await self.crawler.engine.download_async(request)
        except RefusedRequestError as error:
            raise RefusedError(f"{where}: {error}") from error
        except Exception as error:
            raise SourceError(f"{where}: {say(error)}") from error
        self._look_at_clock(response)
        if not 200 <= response.status < 300 and response.status not in expected:
            said = response.body[:200].decode("utf-8", "replace").strip()
            kind = RefusedError if response.status in _REFUSALS else SourceError
            tried = tries(response.request or request)
            raise kind(f"{where}: HTTP {response.status}{tried}{': ' if said else ''}{said}")
        return response

    async def fetch_parsed(
        self, request: Request, parse: Callable[[Response], T], *, expected: Collection[int] = ()
    ) -> T:
        """What an answer says; it is asked for again while it cannot be parsed.

        Providers send maintenance pages and half an answer with status 200.

        Raises:
            UnreadableError: It cannot be parsed in spite of retries.
            SourceError: As for `fetch`.
        """
        while True:
            response = await self.fetch(request, expected=expected)
            try:
                return parse(response)
            except ParseError as error:
                again = ask_again(response.request or request, self.crawler, "unreadable answer")
                if again is None:
                    raise UnreadableError(f"{request.url}: {error.message}", self.payload(response)) from error
                request = again

    async def in_order(self, calls: Iterable[Callable[[], Coroutine[Any, Any, T]]]) -> AsyncIterator[T]:
        """What independent calls give, in their order; `concurrency` of them are under way at once.

        What one raises ends it; the calls that are under way then are taken back.
        """
        waiting, under_way = iter(calls), deque[asyncio.Task[T]]()
        try:
            while True:
                more = islice(waiting, self.concurrency - len(under_way))
                under_way += (asyncio.ensure_future(call()) for call in more)
                if not under_way:
                    return
                yield await under_way.popleft()
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    def reached(self, day: dt.date) -> dt.date:
        """How far a watermark may move for a window that ends on ``day``: not beyond the day that the provider has.

        A clock of this machine that goes ahead would leave a gap behind it otherwise.
        """
        return min(day, self.provider_day) if self.provider_day else day

    def _look_at_clock(self, response: Response) -> None:
        try:
            shown = parsedate_to_datetime((response.headers.get("Date") or b"").decode("latin-1"))
        except ValueError:
            return
        day = shown.astimezone(dt.UTC).date()
        self.provider_day = max(self.provider_day, day) if self.provider_day else day

    def on_failure(self, failure: Failure) -> None:
        """A request could not be answered, in spite of retries."""
        self.fail(describe_failure(failure))

    def _on_idle(self) -> None:
        self.ran_dry = True

    def _on_error(self, failure: Failure, response: Response | None) -> None:
        where = f" at {response.url}" if response is not None and hasattr(response, "url") else ""
        self.fail(f"{type(failure.value).__name__}{where}: {failure.value}")

    def _on_item_error(self, failure: Failure) -> None:
        self.fail(f"an item could not be kept: {type(failure.value).__name__}: {failure.value}")
