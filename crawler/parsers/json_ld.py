"""JSON-LD (schema.org) of article pages, and which of its objects is the page's own story."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from html import unescape
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from lxml import html

from crawler.parsers.json_tree import clean_text, decode_json
from records.errors import ParseError

_STORIES: Final = ("article", "report", "posting", "pressrelease", "claimreview")
"""How the types of schema.org end that are stories."""
_PAGES: Final = ("webpage", "itempage")
_WORD: Final = re.compile(r"\w+")
_DEEP: Final = 4
_WORDS: Final = 3
_CHARACTERS: Final = 12
"""A title so long, the characters for scripts without blanks, does not stand within another by chance."""

Thing: TypeAlias = dict[str, Any]


def things(tree: html.HtmlElement) -> list[Thing]:
    """JSON-LD objects of the page, those within ``@graph`` and ``mainEntity`` too; broken ones are passed over."""
    found: list[Thing] = []
    for script in tree.xpath('//script[@type="application/ld+json"]/text()'):
        try:
            found += _inner(decode_json(str(script)))
        except ParseError:
            continue
    return found


def _inner(value: Any, depth: int = 0) -> Iterator[Thing]:
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, dict) and depth < _DEEP:
            yield part
            yield from _inner(part.get("@graph"), depth + 1)
            yield from _inner(part.get("mainEntity"), depth + 1)


def story_of(found: Collection[Thing], *, urls: Collection[str], titles: Collection[str]) -> Thing:
    """The page's own story; empty where there is none, or several of which none is known as its own.

    Args:
        found: Objects of the page.
        urls: The page's own addresses.
        titles: What the page says elsewhere that it is called.
    """
    stories = [one for one in found if is_a(one, _STORIES)]
    if len(stories) == 1:
        return stories[0]
    own = {_place(url) for url in urls} - {""}
    by_url = (one for one in stories if own & set(map(_place, _addresses(one))))
    by_title = (one for one in stories if any(same_title(title_of(one), title) for title in titles))
    return next(by_url, None) or next(by_title, {})


def title_of(thing: Thing) -> str:
    """Its headline, else its name."""
    return clean(thing.get("headline")) or clean(thing.get("name"))


def pages_of(found: Collection[Thing]) -> list[Thing]:
    """The objects that stand for the page itself."""
    return [one for one in found if is_a(one, _PAGES)]


def is_a(thing: Thing, endings: tuple[str, ...]) -> bool:
    """Whether one of the types ends so."""
    types = thing.get("@type")
    named = types if isinstance(types, list) else [types]
    return any(str(name).lower().endswith(endings) for name in named)


def same_title(one: str, other: str) -> bool:
    """Whether two titles are the same but for what an outlet puts before or behind it."""
    first, second = (f" {' '.join(_WORD.findall(text.casefold()))} " for text in (one, other))
    short = min(first, second, key=len).strip()
    within = len(short.split()) >= _WORDS or len(short) >= _CHARACTERS
    return bool(short) and (first == second or (within and (first in second or second in first)))


def clean(value: Any) -> str:
    """A text on one line, without markup; empty for what is no text."""
    return " ".join(clean_text(unescape(value)).split()) if isinstance(value, str) else ""


def names(value: Any) -> Iterator[str]:
    """Names of people and organisations, as texts or as objects, one or several."""
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, dict):
            yield from names(part.get("name"))
        elif (name := clean(part)) and not name.startswith(("http://", "https://")):
            yield name


def _addresses(thing: Thing) -> Iterator[str]:
    page = thing.get("mainEntityOfPage")
    within = page if isinstance(page, dict) else {"@id": page}
    for value in (thing.get("url"), thing.get("@id"), within.get("@id"), within.get("url")):
        if isinstance(value, str):
            yield value


def _place(url: str) -> str:
    """Host and path; empty for what leads to no page of its own."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    path = parts.path.rstrip("/")
    return f"{parts.netloc.lower().removeprefix('www.')}{path}" if parts.netloc and path else ""
