"""What a page says of itself to machines: JSON-LD (schema.org) and ``meta`` elements."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from lxml import html

from crawler.parsers.embargo import Embargo, stated_embargo
from crawler.parsers.json_ld import Thing, clean, names, pages_of, same_title, story_of, things
from records.dates import parse_date

_LOCKED: Final = frozenset({"locked", "metered"})
_TITLES: Final = ("og:title", "citation_title", "dc.title", "twitter:title")
_AUTHORS: Final = ("citation_author", "dc.creator")
"""Where names are written as in catalogues: ``Marsh, Robin``."""
_LISTED: Final = re.compile(r",\s+(?:and\s+)?|\s+(?:and|&)\s+")
_DEGREE: Final = re.compile(
    r"(?:M\.?D|Ph\.?D|D\.?O|D\.?Phil|[BM]\.?[AS]c?|MPH|MBA|R\.?N|Jr|Sr|I{2,3})\.?", re.IGNORECASE
)
"""What stands behind a name's comma and is no given name."""


class PageFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Empty where the page does not say."""

    title: str
    """As ``meta`` or JSON-LD have it, without the outlet's name; of a page without both, its heading or ``title``."""
    published: str
    """As written."""
    authors: tuple[str, ...]
    outlet: str
    licence: str
    free_to_read: bool | None
    embargo: Embargo | None
    others: frozenset[str]
    """Days, in ISO form, on which other things of the page were published: videos, related stories."""


def page_facts(tree: html.HtmlElement, *, url: str = "") -> PageFacts:
    """What the page's JSON-LD says of its own story, and its ``meta`` elements.

    Args:
        tree: The page.
        url: Its address.
    """
    found, meta = things(tree), list(_meta(tree))
    first = dict(reversed(meta))
    headings = [clean(" ".join(heading.itertext())) for heading in tree.iter("h1")]
    whole = clean(next(iter(tree.xpath("//head/title/text() | /html/title/text()")), ""))
    stated = [clean(first[name]) for name in _TITLES if name in first]
    urls = [url, first.get("og:url", ""), *map(str, tree.xpath('//link[@rel="canonical"]/@href'))]
    story = story_of(found, urls=urls, titles=[*stated, *headings, whole])
    about = [story, *pages_of(found)]
    publisher = next(names(story.get("publisher")), "")
    outlet = first.get("og:site_name", "") or publisher
    title = _title(clean(story.get("headline")), stated) or _heading(headings, whole)
    embargo = next((content for name, content in meta if "embargo" in name), "")
    return PageFacts(
        title=_without(_without(title, outlet), publisher),
        published=next(_dates(about), "") or first.get("article:published_time", ""),
        authors=tuple(dict.fromkeys(_authors(story, meta))),
        outlet=outlet,
        licence=clean(story.get("license")) or next(iter(tree.xpath('//link[@rel="license"]/@href')), ""),
        free_to_read=_free(about, first),
        embargo=stated_embargo(clean(story.get("embargoDate")) or embargo),
        others=frozenset(day.iso() for day in map(parse_date, _dates(one for one in found if one not in about)) if day),
    )


def _dates(found: Iterable[Thing]) -> Iterator[str]:
    return filter(None, (clean(one.get("datePublished")) for one in found))


def _title(headline: str, stated: list[str]) -> str:
    """What ``meta`` elements state, which may have sections and outlets behind the headline, else the headline."""
    title = next(filter(None, stated), "")
    return headline if not title or (headline and title.startswith(headline)) else title


def _without(title: str, outlet: str) -> str:
    """A title without the outlet's name behind it."""
    return re.sub(rf"\s+[|–—·•:»-]\s+{re.escape(outlet)}$", "", title, flags=re.IGNORECASE) if outlet else title


def _heading(headings: list[str], whole: str) -> str:
    """The first heading that the page's ``title`` bears out, else that: a heading may be the section's."""
    return next((heading for heading in headings if not whole or same_title(heading, whole)), "") or whole


def _meta(tree: html.HtmlElement) -> Iterator[tuple[str, str]]:
    for element in tree.iter("meta"):
        name, content = element.get("property") or element.get("name"), element.get("content")
        if name and content:
            yield name.lower(), content.strip()


def _authors(story: Thing, meta: list[tuple[str, str]]) -> Iterator[str]:
    """Those of the story, else those of ``meta`` elements that are made for catalogues, given names first."""
    named = [name for text in names(story.get("author")) for name in _divided(text)]
    if named:
        yield from named
        return
    for name in _AUTHORS:
        listed = [clean(content) for kind, content in meta if kind == name]
        if listed:
            yield from map(_in_order, listed)
            return


def _divided(text: str) -> list[str]:
    """``Robin Marsh, Kim Hill and Jo Reed`` as three; a name of one word would be part of an organisation's."""
    parts = _LISTED.split(text)
    whole = all(len(part.split()) > 1 and part[:1].isupper() for part in parts)
    return parts if whole else [text]


def _in_order(name: str) -> str:
    family, comma, given = (part.strip() for part in name.partition(","))
    if not comma or not family or not given or "," in given or _DEGREE.fullmatch(given):
        return name
    return f"{given} {family}"


def _free(about: list[Thing], meta: dict[str, str]) -> bool | None:
    """As the story or the page says; one of which a part is locked is not free."""
    parts = [part for one in about for part in _parts(one)]
    stated = [one["isAccessibleForFree"] for one in (*about, *parts) if one.get("isAccessibleForFree") is not None]
    if stated:
        return all(str(value).rsplit("/", 1)[-1].lower() != "false" for value in stated)
    tier = meta.get("article:content_tier", "").lower()
    return None if not tier else tier not in _LOCKED


def _parts(thing: Thing) -> list[Thing]:
    parts = thing.get("hasPart")
    return [part for part in (parts if isinstance(parts, list) else [parts]) if isinstance(part, dict)]
