"""Article pages: main text and metadata through trafilatura, links to papers and trials."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from lxml import etree, html

from crawler.parsers.json_tree import decode_json
from records.dates import PartialDate, parse_date
from records.errors import ParseError
from records.identifiers import find_dois, find_pmids, find_registrations

MAX_BYTES: Final = 20 * 2**20


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """What a page says."""

    title: str
    body: str
    published: PartialDate | None
    outlet: str
    authors: tuple[str, ...]
    language: str
    licence: str
    mentions: tuple[str, ...]
    """``doi:…``, ``pmid:…``, ``registration:…`` in its text and links, in order."""
    paywalled: bool
    """Whether the page says of itself that it is not free to read (schema.org ``isAccessibleForFree``)."""


def parse_article(content: bytes, *, url: str = "") -> Article:
    """Read a page; nothing is fetched.

    Raises:
        ParseError: Empty, too large, or no HTML with text.
    """
    if len(content) > MAX_BYTES:
        raise ParseError(f"{len(content)} bytes are no article page", where=url)
    from trafilatura import bare_extraction
    from trafilatura.utils import load_html

    tree = load_html(content) if content.strip() else None
    if tree is None:
        raise ParseError("the page is empty or no HTML", where=url)
    linked = [str(link) for link in tree.xpath("//a/@href")]
    structured = list(_structured(tree))
    found: Any = bare_extraction(tree, url=url or None, with_metadata=True, include_comments=False)
    if found is None:
        raise ParseError("there is no article text on the page", where=url)
    body: str = found.text or ""
    return Article(
        title=found.title or "",
        body=body,
        published=parse_date(_stated(structured, "datePublished") or found.date or ""),
        outlet=found.sitename or "",
        authors=tuple(name.strip() for name in (found.author or "").split(";") if name.strip()),
        language=_language(tree),
        licence=found.license or "",
        mentions=_mentions("\n".join([body, *linked])),
        paywalled=_stated(structured, "isAccessibleForFree").lower() == "false",
    )


def _mentions(text: str) -> tuple[str, ...]:
    found = [f"doi:{doi}" for doi in find_dois(text)]
    found += [f"pmid:{pmid}" for pmid in find_pmids(text)]
    found += [f"registration:{number}" for number in find_registrations(text)]
    return tuple(dict.fromkeys(found))


def _structured(tree: html.HtmlElement) -> Iterator[dict[str, Any]]:
    """JSON-LD objects of the page; broken ones are passed over: pages have plenty."""
    for script in tree.xpath('//script[@type="application/ld+json"]/text()'):
        try:
            value = decode_json(str(script))
        except ParseError:
            continue
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                yield part
                yield from (inner for inner in part.get("@graph", ()) if isinstance(inner, dict))


def _stated(structured: list[dict[str, Any]], name: str) -> str:
    return next((str(part[name]) for part in structured if part.get(name) not in (None, "")), "")


def _language(tree: etree._Element) -> str:
    return (tree.get("lang") or "").split("-")[0].lower()
