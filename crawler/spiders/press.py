"""Press: feeds, sitemaps, and the article pages behind them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, ClassVar, Final, Self

import msgspec
import scrapy

from config import Settings
from config.settings import Feed, PressSitemap
from crawler.failures import RefusedError, UnreadableError
from crawler.hosts import host_of
from crawler.items import Fetched, Item, Payload, Rejected, WindowDone
from crawler.known import kept_story
from crawler.parsers.articles import Article, parse_article
from crawler.parsers.feeds import FeedDocument, FeedItem, parse_feed
from crawler.parsers.journals import journal_record
from crawler.parsers.press import SOURCE, article_of, press_record, story_id, unread_embargo
from crawler.parsers.sitemaps import Listed
from crawler.spiders.base import SourceSpider
from crawler.spiders.sitemaps import SitemapWalk
from crawler.syndication import with_original
from records.errors import ConfigError, ParseError, SourceError
from records.record import Record

if TYPE_CHECKING:
    from scrapy.http import Response

_MOST_SEEN: Final = 1000
"""Items of a feed that are remembered."""


class PressSpider(SourceSpider):
    """Press items from the feeds and sitemaps of the settings, and the article pages behind them.

    A feed is asked with its entity tag and date, not sooner than its interval. The source's state keeps of each feed
    ``etag``, ``modified``, ``asked`` (Unix time) and which of its items were ``seen`` as they are; of each sitemap
    ``asked``, up to when it was ``read``, and which stories of that moment are ``done``. One with pages that could not
    be had is read again.
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
        place = _Place.of_feed(feed, document.title)
        seen, through = set(json.loads(kept.get("seen", "[]"))), list[str]()
        for item in document.items:
            mark = self._mark(item, place)
            if mark not in seen:
                async for one in self._item(item, place):
                    yield one
            if item.link not in place.missed | place.refused:
                through.append(mark)
        missed = place.missed
        self._kept[feed.url] = {
            # A feed with missing pages is read again: no tag is kept.
            "etag": "" if missed else (response.headers.get("ETag") or b"").decode("latin-1"),
            "modified": "" if missed else (response.headers.get("Last-Modified") or b"").decode("latin-1"),
            "asked": "0" if missed else str(now),
            "seen": json.dumps(through[:_MOST_SEEN]),
        }

    def _mark(self, item: FeedItem, place: _Place) -> str:
        """A text that changes when the item does, or what is wanted of it."""
        read = msgspec.json.encode([item, self.cordwatch.press.keywords, place.articles, place.is_journal])
        return hashlib.blake2b(read, digest_size=8).hexdigest()

    async def _sitemap(self, sitemap: PressSitemap) -> AsyncIterator[Item]:
        kept, now = self._kept.get(sitemap.url, {}), dt.datetime.now(dt.UTC)
        read = kept.get("read", "")
        since = dt.datetime.fromisoformat(read) if read else now - dt.timedelta(days=sitemap.days)
        walk = SitemapWalk(self, since=since, path=sitemap.path)
        done = set(json.loads(kept.get("done", "[]")))
        listed = await walk.pages(sitemap.url)
        waiting = [one for one in listed if not (one.changed == since and story_id(one.url) in done)]
        taken, missed = waiting[: sitemap.max_articles], set[str]()
        for one in taken:
            place = _Place(url=sitemap.url, outlet=sitemap.outlet or one.outlet, missed=missed)
            async for item in self._item(_listed_item(one), place):
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

    async def _item(self, item: FeedItem, place: _Place) -> AsyncIterator[Item]:
        """An item with its page, if it is wanted."""
        if not item.link and not item.id:
            nameless = Payload(content=item.title.encode(), media_type="text/plain", url=place.url)
            yield Rejected(source=self.name, reason="an item has neither link nor id", payload=nameless)
            return
        article, payload = await self._article(item, place) if place.articles and item.link else (None, None)
        known, page = kept_story(self.cordwatch, f"{SOURCE}:{story_id(item.link or item.id)}")
        if article is None and known and page and not place.is_journal:
            # A page that has gone takes nothing away from what it once said.
            article, payload = article_of(known), page
        wanted = self._wanted(item.title, item.summary, item.content)
        if not wanted and not (article and self._wanted(article.title, article.body)):
            self.report.filtered += 1
            return
        record = press_record(item, article, outlet=place.outlet or (article.outlet if article else ""), known=known)
        self._tell_of_embargo(item, article, record)
        record = journal_record(item, record) if place.is_journal else with_original(self.cordwatch, record)
        own = Payload(content=msgspec.json.encode(item), media_type="application/json", url=place.url)
        yield Fetched(record=record, payload=payload or own)

    async def _article(self, item: FeedItem, place: _Place) -> tuple[Article | None, Payload | None]:
        """The page behind an item; without it the item stands with what the feed says, or the page said before.

        A page that nobody may have, or that is gone, is no failure: asking again would not bring it.
        """
        try:
            response = await self.fetch(scrapy.Request(item.link, dont_filter=True))
            return parse_article(response.body, url=response.url), self.payload(response)
        except ParseError as error:
            self.logger.info("%s", error.message)
        except RefusedError as error:
            place.refused.add(item.link)
            self.logger.info("%s", error.message)
        except SourceError as error:
            place.missed.add(item.link)
            self.fail(error.message, holds_window=False)
        return None, None

    def _tell_of_embargo(self, item: FeedItem, article: Article | None, record: Record) -> None:
        said, end = unread_embargo(item, article), record.embargo_until
        if said and end and end > dt.datetime.now(dt.UTC):
            self.report.note(f"{record.url}: no end can be read in {said!r}: kept back until {end:%Y-%m-%d}")

    def _wanted(self, *texts: str) -> bool:
        keywords = [word.lower() for word in self.cordwatch.press.keywords]
        text = "\n".join(texts).lower()
        return not keywords or any(word in text for word in keywords)


class _Place(msgspec.Struct, kw_only=True):
    """Where items come from, and which of their pages could not be had."""

    url: str
    outlet: str
    """Name of the outlet; empty where only the page says it."""
    articles: bool = True
    """Whether their pages are asked for."""
    is_journal: bool = False
    missed: set[str]
    """Links of pages that failed."""
    refused: set[str] = msgspec.field(default_factory=set)
    """Links of pages that are gone or not for everyone: they may come, so they are asked for when the feed changes."""

    @classmethod
    def of_feed(cls, feed: Feed, title: str) -> Self:
        is_journal = feed.kind == "journal"
        articles = feed.articles and not is_journal
        return cls(url=feed.url, outlet=feed.outlet or title, articles=articles, is_journal=is_journal, missed=set())


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
