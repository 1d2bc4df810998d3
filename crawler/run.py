"""Crawls sources, all in one Scrapy process."""

from __future__ import annotations

import datetime as dt
import logging
import signal
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from config import Settings
from crawler.registry import find_spider, source_names
from crawler.report import Report
from library import Library
from library.types import CrawlRun
from records.errors import CordwatchError

if TYPE_CHECKING:
    import asyncio

    from scrapy.crawler import Crawler

    from crawler.spiders.base import SourceSpider

Progress = Callable[[int, int], None]
_SIGNAL: Final = "shutdown"
"""Scrapy's word for a crawl that a signal ended."""
_ROBOTS_LOG: Final = "scrapy.downloadermiddlewares.robotstxt"
"""Writes a traceback where robots.txt cannot be had, of which the report tells in a line."""


class Crawled(NamedTuple):
    """What became of a crawl."""

    runs: tuple[CrawlRun, ...]
    """One report a source, in the order asked for."""
    interrupted: bool
    """Whether a signal ended it."""


def crawl(
    sources: Sequence[str],
    settings: Settings,
    *,
    since: dt.date | None = None,
    until: dt.date | None = None,
    progress: Progress | None = None,
) -> Crawled:
    """Crawl sources into the library, each to its end, whatever becomes of the others.

    It can be called once in a process: Twisted's reactor does not start twice. SIGINT and SIGTERM end it in good
    order: what has come is committed, the state stays at the last complete window; a second signal ends it at once.

    Args:
        sources: Names; if empty, all sources that need no further settings.
        settings: Cordwatch's settings.
        since: Start of the window; by default each source goes on where its last complete window ended.
        until: End of the window; today by default.
        progress: Called with (items seen so far, 0).

    Returns:
        Its reports; the same are kept in the library.
    """
    from scrapy.crawler import AsyncCrawlerProcess

    spiders = chosen_spiders(sources, settings)
    process = AsyncCrawlerProcess(_scrapy_settings(settings))
    logging.getLogger(_ROBOTS_LOG).setLevel(logging.CRITICAL)
    counter = _Counter(progress)
    jobs: list[tuple[Report, Crawler, asyncio.Task[None]]] = []
    for spider in spiders:
        crawler = process.create_crawler(spider)
        task = process.crawl(crawler, since=since, until=until, progress=counter.of(spider.name))
        jobs.append((Report(spider.name), crawler, task))
    _run(process)
    return Crawled(
        runs=tuple(_result(report, crawler, task, settings) for report, crawler, task in jobs),
        interrupted=any(_was_interrupted(crawler, task) for _, crawler, task in jobs),
    )


def chosen_spiders(sources: Sequence[str], settings: Settings) -> list[type[SourceSpider]]:
    """Spiders of the sources named, each once; of all that need no further settings if none is."""
    spiders = [find_spider(name) for name in dict.fromkeys(sources or source_names())]
    return spiders if sources else [spider for spider in spiders if spider.is_configured(settings)]


def _scrapy_settings(settings: Settings) -> Any:
    from scrapy.settings import Settings as ScrapySettings

    scrapy_settings = ScrapySettings()
    scrapy_settings.setmodule("crawler.settings", priority="project")
    scrapy_settings.set("CORDWATCH_SETTINGS", settings, priority="cmdline")
    # What went wrong is in the reports; the log is for what nobody foresaw.
    scrapy_settings.set("LOG_LEVEL", "ERROR", priority="cmdline")
    return scrapy_settings


def _run(process: Any) -> None:
    """Run until all crawls have ended; Scrapy's signal handlers hold no longer than that."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        process.start()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _was_interrupted(crawler: Crawler, task: asyncio.Task[None]) -> bool:
    if not task.done() or task.cancelled():
        return True
    # One that raised never started; Scrapy sets its statistics at the start.
    return task.exception() is None and crawler.stats.get_value("finish_reason") == _SIGNAL


def _result(report: Report, crawler: Crawler, task: asyncio.Task[None], settings: Settings) -> CrawlRun:
    spider = cast("SourceSpider | None", crawler.spider)
    error = task.exception() if task.done() and not task.cancelled() else None
    if spider is not None and error is None:
        return spider.report.to_run()
    report.fail(_describe(error))
    with Library.open(settings.library_path, busy_timeout_s=settings.library.busy_timeout_s) as library:
        report.watermark = library.state(report.source).watermark
        run = report.to_run()
        with library.transaction() as writer:
            writer.add_run(run)
    return run


def _describe(error: BaseException | None) -> str:
    if isinstance(error, CordwatchError):
        return f"{error.message}. {error.hint}".strip()
    return f"could not start: {type(error).__name__}: {error}" if error else "interrupted before it began"


class _Counter:
    """Adds up what the sources have seen."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._seen: dict[str, int] = {}

    def of(self, source: str) -> Callable[[int], None]:
        def seen(count: int) -> None:
            self._seen[source] = count
            if self._progress:
                self._progress(sum(self._seen.values()), 0)

        return seen
