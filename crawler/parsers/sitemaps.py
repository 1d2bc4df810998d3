"""Sitemaps (sitemaps.org, protocol 0.9) with Google's news extension: XML or plain text, gz-compressed or not."""

from __future__ import annotations

import datetime as dt
import io
import re
import zlib
from collections.abc import Iterator
from typing import Final

import msgspec
from lxml import etree

from crawler.parsers.feeds import web_address
from crawler.parsers.moments import moment_of
from crawler.parsers.xml_text import text_of
from records.dates import PartialDate, parse_date
from records.errors import ParseError

MAX_BYTES: Final = 52_428_800
MAX_URLS: Final = 50_000
"""What the protocol allows in one sitemap, unpacked."""
_GZIP: Final = b"\x1f\x8b"
_DOCTYPE: Final = re.compile(rb"<!DOCTYPE|<!ENTITY", re.IGNORECASE)
_DEEP: Final = 16


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One address of a sitemap."""

    url: str
    """Absolute http(s) address."""
    changed: dt.datetime | None
    """Publication date of the news extension, else ``lastmod``; time zone aware, a day without a time at its end."""
    moment: dt.datetime | None = None
    """Publication date where its time of day is known: the page may be listed before it."""
    published: PartialDate | None = None
    """From the news extension, as all that follows."""
    title: str = ""
    outlet: str = ""
    language: str = ""
    keywords: str = ""


class Sitemap(msgspec.Struct, frozen=True, kw_only=True):
    """A sitemap, or an index of sitemaps."""

    is_index: bool
    listed: tuple[Listed, ...]


def parse_sitemap(content: bytes, *, url: str = "") -> Sitemap:
    """Read a sitemap of any kind; nothing is fetched.

    Raises:
        ParseError: Empty, too large, cut short, no sitemap, or one that declares a document type.
    """
    plain = _unpacked(content, url)
    if not plain.strip():
        raise ParseError("the sitemap is empty", where=url)
    if not plain.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return Sitemap(is_index=False, listed=tuple(_text_lines(plain, url)))
    if _DOCTYPE.search(plain[:4096]):
        raise ParseError("this is no sitemap: it declares a document type", where=url)
    try:
        return _xml(plain, url)
    except etree.XMLSyntaxError as error:
        raise ParseError(f"this is no sitemap, or it is cut short: {error.msg}", where=url) from error


def _unpacked(content: bytes, url: str) -> bytes:
    if content.startswith(_GZIP):
        unpacker = zlib.decompressobj(wbits=31)
        try:
            content = unpacker.decompress(content, MAX_BYTES + 1)
        except zlib.error as error:
            raise ParseError(f"the sitemap cannot be unpacked: {error}", where=url) from error
        if len(content) <= MAX_BYTES and not unpacker.eof:
            raise ParseError("the sitemap is cut short", where=url)
    if len(content) > MAX_BYTES:
        raise ParseError(f"more than {MAX_BYTES} bytes are no sitemap", where=url)
    return content


def _text_lines(content: bytes, url: str) -> Iterator[Listed]:
    lines = content.decode("utf-8", "replace").lstrip("\ufeff").splitlines()
    addresses = [web_address(line, "") for line in lines if line.strip()]
    if not all(addresses) or len(addresses) > MAX_URLS:
        raise ParseError("this is no sitemap: neither XML nor one address a line", where=url)
    yield from (Listed(url=address, changed=None) for address in addresses)


def _xml(content: bytes, url: str) -> Sitemap:
    """Element after element, so that a sitemap of the greatest length needs no tree."""
    listed: list[Listed] = []
    root, depth = "", 0
    events = etree.iterparse(io.BytesIO(content), events=("start", "end"), resolve_entities=False, no_network=True)
    for event, element in events:
        if event == "start":
            depth += 1
            root = root or _name(element)
            if root not in ("urlset", "sitemapindex") or depth > _DEEP:
                raise ParseError(f"this is no sitemap, but <{root}>", where=url)
            continue
        depth -= 1
        if depth == 1 and _name(element) in ("url", "sitemap"):
            entry = _entry(element, url)
            if entry is not None:
                listed.append(entry)
            if len(listed) > MAX_URLS:
                raise ParseError(f"more than {MAX_URLS} addresses are no sitemap", where=url)
            element.clear()
    return Sitemap(is_index=root == "sitemapindex", listed=tuple(listed))


def _entry(element: etree._Element, base: str) -> Listed | None:
    texts: dict[str, str] = {}
    for part in element.iter():
        if isinstance(part.tag, str) and not len(part):
            texts.setdefault(_name(part), text_of(part))
    address = web_address(texts.get("loc", ""), base)
    if not address:
        return None
    published = texts.get("publication_date", "")
    return Listed(
        url=address,
        changed=moment_of(published) or moment_of(texts.get("lastmod", "")),
        moment=moment_of(published) if ":" in published else None,
        published=parse_date(published),
        title=texts.get("title", ""),
        outlet=texts.get("name", ""),
        language=texts.get("language", ""),
        keywords=texts.get("keywords", ""),
    )


def _name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()
