"""Feed formats, one a file: each module has ``NAME``, ``SUFFIX``, ``MEDIA_TYPE`` and ``render(channel, site)``."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Protocol, cast

from feeds.publish.types import Channel, Site


class FeedFormat(Protocol):
    """What a module of this folder offers."""

    NAME: str
    """For people: ``RSS 2.0``."""
    SUFFIX: str
    MEDIA_TYPE: str
    """As a web server must say it."""

    def render(self, channel: Channel, site: Site) -> bytes:
        """The whole file, the same bytes for the same channel."""


def feed_formats() -> tuple[FeedFormat, ...]:
    """All formats, in the order of their modules' names."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    return tuple(cast(FeedFormat, module) for module in modules)
