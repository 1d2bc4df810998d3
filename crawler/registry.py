"""Finds the sources: every spider class with a ``name`` in ``crawler/spiders/``."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from types import ModuleType

import crawler.spiders
from crawler.spiders.base import SourceSpider
from records.errors import UnknownNameError


@cache
def spiders() -> dict[str, type[SourceSpider]]:
    """Source name → spider class, alphabetical."""
    found: dict[str, type[SourceSpider]] = {}
    for module_info in pkgutil.iter_modules(crawler.spiders.__path__):
        module = importlib.import_module(f"crawler.spiders.{module_info.name}")
        found |= {spider.name: spider for spider in _spiders_of(module) if "name" in vars(spider)}
    return dict(sorted(found.items()))


def source_names() -> tuple[str, ...]:
    """Names of all sources, alphabetical."""
    return tuple(spiders())


def find_spider(name: str) -> type[SourceSpider]:
    """The spider of a source. Raises `UnknownNameError` with the valid names where there is none."""
    try:
        return spiders()[name]
    except KeyError:
        raise UnknownNameError(
            f"no source {name!r}; there are {', '.join(source_names())}", hint="`cordwatch sources` describes them."
        ) from None


def _spiders_of(module: ModuleType) -> Iterator[type[SourceSpider]]:
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, SourceSpider) and value.__module__ == module.__name__:
            yield value
