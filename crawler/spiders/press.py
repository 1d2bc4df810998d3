"""Press: feeds and the article pages behind them."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, ClassVar, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec
import scrapy

from config import Settings
from config.settings import Feed
from crawler.failures import RefusedError, UnreadableError
from crawler.items import Fetched, Item, Payload, Rejected, WindowDone
from crawler.parsers.articles import Article, parse_article
from crawler.parsers.feeds import FeedDocument, FeedItem, parse_feed
from crawler.spiders.base import SourceSpider
from records.errors import ConfigError, ParseError, SourceError
from records.identifiers import Identifiers, find_dois, find_pmids, find_registrations
from records.record import Author, Kind, Record, Relation, RelationType, Section

if TYPE_CHECKING:
    from scrapy.http import Response

EXCERPT: Final = 500
"""Characters of a press text that are shown, with attribution; the body is for searching only."""
_TRACKING: Final = ("utm_", "fbclid", "gclid", "mc_cid", "mc_eid", "ref_src")


class PressSpider(SourceSpider):
    """Press items from the feeds of the settings, and the article pages behind them.

    A feed is asked with its entity tag and date, not sooner than `press.min_interval_s`. The source's state keeps of
    each feed ``etag``, ``modified`` and ``asked`` (Unix time); one with pages that could not be had is read again.
    """

    name = "press"
    obeys_robots: ClassVar[bool] = True

    @classmethod
    def is_configured(cls, settings: Settings) -> bool:
        """Whether there are feeds."""
        return bool(settings.press.feeds)

    @classmethod
    def configured_urls(cls, settings: Settings) -> tuple[str, ...]:
        """The feeds' addresses."""
        return tuple(feed.url for feed in settings.press.feeds)

    async def collect(self) -> AsyncIterator[Item]:
        """Feed after feed; one that fails does not stop the others."""
        if not self.cordwatch.press.feeds:
            raise ConfigError("no feeds are configured", hint="add [[press.feeds]] to the configuration file")
        self._feeds: dict[str, dict[str, str]] = {url: json.loads(kept) for url, kept in self.stored.state.items()}
        for feed in self.cordwatch.press.feeds:
            try:
                async for item in self._feed(feed):
                    yield item
            except SourceError as error:
                self.fail(error.message, holds_window=False)
            # What one feed has brought is kept whatever becomes of the next.
            yield self._state(self.stored.watermark)

    def finish(self) -> Iterable[WindowDone]:
        """Each feed's state is kept after the feed; the watermark is the last day on which all could be read."""
        return () if self.report.failed else (self._state(self.until.isoformat()),)

    def _state(self, watermark: str) -> WindowDone:
        state = {url: json.dumps(kept, sort_keys=True) for url, kept in sorted(self._feeds.items())}
        return WindowDone(source=self.name, watermark=watermark, state=state)

    async def _feed(self, feed: Feed) -> AsyncIterator[Item]:
        kept = self._feeds.get(feed.url, {})
        now = time.time()
        if now - float(kept.get("asked", "0")) < self.cordwatch.press.min_interval_s:
            self.logger.info("%s was asked less than %s s ago", feed.url, self.cordwatch.press.min_interval_s)
            return
        headers = {"If-None-Match": kept.get("etag", ""), "If-Modified-Since": kept.get("modified", "")}
        request = scrapy.Request(
            feed.url, headers={name: value for name, value in headers.items() if value}, dont_filter=True
        )
        try:
            response, document = await self.fetch_parsed(request, _document, expected=(304,))
        except UnreadableError as error:
            yield Rejected(source=self.name, reason=error.message, payload=error.payload)
            raise
        if document is None:
            self._feeds[feed.url] = {**kept, "asked": str(now)}
            return
        missed: list[str] = []
        for item in document.items:
            async for one in self._item(feed, document, item, missed):
                yield one
        self._feeds[feed.url] = {
            # A feed with missing pages is read again in full: no tag is kept.
            "etag": "" if missed else (response.headers.get("ETag") or b"").decode("latin-1"),
            "modified": "" if missed else (response.headers.get("Last-Modified") or b"").decode("latin-1"),
            "asked": "0" if missed else str(now),
        }

    async def _item(self, feed: Feed, document: FeedDocument, item: FeedItem, missed: list[str]) -> AsyncIterator[Item]:
        if not item.link and not item.id:
            nameless = Payload(content=item.title.encode(), media_type="text/plain", url=feed.url)
            yield Rejected(source=self.name, reason="an item has neither link nor id", payload=nameless)
            return
        early = self._wanted(item.title, item.summary, item.content)
        if not feed.articles or not item.link:
            if early:
                yield self._fetched(feed, document, item, None, self._feed_payload(feed, item))
            return
        article, payload = await self._article(item, missed)
        if early or (article and self._wanted(article.title, article.body)):
            yield self._fetched(feed, document, item, article, payload or self._feed_payload(feed, item))

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

    def _feed_payload(self, feed: Feed, item: FeedItem) -> Payload:
        return Payload(content=msgspec.json.encode(item), media_type="application/json", url=feed.url)

    def _fetched(
        self, feed: Feed, document: FeedDocument, item: FeedItem, article: Article | None, payload: Payload
    ) -> Fetched:
        outlet = feed.outlet or document.title or (article.outlet if article else "")
        return Fetched(record=press_record(item, article, outlet=outlet), payload=payload)


def _document(response: Response) -> tuple[Response, FeedDocument | None]:
    """An answer and its feed; none where it has not changed since it was last read."""
    if response.status == 304:
        return response, None
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
    return response, parse_feed(response.body, url=response.url, content_type=content_type)


def press_record(item: FeedItem, article: Article | None, *, outlet: str) -> Record:
    """The record of a feed's item, with its page or without: either way the same story is the same record."""
    excerpt = item.summary or item.content or (article.body if article else "")
    body = (article.body if article else "") or item.content
    text = "\n".join((item.title, item.summary, body))
    mentions = [f"doi:{doi}" for doi in find_dois(text)]
    mentions += [f"pmid:{pmid}" for pmid in find_pmids(text)]
    mentions += [f"registration:{number}" for number in find_registrations(text)]
    mentions += article.mentions if article else ()
    authors = item.authors or (article.authors if article else ())
    return Record(
        source="press",
        source_id=story_id(item.link or item.id),
        kind=Kind.PRESS,
        title=item.title or (article.title if article else ""),
        abstract=(Section(text=_shorten(excerpt)),) if excerpt else (),
        body=body,
        authors=tuple(Author(family=name) for name in authors),
        identifiers=Identifiers(),
        published=item.published or (article.published if article else None),
        container_title=outlet,
        languages=tuple(filter(None, (item.language or (article.language if article else ""),))),
        relations=tuple(Relation(type=RelationType.MENTIONS, target=key) for key in dict.fromkeys(mentions)),
        url=item.link,
        licence=article.licence if article else "",
    )


def story_id(link: str) -> str:
    """A short stable id of a story: a hash of its address without scheme, fragment and tracking parameters."""
    parts = urlsplit(link)
    query = [(name, value) for name, value in parse_qsl(parts.query) if not name.lower().startswith(_TRACKING)]
    host = parts.netloc.lower().removeprefix("www.")
    plain = urlunsplit(("", host, parts.path.rstrip("/"), urlencode(sorted(query)), ""))
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


def _shorten(text: str) -> str:
    if len(text) <= EXCERPT:
        return text
    return text[:EXCERPT].rsplit(" ", 1)[0] + " …"
