"""Press: feeds, sitemaps, and the article pages behind them."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, ClassVar

import msgspec
import scrapy

from config import Settings
from config.settings import Feed, PressSitemap
from crawler.failures import RefusedError, UnreadableError
from crawler.hosts import host_of
from crawler.items import Fetched, Item, Payload, Rejected, WindowDone
from crawler.parsers.articles import Article, parse_article
from crawler.parsers.feeds import FeedDocument, FeedItem, parse_feed
from crawler.parsers.press import SOURCE, press_record, story_id
from crawler.parsers.sitemaps import Listed
from crawler.spiders.base import SourceSpider
from crawler.spiders.sitemaps import SitemapWalk
from crawler.syndication import with_original
from records.errors import ConfigError, ParseError, SourceError

if TYPE_CHECKING:
    from scrapy.http import Response


class PressSpider(SourceSpider):
    """Press items from the feeds and sitemaps of the settings, and the article pages behind them.

    A feed is asked with its entity tag and date, not sooner than its interval. The source's state keeps of each feed
    ``etag``, ``modified`` and ``asked`` (Unix time), of each sitemap ``asked``, up to when it was ``read``, and which
    stories of that moment are ``done``. One with pages that could not be had is read again.
    """

    name = SOURCE
    obeys_robots: ClassVar[bool] = True

    @classmethod
    def is_configured(cls, settings: Settings) -> bool:
        """Whether there are feeds or sitemaps."""
        return bool(_places(settings))

    @classmethod
    def configured_urls(cls, settings: Settings) -> tuple[str, ...]:
        """The addresses of feeds and sitemaps."""
        return tuple(place.url for place in _places(settings))

    def spacing_s(self, host: str) -> float:
        """By the slowest rate that a feed or a sitemap of the host has, or its robots.txt asks for."""
        rates = [place.requests_per_second for place in _places(self.cordwatch) if host_of(place.url) == host]
        return max(super().spacing_s(host), *(1 / rate for rate in rates if rate > 0), 0.0)

    async def collect(self) -> AsyncIterator[Item]:
        """Feed after feed, then the sitemaps; one that fails does not stop the others."""
        if not _places(self.cordwatch):
            raise ConfigError(
                "no feeds are configured", hint="add [[press.feeds]] or [[press.sitemaps]] to the configuration file"
            )
        self._kept: dict[str, dict[str, str]] = {url: json.loads(kept) for url, kept in self.stored.state.items()}
        for place in _places(self.cordwatch):
            if self._is_too_soon(place):
                continue
            try:
                async for item in self._feed(place) if isinstance(place, Feed) else self._sitemap(place):
                    yield item
            except UnreadableError as error:
                yield Rejected(source=self.name, reason=error.message, payload=error.payload)
                self.fail(error.message, holds_window=False)
            except SourceError as error:
                self.fail(error.message, holds_window=False)
            # What one feed has brought is kept whatever becomes of the next.
            yield self._state(self.stored.watermark)

    def finish(self) -> Iterable[WindowDone]:
        """Each feed's state is kept after the feed; the watermark is the last day on which all could be read."""
        return () if self.report.failed else (self._state(self.until.isoformat()),)

    def _state(self, watermark: str) -> WindowDone:
        state = {url: json.dumps(kept, sort_keys=True) for url, kept in sorted(self._kept.items())}
        return WindowDone(source=self.name, watermark=watermark, state=state)

    def _is_too_soon(self, place: Feed | PressSitemap) -> bool:
        asked = float(self._kept.get(place.url, {}).get("asked", "0"))
        return time.time() - asked < (place.min_interval_s or self.cordwatch.press.min_interval_s)

    async def _feed(self, feed: Feed) -> AsyncIterator[Item]:
        kept, now = self._kept.get(feed.url, {}), time.time()
        headers = {"If-None-Match": kept.get("etag", ""), "If-Modified-Since": kept.get("modified", "")}
        request = scrapy.Request(
            feed.url, headers={name: value for name, value in headers.items() if value}, dont_filter=True
        )
        response, document = await self.fetch_parsed(request, _document, expected=(304,))
        if document is None:
            self._kept[feed.url] = {**kept, "asked": str(now)}
            return
        missed: list[str] = []
        outlet = feed.outlet or document.title
        for item in document.items:
            async for one in self._item(item, missed, outlet=outlet, articles=feed.articles, origin=feed.url):
                yield one
        self._kept[feed.url] = {
            # A feed with missing pages is read again in full: no tag is kept.
            "etag": "" if missed else (response.headers.get("ETag") or b"").decode("latin-1"),
            "modified": "" if missed else (response.headers.get("Last-Modified") or b"").decode("latin-1"),
            "asked": "0" if missed else str(now),
        }

    async def _sitemap(self, sitemap: PressSitemap) -> AsyncIterator[Item]:
        kept, now = self._kept.get(sitemap.url, {}), dt.datetime.now(dt.UTC)
        read = kept.get("read", "")
        since = dt.datetime.fromisoformat(read) if read else now - dt.timedelta(days=sitemap.days)
        walk = SitemapWalk(self, since=since, path=sitemap.path)
        done = set(json.loads(kept.get("done", "[]")))
        listed = await walk.pages(sitemap.url)
        waiting = [one for one in listed if not (one.changed == since and story_id(one.url) in done)]
        taken, missed = waiting[: sitemap.max_articles], list[str]()
        for one in taken:
            outlet = sitemap.outlet or one.outlet
            async for item in self._item(_listed_item(one), missed, outlet=outlet, articles=True, origin=sitemap.url):
                yield item
        self._tell(sitemap, walk.undated, len(waiting) - len(taken))
        # The next reading begins at the last page, or at the first that could not be had.
        failed = [one.changed for one in taken if one.url in missed and one.changed]
        end = min(failed) if failed else taken[-1].changed if taken else since
        through = [story_id(one.url) for one in listed if one.changed == end and one in taken and not failed]
        self._kept[sitemap.url] = {
            "asked": "0" if failed else str(now.timestamp()),
            "read": (end or since).isoformat(),
            "done": json.dumps(sorted({*through, *(done if end == since else ())})),
        }

    def _tell(self, sitemap: PressSitemap, undated: int, left: int) -> None:
        if undated:
            self.report.note(f"{sitemap.url}: {undated} addresses without a date were passed over")
        if left:
            self.report.note(f"{sitemap.url}: {left} pages are left for the next crawl")

    async def _item(
        self, item: FeedItem, missed: list[str], *, outlet: str, articles: bool, origin: str
    ) -> AsyncIterator[Item]:
        """An item with its page, if it is wanted; ``missed`` takes the links of pages that could not be had."""
        if not item.link and not item.id:
            nameless = Payload(content=item.title.encode(), media_type="text/plain", url=origin)
            yield Rejected(source=self.name, reason="an item has neither link nor id", payload=nameless)
            return
        wanted, article, payload = self._wanted(item.title, item.summary, item.content), None, None
        if articles and item.link:
            article, payload = await self._article(item, missed)
            wanted = wanted or bool(article and self._wanted(article.title, article.body))
        if not wanted:
            self.report.filtered += 1
            return
        own = Payload(content=msgspec.json.encode(item), media_type="application/json", url=origin)
        record = press_record(item, article, outlet=outlet or (article.outlet if article else ""))
        yield Fetched(record=with_original(self.cordwatch, record), payload=payload or own)

    async def _article(self, item: FeedItem, missed: list[str]) -> tuple[Article | None, Payload | None]:
        """The page behind an item; without it the item stands with what the feed says.

        A page that nobody may have, or that is gone, is no failure: asking again would not bring it.
        """
        try:
            response = await self.fetch(scrapy.Request(item.link, dont_filter=True))
            return parse_article(response.body, url=response.url), self.payload(response)
        except (RefusedError, ParseError) as error:
            self.logger.info("%s", error.message)
        except SourceError as error:
            missed.append(item.link)
            self.fail(error.message, holds_window=False)
        return None, None

    def _wanted(self, *texts: str) -> bool:
        keywords = [word.lower() for word in self.cordwatch.press.keywords]
        text = "\n".join(texts).lower()
        return not keywords or any(word in text for word in keywords)


def _places(settings: Settings) -> tuple[Feed | PressSitemap, ...]:
    places: list[Feed | PressSitemap] = [*settings.press.feeds, *settings.press.sitemaps]
    return tuple(place for place in places if place.enabled)


def _document(response: Response) -> tuple[Response, FeedDocument | None]:
    """An answer and its feed; none where it has not changed since it was last read."""
    if response.status == 304:
        return response, None
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
    return response, parse_feed(response.body, url=response.url, content_type=content_type)


def _listed_item(one: Listed) -> FeedItem:
    """A page of a sitemap as if a feed had named it."""
    return FeedItem(
        id=one.url,
        link=one.url,
        title=one.title,
        summary="",
        content="",
        published=one.published,
        authors=(),
        language=one.language,
        moment=one.moment,
    )
