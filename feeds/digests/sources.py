"""Which sources failed or are late: the window of a digest is not complete then, and it says so."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

import msgspec

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


def troubled_sources(library: Library, *, late_hours: float, now: dt.datetime) -> tuple[Trouble, ...]:
    """Sources that are crawled here and whose last crawl was not complete, or too long ago."""
    found: list[Trouble] = []
    for summary in library.source_summaries():
        if not summary.watermark or summary.last_run is None:
            continue  # imported once, not crawled
        latest = library.runs(summary.source, limit=1)
        if latest and not latest[0].complete:
            said = latest[0].errors[0] if latest[0].errors else "not complete"
            error = clean(_REQUEST.sub("", said), 160)
            found.append(Trouble(of=summary.source, what=f"failed at its last crawl: {error}"))
        elif summary.last_complete is None or now - summary.last_complete > dt.timedelta(hours=late_hours):
            since = f"{summary.last_complete:%Y-%m-%d %H:%M} UTC" if summary.last_complete else "never"
            found.append(Trouble(of=summary.source, what=f"late: last read to its end {since}"))
    return tuple(found)
