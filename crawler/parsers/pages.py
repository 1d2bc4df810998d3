"""One page of a provider that gives its answer in pages."""

from __future__ import annotations

from typing import Generic, TypeAlias, TypeVar

import msgspec

from crawler.items import Fetched, Rejected

T = TypeVar("T")


class PageOf(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """What one answer brings."""

    items: tuple[T, ...]
    """In the page's order."""
    cursor: str = ""
    """What the next page is asked for with; empty on the last one."""
    total: int | None = None
    """How many items the provider counts in all, where it says so."""
    names: tuple[str, ...] = ()
    """What tells the items from each other, one for each, where that is not their ``source_id``: versions of one."""


Page: TypeAlias = PageOf[Fetched | Rejected]
"""A page of records."""


def names_of(page: PageOf[T]) -> tuple[str, ...]:
    """What tells each item of a page from the others; of one that cannot be read, its bytes."""
    return page.names or tuple(map(_name, page.items))


def _name(item: object) -> str:
    if isinstance(item, Fetched):
        return item.record.source_id
    return item.source_id or repr(item.payload.content) if isinstance(item, Rejected) else repr(item)


def without(page: PageOf[T], known: set[str]) -> PageOf[T]:
    """The page without the items of these names."""
    left = [(item, name) for item, name in zip(page.items, names_of(page), strict=True) if name not in known]
    return msgspec.structs.replace(page, items=tuple(item for item, _ in left), names=tuple(name for _, name in left))
