"""Which sources failed or are late: the window of a digest is not complete then, and it says so."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

import msgspec

from config.settings import Settings
from feeds.health import SourceSign, source_signs
from feeds.mail.clean import clean
from library import Library

_REQUEST: Final = re.compile(r"\b(?:GET|POST) \S+: ")
"""What was asked for is for whoever runs Cordwatch (`cordwatch sources`), not for readers."""


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """A source that did not give everything, or a topic that cannot be asked."""

    of: str
    """Name of the source, or ``topic NAME``."""
    what: str
    """``failed: …``, ``late: last complete crawl …``."""


def troubled_sources(library: Library, settings: Settings, *, now: dt.datetime) -> tuple[Trouble, ...]:
    """Sources that are crawled here and whose last crawl was not complete, or too long ago. Raises `ConfigError`."""
    signs = source_signs(library, settings, now=now)
    return tuple(Trouble(of=sign.source, what=_what(sign)) for sign in signs if sign.failed or sign.late)


def _what(sign: SourceSign) -> str:
    if sign.failed:
        return f"failed at its last crawl: {clean(_REQUEST.sub('', sign.error), 160) or 'not complete'}"
    return f"late: last read to its end {sign.last_success:%Y-%m-%d %H:%M} UTC"
