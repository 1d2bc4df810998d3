"""Years, months and days in a query, and what lies from one to another."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import Final

_DATE: Final = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
_COMPARED: Final = re.compile(r"(?P<sign>[<>]=?)(?P<date>[\d-]+)")


def bounds_of(text: str) -> tuple[str, str] | None:
    """First and last year, month or day that a value means, both included; an open end is ``""``.

    Returns:
        ``None`` if it cannot be read.

    >>> bounds_of("2020..2025"), bounds_of(">2020"), bounds_of("<2024-01")
    (('2020', '2025'), ('2021', ''), ('', '2023-12'))
    """
    compared = _COMPARED.fullmatch(text)
    if compared:
        return _from_or_to(compared["sign"], compared["date"]) if _is_date(compared["date"]) else None
    low, dots, high = text.partition("..")
    if not dots:
        high = low
    readable = all(not part or _is_date(part) for part in (low, high))
    return (low, high) if readable and (low or high) else None


def _from_or_to(sign: str, date: str) -> tuple[str, str] | None:
    step = {">": 1, "<": -1}.get(sign, 0)
    bound = _beside(date, step) if step else date
    if not _is_date(bound):
        return None  # nothing lies before the first year or after the last one
    return (bound, "") if sign.startswith(">") else ("", bound)


def _beside(date: str, step: int) -> str:
    """The year, month or day that lies so many steps later."""
    parts = [int(part) for part in date.split("-")]
    if len(parts) == 1:
        return f"{parts[0] + step:04d}"
    if len(parts) == 2:
        number = parts[0] * 12 + parts[1] - 1 + step
        return f"{number // 12:04d}-{number % 12 + 1:02d}"
    day = dt.date(*parts).toordinal() + step
    return dt.date.fromordinal(day).isoformat() if 1 <= day <= dt.date.max.toordinal() else ""


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    year, month, day = [*(int(part) for part in text.split("-")), 1, 1][:3]
    return year > 0 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]
