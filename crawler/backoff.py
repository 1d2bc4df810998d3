"""How long to wait before asking again."""

from __future__ import annotations

import datetime as dt
import random
from email.utils import parsedate_to_datetime


def retry_after_s(header: str, now: dt.datetime) -> float | None:
    """Seconds that a ``Retry-After`` header asks for, as a number or as a date; ``None`` where it says neither."""
    text = header.strip()
    if text.replace(".", "", 1).isdigit() and text.isascii():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max((moment - now).total_seconds(), 0.0)


def spacing_s(limit: str, interval: str) -> float:
    """Seconds between requests: ``X-Rate-Limit-Interval`` (``1s``) by ``X-Rate-Limit-Limit``; 0 if they do not say."""
    number, length = limit.strip(), interval.strip().removesuffix("s")
    if not (number.isdecimal() and int(number) and length.replace(".", "", 1).isdecimal()):
        return 0.0
    return float(length) / int(number)


def backoff_s(retry: int, *, first: float, most: float) -> float:
    """Doubling waits, each between half and all of its length so that clients do not come back at once.

    Args:
        retry: 1 for the first retry.
        first: Longest wait before the first retry.
        most: Longest wait of all.
    """
    return min(first * 2.0 ** (retry - 1), most) * random.uniform(0.5, 1.0)
