"""Until when a press text asks not to be published, as releases say it: ``EMBARGOED until 16:00 GMT, 5 March 2025``."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final
from zoneinfo import ZoneInfo

from records.dates import MONTHS, make_date

_HEAD: Final = 400
"""Characters in which a release says so; further down it speaks of something else."""
_SAID: Final = re.compile(
    r"\bembargo(?:ed)?\b[^.!?\n]{0,60}?\b(?:until|till|lifts?|ends?|expires?|for release)\b:?(?P<when>.{4,140})",
    re.IGNORECASE | re.DOTALL,
)
_ISO: Final = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{1,2}):(\d{2})(?::\d{2})?)?")
_DAY_FIRST: Final = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?([A-Za-z]{3,9})\.?,?\s+(\d{4})\b")
_MONTH_FIRST: Final = re.compile(r"\b([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b")
_CLOCK: Final = re.compile(
    r"\b(\d{1,2})[:.](\d{2})\s*([ap]\.?m\.?)?|\b(\d{1,2})\s*([ap]\.?m\.?)|\b(noon|midnight)\b", re.IGNORECASE
)
_ZONES: Final = (
    (r"\bE[SD]?T\b|eastern|new york", "America/New_York"),
    (r"\bC[SD]T\b|central time", "America/Chicago"),
    (r"\bP[SD]?T\b|pacific", "America/Los_Angeles"),
    (r"\bBST\b|london|u\.?k\.? time", "Europe/London"),
    (r"\bCES?T\b|berlin|paris|central european", "Europe/Berlin"),
    (r"\bJST\b|tokyo|japan", "Asia/Tokyo"),
    (r"\bGMT\b|\bUTC\b|\d\s?Z\b", "UTC"),
)
_LAST_ZONE: Final = dt.timezone(dt.timedelta(hours=-12))
"""Where a day ends last: nothing is shown too early where no zone is named."""


def embargo_of(text: str) -> dt.datetime | None:
    """The end of the embargo that a text begins with; ``None`` where it names none.

    Without a time of day it ends with the day, without a time zone where it is that time last on earth.
    """
    said = _SAID.search(text[:_HEAD])
    if said is None:
        return None
    when = said["when"]
    found = _date(when)
    if found is None:
        return None
    day, rest = found
    zone = next((ZoneInfo(name) for form, name in _ZONES if re.search(form, when, re.IGNORECASE)), _LAST_ZONE)
    clock = _time(rest)
    if clock is None:
        return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone).astimezone(dt.UTC)
    return dt.datetime.combine(day, clock, zone).astimezone(dt.UTC)


def _date(text: str) -> tuple[dt.date, str] | None:
    """The first date, and the text without it, in which a time may stand."""
    for form in (_ISO, _DAY_FIRST, _MONTH_FIRST):
        for match in form.finditer(text):
            groups = match.groups()
            if form is _ISO:
                year, month, day = (int(part) for part in groups[:3])
                rest = f"{groups[3]}:{groups[4]}" if groups[3] else text[: match.start()] + " " + text[match.end() :]
            else:
                name, number = (groups[1], groups[0]) if form is _DAY_FIRST else (groups[0], groups[1])
                year, month, day = int(groups[2]), MONTHS.get(name.lower(), 0), int(number)
                rest = text[: match.start()] + " " + text[match.end() :]
            date = make_date(year, month, day)
            if date and date.month and date.day:
                return dt.date(date.year, date.month, date.day), rest
    return None


def _time(text: str) -> dt.time | None:
    match = _CLOCK.search(text)
    if match is None:
        return None
    if match[6]:
        return dt.time(12 if match[6].lower() == "noon" else 0)
    hour, minute = int(match[1] or match[4]), int(match[2] or 0)
    half = (match[3] or match[5] or "").lower()[:1]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return dt.time(hour, minute) if hour < 24 and minute < 60 else None
