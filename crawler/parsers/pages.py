"""One page of a provider that gives its answer in pages."""

from __future__ import annotations

import msgspec

from crawler.items import Fetched, Rejected


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What one answer brings."""

    items: tuple[Fetched | Rejected, ...]
    """In the page's order."""
    cursor: str = ""
    """What the next page is asked for with; empty on the last one."""
    total: int | None = None
    """How many items the provider counts in all, where it says so."""
    names: tuple[str, ...] = ()
    """What tells the items from each other, where that is not their ``source_id``: versions of one."""


def name_of(item: Fetched | Rejected) -> str:
    """What tells an item from the others; of one that cannot be read, its bytes."""
    if isinstance(item, Fetched):
        return item.record.source_id
    return item.source_id or repr(item.payload.content)
