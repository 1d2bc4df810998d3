"""Moments in time in prose: ``16:00 US ET on Wednesday 5 March 2025``, ``5. März 2025, 16 Uhr``, ISO, mail format."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from records.dates import MONTHS

LAST_ZONE: Final = dt.timezone(dt.timedelta(hours=-12))
"""Where a day ends last: nothing is thought to have passed too early where no zone is named."""
_GERMAN: Final = {"januar": 1, "februar": 2, "märz": 3, "mai": 5, "juni": 6, "juli": 7, "oktober": 10, "dezember": 12}
_MONTH_NUMBERS: Final = MONTHS | _GERMAN
_MONTH: Final = rf"(?P<name>{'|'.join(sorted(_MONTH_NUMBERS, key=len, reverse=True))})\b\.?"
_DAY: Final = r"\b(?P<day>\d{1,2})(?:st|nd|rd|th)?\.?"
_YEAR: Final = r"(?P<year>(?:19|20)\d{2})\b"
_FULL: Final = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"\b(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?:[T ](?=\d)|\b)",
        rf"{_DAY}\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}",
        rf"\b{_MONTH}\s+{_DAY},?\s+{_YEAR}",
        rf"\b(?P<one>\d{{1,2}})(?P<sign>\.)\s?(?P<other>\d{{1,2}})\.\s?{_YEAR}",
        rf"\b(?P<one>\d{{1,2}})(?P<sign>/)(?P<other>\d{{1,2}})/{_YEAR}",
    )
)
_YEARLESS: Final = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (rf"{_DAY}\s+(?:of\s+)?{_MONTH}", rf"\b{_MONTH}\s+{_DAY}(?!\d|\s?[:.]\d)")
)
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY: Final = re.compile(rf"\b({'|'.join(_WEEKDAYS)})(?:day|s(?:day)?|nesday|rs(?:day)?|urday)?\b", re.IGNORECASE)
_ZONES: Final = tuple(
    (re.compile(form), name)
    for form, name in (
        (r"\bE[SD]?T\b|(?i:\beastern\b|\bnew york\b)", "America/New_York"),
        (r"\bC[SD]T\b|(?i:\bcentral (?:daylight |standard )?time\b)", "America/Chicago"),
        (r"\bP[SD]?T\b|(?i:\bpacific\b)", "America/Los_Angeles"),
        (r"\bBST\b|(?i:\blondon\b|\b(?:u\.?k\.?|british) (?:summer )?time\b)", "Europe/London"),
        (r"\bCES?T\b|\bMES?Z\b|(?i:\bberlin\b|\bparis\b|\bcentral european\b)", "Europe/Berlin"),
        (r"\bJST\b|(?i:\btokyo\b|\bjapan\b)", "Asia/Tokyo"),
        (r"\bAE[SD]?T\b|(?i:\bsydney\b|\bmelbourne\b)", "Australia/Sydney"),
        (r"\bGMT\b|\bUTC\b|\d\s?Z\b", "UTC"),
    )
)
_OFFSET: Final = re.compile(
    r":\d{2}(?:\.\d+)?\s?([+-](?:0\d|1[0-4])):?([0-5]\d)\b|\b(?:GMT|UTC)\s?([+-]\d{1,2})(?::?([0-5]\d))?\b"
)
_CLOCKS: Final = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"\b(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?!\d)(?::(?P<second>\d{2}))?(?:\s*(?P<half>[ap])\.?m\b)?",
        r"\b(?P<hour>\d{1,2})\s*(?P<half>[ap])\.?m\b",
        r"\b(?P<hour>\d{1,2})\s*Uhr\b",
        r"\b(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)\s*(?:hrs?|hours|h)?\b\s*\(?(?=[A-Z]{2,4}\b|local\b|london\b)",
        r"\b(?:noon|midday)\b",
    )
)
# The end of the sentence, which the dots of "4 p.m." and "U.S." are not.
_SENTENCE: Final = re.compile(r"(?<!\bm)(?<!\bS)[.!?]\s|\n\s*\n")


class _Day(NamedTuple):
    date: dt.date
    around: str
    """What stands before it, and after it up to the end of the sentence: a time may be there."""


def moment_in(text: str, *, near: dt.date, zone: dt.tzinfo = LAST_ZONE) -> dt.datetime | None:
    """The first moment that a text names, in UTC; ``None`` where it names no day.

    A day without a time of day is taken to its end. Of ``3/5/2025`` the later day is meant, unless the time zone says
    who wrote it: Americans put the month first, and nobody else; with dots the day stands first, unless they wrote it.

    Args:
        text: Prose.
        near: A day close to it: it decides which year is meant where none is said.
        zone: Where the text names none.
    """
    day = _day(text, near)
    if day is None:
        return None
    clock, place = _clock(day.around)
    zone = _zone(day.around, place) or zone
    if clock is None:
        return dt.datetime.combine(day.date + dt.timedelta(days=1), dt.time(), zone).astimezone(dt.UTC)
    return dt.datetime.combine(day.date, clock, zone).astimezone(dt.UTC)


def _day(text: str, near: dt.date) -> _Day | None:
    for forms in (_FULL, _YEARLESS):
        matches = sorted((match for form in forms for match in form.finditer(text)), key=lambda match: match.start())
        for match in matches:
            around = f"{text[: match.start()]} {_SENTENCE.split(text[match.end() :], maxsplit=1)[0]}"
            meant = list(_dates(match.groupdict(), around, near))
            if meant:
                # What lies ahead is meant rather than what has passed.
                soon = [date for date in meant if date >= near - dt.timedelta(days=1)]
                return _Day(min(soon or meant, key=lambda date: abs(date - near)), around)
    return None


def _dates(said: dict[str, str], around: str, near: dt.date) -> Iterator[dt.date]:
    """What a date may mean: one day, but for dates without a year."""
    if "year" not in said:
        named = _WEEKDAY.search(around)
        ahead = [*_valid([(near.year + years, _month(said), int(said["day"])) for years in (-1, 0, 1)])]
        right = [date for date in ahead if named and date.weekday() == _WEEKDAYS.index(named[1].lower())]
        yield from (date for date in right or ahead if abs(date - near) <= dt.timedelta(days=183))
        return
    year = int(said["year"])
    if "one" not in said:
        yield from _valid([(year, _month(said), int(said["day"]))])
        return
    yield from _numeric(year, int(said["one"]), int(said["other"]), dotted=said["sign"] == ".", zone=_zone(around))


def _numeric(year: int, one: int, other: int, *, dotted: bool, zone: dt.tzinfo | None) -> list[dt.date]:
    """The day that two numbers mean; the later one where both may be the month."""
    american = isinstance(zone, ZoneInfo) and zone.key.startswith("America/")
    month_first, day_first = (year, one, other), (year, other, one)
    if dotted and not american:
        return [*_valid([day_first])]
    if american and not dotted:
        return [*_valid([month_first])]
    return sorted(_valid([month_first, day_first]))[-1:]


def _month(said: dict[str, str]) -> int:
    return int(said["month"]) if said.get("month") else _MONTH_NUMBERS[said["name"].lower()]


def _valid(dates: Iterable[tuple[int, int, int]]) -> Iterator[dt.date]:
    for date in dates:
        try:
            yield dt.date(*date)
        except ValueError:
            continue


def _zone(text: str, start: int = 0) -> dt.tzinfo | None:
    """The time zone that is named first from ``start`` on, else before it."""
    offset = _OFFSET.search(text)
    if offset:
        hours, minutes = int(offset[1] or offset[3]), int(offset[2] or offset[4] or 0)
        if abs(hours) < 24:
            return dt.timezone(dt.timedelta(hours=hours, minutes=minutes if hours >= 0 else -minutes))
    named = [(match.start(), name) for form, name in _ZONES for match in form.finditer(text)]
    first = min(named, key=lambda one: (one[0] < start, one[0]), default=None)
    return ZoneInfo(first[1]) if first else None


def _clock(text: str) -> tuple[dt.time | None, int]:
    """The first time of day, and where it stands; midnight is none: it may be either end of the day."""
    matches = sorted((match for form in _CLOCKS for match in form.finditer(text)), key=lambda match: match.start())
    for match in matches:
        said = match.groupdict()
        if not said.get("hour"):
            return dt.time(12), match.start()
        hour, minute, second = (int(said.get(name) or 0) for name in ("hour", "minute", "second"))
        half = (said.get("half") or "").lower()
        if half:
            hour = hour % 12 + (12 if half == "p" else 0)
        if max(hour / 24, minute / 60, second / 60) < 1:
            return dt.time(hour, minute, second), match.start()
    return None, 0
