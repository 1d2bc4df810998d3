"""Article pages: main text and metadata through trafilatura, links to papers and trials."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from lxml import etree

from crawler.parsers.embargo import Embargo, embargo_of
from crawler.parsers.page_facts import page_facts
from records.dates import PartialDate, day_of, parse_date
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
    free_to_read: bool | None
    """Whether the page says of itself that everybody can read it (``isAccessibleForFree``, ``content_tier``)."""
    embargoes: tuple[Embargo, ...]
    """What its metadata and its first words say of an embargo."""


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
    facts = page_facts(tree, url=url)
    found: Any = bare_extraction(tree, url=url or None, with_metadata=True, include_comments=False)
    if found is None:
        raise ParseError("there is no article text on the page", where=url)
    body: str = found.text or ""
    # A page's date may be found in what it says of a video, or of another story.
    published = parse_date(facts.published or ("" if found.date in facts.others else found.date) or "")
    return Article(
        title=facts.title or " ".join((found.title or "").split()),
        body=body,
        published=published,
        outlet=facts.outlet or found.sitename or "",
        authors=facts.authors or tuple(name.strip() for name in (found.author or "").split(";") if name.strip()),
        language=_language(tree),
        licence=facts.licence or found.license or "",
        mentions=_mentions("\n".join([body, *linked])),
        free_to_read=facts.free_to_read,
        embargoes=tuple(filter(None, (facts.embargo, embargo_of(body, near=day_of(published))))),
    )


def _mentions(text: str) -> tuple[str, ...]:
    found = [f"doi:{doi}" for doi in find_dois(text)]
    found += [f"pmid:{pmid}" for pmid in find_pmids(text)]
    found += [f"registration:{number}" for number in find_registrations(text)]
    return tuple(dict.fromkeys(found))


def _language(tree: etree._Element) -> str:
    return (tree.get("lang") or "").split("-")[0].lower()
