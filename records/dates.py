"""Dates as sources give them: often partial, sometimes prose; the raw text is always kept."""

from __future__ import annotations

import datetime as dt
import re
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
    """A date known to the year, the month or the day."""

    year: int
    """Four digits."""
    month: int = 0
    """1–12, or 0 where the source does not say."""
    day: int = 0
    """1–31, or 0 where the source does not say."""
    raw: str = ""
    """What the source wrote, where that is not the ISO form: ``1998 Dec-1999 Jan``."""

    def iso(self) -> str:
        """``2024``, ``2024-05`` or ``2024-05-17``, no finer than is known."""
        parts = [f"{self.year:04d}"]
        if self.month:
            parts.append(f"{self.month:02d}")
            if self.day:
                parts.append(f"{self.day:02d}")
        return "-".join(parts)

    def ordinal(self) -> int:
        """``YYYYMMDD`` as an integer, for ranges and sorting; unknown parts count as the first."""
        return self.year * 10_000 + max(self.month, 1) * 100 + max(self.day, 1)


def make_date(year: int, month: int = 0, day: int = 0, *, raw: str = "") -> PartialDate | None:
    """A date no finer than is valid: 31 June becomes June, month 13 becomes the year; ``None`` for an absurd year."""
    if not 1000 <= year <= 2999:
        return None
    if not 1 <= month <= 12:
        month = day = 0
    try:
        dt.date(year, month or 1, day or 1)
    except ValueError:
        day = 0
    return PartialDate(year=year, month=month, day=day if 1 <= day <= 31 else 0, raw=raw)


def parse_date(raw: str) -> PartialDate | None:
    """A date from ISO text, from ``2024 May 17`` or, failing these, the first year in ``raw``; else ``None``."""
    text = raw.strip()
    match = _ISO.match(text)
    if match:
        year, month, day = (int(part) if part else 0 for part in match.groups())
        iso = make_date(year, month, day)
        if iso and iso.iso() != text:
            return msgspec.structs.replace(iso, raw=text)
        return iso
    found = _YEAR.search(text)
    if not found:
        return None
    words = re.findall(r"[A-Za-z]+", text)
    month = next((MONTHS[word.lower()] for word in words if word.lower() in MONTHS), 0)
    days = [int(number) for number in re.findall(r"\b\d{1,2}\b", text)]
    single = len(days) == 1 and len([word for word in words if word.lower() in MONTHS]) == 1
    return make_date(int(found.group()), month, days[0] if single else 0, raw=text)


def day_of(date: PartialDate | None) -> dt.date | None:
    """The day, where it is known to the day."""
    return dt.date(date.year, date.month, date.day) if date and date.month and date.day else None
