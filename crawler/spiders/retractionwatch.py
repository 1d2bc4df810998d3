"""The Retraction Watch data, which Crossref publishes as one CSV file."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, ClassVar, Final

import scrapy

from config import Settings
from crawler.failures import UnreadableError
from crawler.items import Fetched, Item, Rejected, WindowDone
from crawler.known import known_keys, known_works
from crawler.parsers.retractionwatch import SOURCE, Papers
from crawler.spiders.base import SourceSpider
from crawler.topic import Topic

if TYPE_CHECKING:
    from scrapy.http import Response

_BATCH: Final = 500


class RetractionwatchSpider(SourceSpider):
    """Retractions, corrections and expressions of concern collected by Retraction Watch.

    The file is asked for with its entity tag, unless works have come into the library since it was last read: every
    paper is looked at again then. One is kept if the library has it under the same DOI or PMID, or if it is on
    `crawl.topic`.
    """

    name = SOURCE
    default_base_url = "https://gitlab.com/crossref/retraction-watch-data/-/raw/main/retraction_watch.csv"
    # The file is published for programs.
    obeys_robots: ClassVar[bool] = False

    @classmethod
    def is_configured(cls, settings: Settings) -> bool:
        """Whether it is switched on."""
        return settings.retractionwatch.enabled

    async def collect(self) -> AsyncIterator[Item]:
        """The papers of the file that concern us."""
        self._state: dict[str, str] = {}
        asked = {"known": known_works(self.cordwatch), "topic": json.dumps(self.cordwatch.crawl.topic)}
        kept = self.stored.state
        headers = {"If-None-Match": kept.get("etag", ""), "If-Modified-Since": kept.get("modified", "")}
        same = all(kept.get(name) == value for name, value in asked.items())
        request = scrapy.Request(
            self.base_url,
            headers={name: value for name, value in headers.items() if value and same},
            meta={"download_timeout": self.section.timeout_s},
            dont_filter=True,
        )
        try:
            response, papers = await self.fetch_parsed(request, _papers, expected=(304,))
        except UnreadableError as error:
            yield Rejected(source=SOURCE, reason=error.message, payload=error.payload)
            raise
        if papers is None:
            self._state = dict(kept)
            return
        with papers:
            for item in self._concerning(papers):
                yield item
        marks = {"etag": response.headers.get("ETag"), "modified": response.headers.get("Last-Modified")}
        self._state = asked | {name: (mark or b"").decode("latin-1") for name, mark in marks.items()}

    def finish(self) -> Iterable[WindowDone]:
        """The watermark is the day on which the whole file was read last."""
        if self._state and not self.report.failed:
            yield WindowDone(source=SOURCE, watermark=self.until.isoformat(), state=self._state)

    def _concerning(self, papers: Iterable[Fetched | Rejected]) -> Iterator[Fetched | Rejected]:
        topic, waiting = Topic(self.cordwatch.crawl.topic), iter(papers)
        while batch := list(islice(waiting, _BATCH)):
            keys = [item.record.identifiers.keys() if isinstance(item, Fetched) else () for item in batch]
            known = known_keys(self.cordwatch, (key for some in keys for key in some), apart_from=SOURCE)
            for item, own in zip(batch, keys, strict=True):
                if known.intersection(own) or topic.covers_item(item):
                    yield item
                else:
                    self.report.filtered += 1


def _papers(response: Response) -> tuple[Response, Papers | None]:
    """An answer and its papers; none where the file has not changed."""
    if response.status == 304:
        return response, None
    return response, Papers(io.BytesIO(response.body), where=response.url)
