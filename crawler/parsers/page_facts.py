"""What a page says of itself to machines: JSON-LD (schema.org) and ``meta`` elements."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any, Final

import msgspec
from lxml import html

from crawler.parsers.embargo import Embargo, stated_embargo
from crawler.parsers.json_tree import clean_text, decode_json
from records.errors import ParseError

_STORIES: Final = ("article", "report", "posting", "pressrelease")
"""How the types of schema.org end that are stories."""
_LOCKED: Final = frozenset({"locked", "metered"})


class PageFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Empty where the page does not say."""

    title: str
    published: str
    """As written."""
    authors: tuple[str, ...]
    outlet: str
    licence: str
    free_to_read: bool | None
    embargo: Embargo | None


def page_facts(tree: html.HtmlElement) -> PageFacts:
    """What the page's JSON-LD says of its story, else its ``meta`` elements."""
    objects = list(_objects(tree))
    story: dict[str, Any] = next((one for one in objects if _is_story(one)), {})
    meta = dict(_meta(tree))
    dates = [str(one["datePublished"]) for one in (story, *objects) if one.get("datePublished")]
    embargo = next((text for name, text in meta.items() if "embargo" in name), "")
    return PageFacts(
        title=_text(story.get("headline")),
        published=next(iter(dates), "") or meta.get("article:published_time", ""),
        authors=tuple(dict.fromkeys(_names(story.get("author")))),
        outlet=next(iter(_names(story.get("publisher"))), ""),
        licence=_text(story.get("license")) or next(iter(tree.xpath('//link[@rel="license"]/@href')), ""),
        free_to_read=_free(objects, meta),
        embargo=stated_embargo(_text(story.get("embargoDate")) or embargo),
    )


def _objects(tree: html.HtmlElement) -> Iterator[dict[str, Any]]:
    """JSON-LD objects of the page; broken ones are passed over: pages have plenty."""
    for script in tree.xpath('//script[@type="application/ld+json"]/text()'):
        try:
            value = decode_json(str(script))
        except ParseError:
            continue
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                yield part
                graph = part.get("@graph")
                yield from (inner for inner in graph if isinstance(inner, dict)) if isinstance(graph, list) else ()


def _is_story(part: dict[str, Any]) -> bool:
    types = part.get("@type")
    named = types if isinstance(types, list) else [types]
    return any(str(name).lower().endswith(_STORIES) for name in named)


def _meta(tree: html.HtmlElement) -> Iterator[tuple[str, str]]:
    for element in tree.iter("meta"):
        name, content = element.get("property") or element.get("name"), element.get("content")
        if name and content:
            yield name.lower(), content.strip()


def _names(value: Any) -> Iterator[str]:
    """Names of people and organisations, as texts or as objects, one or several."""
    for part in value if isinstance(value, list) else [value]:
        name = _text(part.get("name")) if isinstance(part, dict) else _text(part)
        if name and not name.startswith(("http://", "https://")):
            yield name


def _text(value: Any) -> str:
    return " ".join(clean_text(unescape(value)).split()) if isinstance(value, str) else ""


def _free(objects: list[dict[str, Any]], meta: dict[str, str]) -> bool | None:
    stated = next((one["isAccessibleForFree"] for one in objects if one.get("isAccessibleForFree") is not None), None)
    if stated is not None:
        return str(stated).rsplit("/", 1)[-1].lower() != "false"
    tier = meta.get("article:content_tier", "").lower()
    return None if not tier else tier not in _LOCKED
