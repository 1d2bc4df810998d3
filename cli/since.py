"""Points in time as people type them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

import click

_AGO: Final = re.compile(r"(\d{1,4})([dwmy])")
_DAYS: Final = {"d": 1, "w": 7, "m": 30, "y": 365}


def parse_since(text: str, *, today: dt.date | None = None) -> dt.date:
    """A date from ``2025-01-31`` or from ``7d``, ``2w``, ``6m``, ``1y`` (days, weeks, months of 30 days, years ago).

    Raises:
        click.BadParameter: Anything else, or a date in the future.
    """
    today = today or dt.datetime.now(dt.UTC).date()
    ago = _AGO.fullmatch(text.strip().lower())
    if ago:
        return today - dt.timedelta(days=int(ago.group(1)) * _DAYS[ago.group(2)])
    try:
        date = dt.date.fromisoformat(text.strip())
    except ValueError:
        raise click.BadParameter(f"{text!r} is neither a date (2025-01-31) nor an age (7d, 2w, 6m, 1y)") from None
    if date > today:
        raise click.BadParameter(f"{text!r} lies in the future")
    return date
