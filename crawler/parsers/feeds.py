"""RSS, Atom, RDF and CDF through feedparser; JSON Feed by its own specification (jsonfeed.org, version 1.1)."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any, Final
from urllib.parse import urljoin, urlsplit
from xml.sax import SAXException

import msgspec

from crawler.parsers.embargo import Embargo, stated_embargo
from crawler.parsers.json_tree import decode_json
from crawler.parsers.moments import moment_of
from records.dates import PartialDate, first_read, parse_date
from records.errors import ParseError
from records.identifiers import normalise_doi

_TAG: Final = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_SPACE: Final = re.compile(r"\s+")
_ROOT: Final = re.compile(rb"<((?:[\w.-]+:)?(?:rss|feed|rdf|channel))\b[^>]*[^/>]?>", re.IGNORECASE)
MAX_BYTES: Final = 32 * 2**20
"""A larger document is no feed."""


class FeedItem(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a feed."""

    id: str
    """The feed's own id of the entry; its link where there is none."""
    link: str
    """Absolute http(s) address; empty if there is none."""
    title: str
    summary: str
    """Plain text."""
    content: str
    """Plain text of the entry's full content, where the feed carries it."""
    published: PartialDate | None
    authors: tuple[str, ...]
    language: str
    moment: dt.datetime | None = None
    """When it was published, where the time of day is known; time zone aware."""
    changed: str = ""
    """When it was last updated, as written."""
    embargo: Embargo | None = None
    """What an element of its own says of an embargo."""
    doi: str = ""
    """That an element of its own gives it, as journals' feeds do; normalised."""


class FeedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A feed with its entries."""

    title: str
    items: tuple[FeedItem, ...]


def parse_feed(content: bytes, *, url: str = "", content_type: str = "") -> FeedDocument:
    """Read a feed of any of the formats; nothing is fetched.

    Raises:
        ParseError: Empty, too large, cut short, or no feed.
    """
    if not content.strip():
        raise ParseError("the feed is empty", where=url)
    if len(content) > MAX_BYTES:
        raise ParseError(f"{len(content)} bytes are no feed", where=url)
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _json_feed(content, url)
    return _xml_feed(content, url, content_type)


def plain(markup: str) -> str:
    """Text without tags; scripts go with their content."""
    return _SPACE.sub(" ", unescape(_TAG.sub(" ", markup))).strip()


def _xml_feed(content: bytes, url: str, content_type: str) -> FeedDocument:
    import feedparser

    headers = {"content-location": url, **({"content-type": content_type} if content_type else {})}
    parsed = feedparser.parse(content, response_headers=headers)
    if not parsed.version and not parsed.entries:
        broken = parsed.get("bozo_exception")
        # feedparser also complains of headers, which say nothing of the content.
        problem = str(broken) if isinstance(broken, SAXException) else "no RSS, Atom, RDF or CDF"
        raise ParseError(f"this is no feed: {problem}", where=url)
    root = _ROOT.search(content)
    if root and parsed.bozo and b"</" + root.group(1).lower() not in content.lower():
        # Half an item has a link or a title that is half of its own.
        raise ParseError(f"the feed is cut short: <{root.group(1).decode()}> is never closed", where=url)
    language = plain(str(parsed.feed.get("language", "")))
    items = tuple(_entry(entry, url, language) for entry in parsed.entries)
    return FeedDocument(title=plain(str(parsed.feed.get("title", ""))), items=items)


def _entry(entry: Mapping[str, Any], base: str, language: str) -> FeedItem:
    link = web_address(str(entry.get("link", "")), base)
    contents = [str(part.get("value", "")) for part in entry.get("content", ())]
    names = [str(author.get("name", "")) for author in entry.get("authors", ())] or [str(entry.get("author", ""))]
    return FeedItem(
        id=str(entry.get("id", "")).strip() or link,
        link=link,
        title=plain(str(entry.get("title", ""))),
        summary=plain(str(entry.get("summary", ""))),
        content=plain(max(contents, key=len, default="")),
        published=_entry_date(entry),
        authors=tuple(name for name in map(plain, names) if name),
        language=language,
        moment=_entry_moment(entry),
        changed=str(entry["updated"]) if "updated" in entry else "",
        embargo=next((stated_embargo(str(entry[name])) for name in entry if "embargo" in name.lower()), None),
        doi=normalise_doi(str(entry.get("prism_doi", ""))) or normalise_doi(str(entry.get("dc_identifier", ""))),
    )


def _entry_date(entry: Mapping[str, Any]) -> PartialDate | None:
    return first_read(_stated_date(entry, name) for name in ("published", "updated", "created") if name in entry)


def _stated_date(entry: Mapping[str, Any], name: str) -> PartialDate | None:
    parsed, raw = entry.get(f"{name}_parsed"), str(entry.get(name) or "")
    if not parsed:
        return parse_date(raw)
    moment = dt.datetime.fromtimestamp(max(calendar.timegm(parsed), 0), dt.UTC)
    return PartialDate(year=moment.year, month=moment.month, day=moment.day, raw=raw)


def _entry_moment(entry: Mapping[str, Any]) -> dt.datetime | None:
    """Of publication alone: an update lies in the past of whoever writes it."""
    parsed, raw = entry.get("published_parsed"), str(entry.get("published", ""))
    if not parsed or ":" not in raw:
        return None
    return dt.datetime.fromtimestamp(max(calendar.timegm(parsed), 0), dt.UTC)


def _json_feed(content: bytes, url: str) -> FeedDocument:
    try:
        feed = decode_json(content)
    except ParseError as error:
        raise ParseError(f"this is no JSON Feed: {error}", where=url) from error
    if not isinstance(feed, dict) or "jsonfeed.org" not in str(feed.get("version", "")):
        raise ParseError("this is JSON, but no JSON Feed: it names no version", where=url)
    base = str(feed.get("home_page_url") or url)
    entries = feed.get("items")
    language = str(feed.get("language") or "")
    items = tuple(_json_items(entries if isinstance(entries, list) else [], base, language))
    return FeedDocument(title=plain(str(feed.get("title") or "")), items=items)


def _json_items(entries: list[Any], base: str, language: str) -> Iterator[FeedItem]:
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        link = web_address(str(entry.get("url") or entry.get("external_url") or ""), base)
        authors = entry.get("authors") or [entry.get("author")]
        names = (plain(str(author.get("name") or "")) for author in authors if isinstance(author, dict))
        body = str(entry.get("content_html") or entry.get("content_text") or "")
        yield FeedItem(
            id=str(entry.get("id") or "").strip() or link,
            link=link,
            title=plain(str(entry.get("title") or "")),
            summary=plain(str(entry.get("summary") or "")) or plain(body),
            content=plain(body),
            published=parse_date(str(entry.get("date_published") or entry.get("date_modified") or "")),
            moment=moment_of(str(entry.get("date_published") or "")),
            changed=str(entry.get("date_modified") or ""),
            authors=tuple(name for name in names if name),
            language=str(entry.get("language") or language),
        )


def web_address(link: str, base: str) -> str:
    """The link made absolute; empty unless it is http or https (``javascript:`` is not)."""
    try:
        address = urljoin(base, link.strip()) if link.strip() else ""
        return address if urlsplit(address).scheme in ("http", "https") and urlsplit(address).hostname else ""
    except ValueError:
        return ""
