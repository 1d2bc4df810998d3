"""The pipeline: from a spider into the library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self, cast

from sqlalchemy.exc import SQLAlchemyError

from crawler.sink import Sink
from library import Library
from records.errors import LibraryError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.items import Item
    from crawler.spiders.base import SourceSpider


class LibraryPipeline:
    """Opens the library, writes what the spider yields in batches, and keeps the run's report.

    Args:
        crawler: The crawler it belongs to; its spider is a `SourceSpider`.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._refused = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Called by Scrapy."""
        return cls(crawler)

    @property
    def _spider(self) -> SourceSpider:
        return cast("SourceSpider", self._crawler.spider)

    def open_spider(self) -> None:
        """Open the library."""
        spider = self._spider
        settings = spider.cordwatch
        self._library = Library.open(settings.library_path, busy_timeout_s=settings.library.busy_timeout_s)
        self._sink = Sink(self._library, spider.report, batch_records=settings.crawl.batch_records, spider=spider.name)

    def process_item(self, item: Item) -> Item:
        """Take an item, unless the library has refused one before: every further one would be lost too."""
        if not self._refused:
            with self._refusal_ends_the_crawl():
                self._sink.take(item)
            self._spider.progress(self._spider.report.seen)
        return item

    def close_spider(self) -> None:
        """Commit the rest, close the window if nothing is missing, and keep the report."""
        spider = self._spider
        with self._refusal_ends_the_crawl():
            self._sink.flush()
            for done in spider.finish() if spider.ran_dry and not self._refused else ():
                self._sink.take(done)
        if not spider.ran_dry and not self._refused:
            spider.fail("interrupted; what came before is kept, and the next crawl goes on from there")
        with self._refusal_ends_the_crawl(), self._library.transaction() as writer:
            writer.add_run(spider.report.to_run())
        self._library.close()

    @contextmanager
    def _refusal_ends_the_crawl(self) -> Iterator[None]:
        try:
            yield
        except (LibraryError, SQLAlchemyError, OSError) as error:
            self._refused = True
            self._spider.fail(f"the library refused a batch: {error}")
            # Closing the spider from here would wait for the very request whose items are being kept.
            self._spider.stopped = True
