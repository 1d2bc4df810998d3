"""Finds the sources: every spider class with a ``name`` in ``crawler/spiders/``."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache

import crawler.spiders
from crawler.spiders.base import SourceSpider
from records.errors import SourceError


@cache
def spiders() -> dict[str, type[SourceSpider]]:
    """Source name → spider class, alphabetical."""
    found: dict[str, type[SourceSpider]] = {}
    for module_info in pkgutil.iter_modules(crawler.spiders.__path__):
        module = importlib.import_module(f"crawler.spiders.{module_info.name}")
        for _, spider in inspect.getmembers(module, inspect.isclass):
            own = spider.__module__ == module.__name__ and issubclass(spider, SourceSpider)
            if own and "name" in vars(spider):
                found[spider.name] = spider
    return dict(sorted(found.items()))


def source_names() -> tuple[str, ...]:
    """Names of all sources, alphabetical."""
    return tuple(spiders())


def find_spider(name: str) -> type[SourceSpider]:
    """The spider of a source. Raises `SourceError` with the valid names where there is none."""
    try:
        return spiders()[name]
    except KeyError:
        raise SourceError(
            f"no source {name!r}; there are {', '.join(source_names())}", hint="`cordwatch sources` describes them."
        ) from None
