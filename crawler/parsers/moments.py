"""Moments in time as pages, feeds and sitemaps write them."""

from __future__ import annotations

import datetime as dt
import re
from email.utils import parsedate_to_datetime
from typing import Final

# The standard library's reader takes "March 5, 2025 4:00 PM EST" for a mail's date too, and reads 04:00 UTC.
_MAIL: Final = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?\d{1,2}\s+[A-Za-z]{3,9}\s+\d{2,4}\s+\d{1,2}:\d{2}(?::\d{2})?(?:\s+\S+)?"
)


def moment_of(text: str) -> dt.datetime | None:
    """A moment in W3C or mail format; a day without a time ends where it ends last on earth."""
    text = text.strip()
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        if not _MAIL.fullmatch(text):
            return None
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
    if len(text) <= len("2025-01-31"):
        return moment.replace(tzinfo=dt.UTC) + dt.timedelta(days=1, hours=12)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
