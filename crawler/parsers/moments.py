"""Moments in time as pages, feeds and sitemaps write them."""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime


def moment_of(text: str) -> dt.datetime | None:
    """A moment in W3C or mail format; a day without a time ends where it ends last on earth."""
    text = text.strip()
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
    if len(text) <= len("2025-01-31"):
        return moment.replace(tzinfo=dt.UTC) + dt.timedelta(days=1, hours=12)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
