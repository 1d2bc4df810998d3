"""When things are due: local times of day in their time zones, as moments in UTC.

A local time that a clock change skips counts as if the clock had not yet changed (02:30 becomes 03:30), one that
comes twice counts the first time: RFC 5545, 3.3.5. So every wanted local day has one slot, however its clock runs.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Iterator
from typing import Final

from records.errors import ConfigError

DAY_NAMES: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY: Final = frozenset(range(7))
_AT: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_STEP: Final = dt.timedelta(days=1)
# A week and a day beyond, for a wanted day that a zone's calendar left out.
_SEARCHED: Final = 16


def parse_at(text: str) -> dt.time:
    """A time of day from ``07:00``. Raises `ConfigError`."""
    match = _AT.fullmatch(text.strip())
    if match is None:
        raise ConfigError(f"{text!r} is not a time of day", hint="hours and minutes: 07:00")
    return dt.time(int(match[1]), int(match[2]))


def parse_zone(name: str) -> zoneinfo.ZoneInfo:
    """A time zone by its IANA name. Raises `ConfigError`."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        known = [zone for zone in sorted(zoneinfo.available_timezones()) if name and name.lower() in zone.lower()]
        near = f"did you mean {' or '.join(known[:3])}?" if known else "an IANA name: Europe/Berlin, Asia/Tokyo, UTC"
        raise ConfigError(f"there is no time zone {name!r}", hint=near) from None


def parse_days(text: str) -> frozenset[int]:
    """Days of the week (0 is Monday) from ``daily``, ``mon-fri``, ``mon,thu`` or ``fri-mon``. Raises `ConfigError`."""
    if text.strip().lower() == "daily":
        return EVERY_DAY
    days: set[int] = set()
    for part in text.lower().split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        if first not in DAY_NAMES or (dash and last not in DAY_NAMES):
            raise ConfigError(f"{text!r} are not days", hint=f"daily, mon-fri or mon,thu; days: {', '.join(DAY_NAMES)}")
        begin = DAY_NAMES.index(first)
        length = (DAY_NAMES.index(last) - begin) % 7 if dash else 0
        days |= {(begin + step) % 7 for step in range(length + 1)}
    return frozenset(days)


def next_slot(at: dt.time, zone: zoneinfo.ZoneInfo, days: frozenset[int], after: dt.datetime) -> dt.datetime:
    """The first slot after a moment, in UTC."""
    start = after.astimezone(zone).date() - _STEP
    return next(slot for slot in _slots(at, zone, days, start, _STEP) if slot > after)


def last_slot(at: dt.time, zone: zoneinfo.ZoneInfo, days: frozenset[int], until: dt.datetime) -> dt.datetime:
    """The newest slot that is not after a moment, in UTC."""
    start = until.astimezone(zone).date() + _STEP
    return next(slot for slot in _slots(at, zone, days, start, -_STEP) if slot <= until)


def _slots(
    at: dt.time, zone: zoneinfo.ZoneInfo, days: frozenset[int], start: dt.date, step: dt.timedelta
) -> Iterator[dt.datetime]:
    for number in range(_SEARCHED):
        day = start + number * step
        if day.weekday() in days:
            yield dt.datetime.combine(day, at, tzinfo=zone).astimezone(dt.UTC)
