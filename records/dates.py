"""Dates as sources give them: often partial, sometimes prose; what is not read of them stays beside as text."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Final

import msgspec

_ISO: Final = re.compile(r"^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:[T ]\d.*)?$")
_YEAR: Final = re.compile(r"\b(1[89]\d{2}|20\d{2})\b")

MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"),
            ("feb", "february"),
            ("mar", "march"),
            ("apr", "april"),
            ("may",),
            ("jun", "june"),
            ("jul", "july"),
            ("aug", "august"),
            ("sep", "sept", "september"),
            ("oct", "october"),
            ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}
"""English month names and their usual short forms, lower case, to 1–12."""


class PartialDate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, order=False):
    """A date known to the year, the month or the day, or only as text: then it is false, and no date to anybody."""

    year: int = 0
    """Four digits, or 0 where nothing could be read; ``raw`` is set then."""
    month: int = 0
    """1–12, or 0 where the source does not say."""
    day: int = 0
    """1–31, or 0 where the source does not say."""
    raw: str = ""
    """What the source wrote, where that is not the ISO form: ``1998 Dec-1999 Jan``."""

    def __bool__(self) -> bool:
        return self.year > 0

    def written(self) -> str:
        """As the source wrote it."""
        return self.raw or self.iso()

    def iso(self) -> str:
        """``2024``, ``2024-05`` or ``2024-05-17``, no finer than is known; ``""`` where nothing is."""
        if not self:
            return ""
        parts = [f"{self.year:04d}"]
        if self.month:
            parts.append(f"{self.month:02d}")
            if self.day:
                parts.append(f"{self.day:02d}")
        return "-".join(parts)

    def ordinal(self) -> int:
        """``YYYYMMDD`` as an integer, for ranges and sorting; unknown parts count as the first. 0 for no date."""
        if not self:
            return 0
        return self.year * 10_000 + max(self.month, 1) * 100 + max(self.day, 1)


def make_date(year: int, month: int = 0, day: int = 0, *, raw: str = "") -> PartialDate | None:
    """A date no finer than is valid: 31 June becomes June, month 13 becomes the year; ``None`` where nothing is said.

    Args:
        year: 1000–2999; with any other nothing is read.
        month: 0 where the source does not say.
        day: 0 where the source does not say.
        raw: What the source wrote; by default the numbers, where not all of them can be read.
    """
    said = (year, month, day)
    if not 1000 <= year <= 2999:
        year = month = day = 0
    if not 1 <= month <= 12:
        month = day = 0
    try:
        dt.date(year or 1, month or 1, day or 1)
    except ValueError:
        day = 0
    read = PartialDate(year=year, month=month, day=day if 1 <= day <= 31 else 0, raw=raw)
    if not raw and (read.year, read.month, read.day) != said:
        read = msgspec.structs.replace(read, raw="-".join(str(number) for number in said if number))
    return read if read or read.raw else None


def parse_date(raw: str) -> PartialDate | None:
    """A date from ISO text, from ``2024 May 17`` or, failing these, the first year in ``raw``; ``None`` for no text."""
    text = raw.strip()
    match = _ISO.match(text)
    if match:
        year, month, day = (int(part) if part else 0 for part in match.groups())
        iso = make_date(year, month, day, raw=text)
        return msgspec.structs.replace(iso, raw="") if iso and iso.iso() == text else iso
    found = _YEAR.search(text)
    if not found:
        return PartialDate(raw=text) if text else None
    words = re.findall(r"[A-Za-z]+", text)
    month = next((MONTHS[word.lower()] for word in words if word.lower() in MONTHS), 0)
    days = [int(number) for number in re.findall(r"\b\d{1,2}\b", text)]
    single = len(days) == 1 and len([word for word in words if word.lower() in MONTHS]) == 1
    return make_date(int(found.group()), month, days[0] if single else 0, raw=text)


def day_of(date: PartialDate | None) -> dt.date | None:
    """The day, where it is known to the day."""
    return dt.date(date.year, date.month, date.day) if date and date.month and date.day else None


def first_read(dates: Iterable[PartialDate | None]) -> PartialDate | None:
    """The first that is a date; where none is, the first that is written at all."""
    written = [date for date in dates if date is not None]
    return next(filter(None, written), written[0] if written else None)


def earliest(dates: Iterable[PartialDate | None]) -> PartialDate | None:
    """The earliest of several; one known to the day counts before one of the same year that is not."""
    written: list[PartialDate] = [date for date in dates if date is not None]
    written.sort(key=_finer_first)
    return first_read(written)


def _finer_first(date: PartialDate) -> tuple[int, int, int]:
    return date.year, date.month or 13, date.day or 32
