"""Crossref's dates: lists of year, month and day, each of which may be missing or null."""

from __future__ import annotations

from typing import Final

from crawler.parsers.json_tree import Node
from records.dates import PartialDate, earliest, make_date

_PUBLIC: Final = ("published-online", "published-print", "posted", "published", "published-other", "issued")


def date_of(node: Node) -> PartialDate | None:
    """A date; ``None`` for an absent one and for ``[[null]]``."""
    lists = node.value.get("date-parts")
    parts = lists[0] if isinstance(lists, list) and lists else None
    if not isinstance(parts, list):
        return None
    numbers = [part if isinstance(part, int) and not isinstance(part, bool) else 0 for part in parts[:3]]
    year, month, day = (*numbers, 0, 0, 0)[:3]
    return make_date(year, month, day)


def first_published(work: Node) -> PartialDate | None:
    """The earliest day on which it was public; one known to the day counts before one of the same year that is not."""
    return earliest(date_of(work.node(name)) for name in _PUBLIC)
