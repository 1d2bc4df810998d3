"""Until when a press text asks not to be published, as releases say it: ``EMBARGOED until 16:00 GMT, 5 March 2025``."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from crawler.parsers.prose_moments import LAST_ZONE, moment_in

_HEAD: Final = 400
"""Characters in which a release says so; further down it speaks of something else."""
_REACH: Final = 160
"""Characters behind such words in which the end is named."""
_START: Final = r"(?:^|[\n.!?:;|*#•(\[–—-])[\s*#_>]*"
_MONTH: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b"
_WEEKDAY: Final = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\b"
_DATE: Final = rf"(?=\d|{_WEEKDAY}|{_MONTH})"
_MOMENT: Final = (
    rf"(?={_WEEKDAY}|{_MONTH}\.?\s+\d|\d{{1,2}}(?:st|nd|rd|th)?\.?\s+(?:of\s+)?{_MONTH}"
    r"|\d{4}-\d\d-\d\d|\d{1,2}[./]\s?\d{1,2}[./]\s?\d{4}"
    r"|\d{1,2}[:.]\d\d\b|\d{1,2}\s*[ap]\.?m\b|\d{4}\s*(?:hrs?|hours|h|GMT)\b)"
)
"""A day or a time of day: "64 years" is none."""
_RELEASE: Final = r"(?:(?:immediate\s+)?release|publication|broadcast|distribution|circulation)"
_UNTIL: Final = (
    rf"(?::|(?:(?:for|on)\s+{_RELEASE}\s*)?(?:until|till|til)\b|for\s+{_RELEASE}\b|(?:for\s+)?{_DATE}|of\s+{_MOMENT})"
)
_BEFORE: Final = r"(?:under|strict(?:ly)?|press|media|news|release|publication|journal)"
_BY: Final = rf"(?:\s*\([^()\n]{{1,40}}\)|\s+by\s+(?:[\w’'.&-]+\s+){{1,6}}?(?=(?:until|till|til)\s+{_MOMENT}))?\s*"
"""Of what, or by whom, before the end: ``(for publication)``, ``by the journal``."""
_LIFTS: Final = r"(?:(?:will\s+|is\s+to\s+)?(?:be\s+)?lift(?:s|ed)?|(?:will\s+)?(?:ends?|expires?))"
_STRICT: Final = r"(?:(?:strict|press|media|news)\s+)*"
_FORMS: Final = (
    # An embargo on a country is in no release's first words with a colon, a date or "until" behind it.
    rf"{_START}(?:{_BEFORE}\s+)*embargo(?:ed)?{_BY}(?:[–—]|-\s|(?:lifts?|ends?|expires?|expiry|date|time)\b|{_UNTIL})",
    rf"(?<!\bnot\s)(?<!\blonger\s)\b(?:embargoed|under\s+(?:an?\s+)?{_STRICT}embargo){_BY}{_UNTIL}",
    # With a journal's name or other words before it, only a day or a time tells it from that on a country.
    rf"{_START}(?:(?!(?:no|not|without)\b)[\w’'.&-]+\s+){{1,4}}embargo\s*:\s*{_MOMENT}",
    rf"\bthe\s+(?:{_BEFORE}\s+)*embargo\s+{_LIFTS}\s+(?:on\s+|at\s+)?{_MOMENT}",
    rf"(?-i:(?<!\bNO\s)(?<!\bNOT\s)\bEMBARGO(?:ED)?){_BY}{_UNTIL}",
    rf"\bnot\s+for\s+{_RELEASE}(?:\s*(?:,|/|\bor\b|\band\b)\s*{_RELEASE})*\s+(?:before|until|till|prior\s+to)\b",
    rf"{_START}not\s+to\s+be\s+(?:published|released|broadcast)\s+(?:before|until|till|prior\s+to)\b",
    rf"{_START}hold\s+(?:for\s+{_RELEASE}|{_RELEASE}\s+(?:until|till))\b",
    r"\bsperrfrist\s*(?::|–|-|bis\b|endet\b|(?=\d))",
    r"\bembargo\s+jusqu|\bembargad[oa]\s+hasta\b",
)
_SAID: Final = re.compile("|".join(f"(?:{form})" for form in _FORMS), re.IGNORECASE)
_NONE: Final = re.compile(r"[\s:–—-]*(?:none\b|no\b|n/a\b|(?:for\s+)?immediate|lifted\b|expired\b)", re.IGNORECASE)


class Embargo(msgspec.Struct, frozen=True, kw_only=True):
    """What a text or its metadata says of an embargo."""

    until: dt.datetime | None
    """Its end, in UTC; ``None`` where there is an embargo whose end cannot be read."""
    said: str
    """The words that say so."""


def embargo_of(text: str, *, near: dt.date | None = None) -> Embargo | None:
    """The embargo that a text begins with; ``None`` where it names none.

    Without a time of day it ends with the day, without a time zone where it is that time last on earth.

    Args:
        text: A title or the text of a release.
        near: A day close to it, by which a date without a year is understood; today if not given.
    """
    unread: Embargo | None = None
    for match in _SAID.finditer(text[:_HEAD]):
        when = text[match.end() : match.end() + _REACH]
        if _NONE.match(when):
            continue
        german = match.group().lower().lstrip().startswith("sperrfrist")
        until = moment_in(when, near=near or _today(), zone=ZoneInfo("Europe/Berlin") if german else LAST_ZONE)
        said = " ".join(f"{match.group()}{when[:60]}".split())
        if until:
            return Embargo(until=until, said=said)
        unread = unread or Embargo(until=None, said=said)
    return unread


def stated_embargo(text: str) -> Embargo | None:
    """The embargo whose end stands in a field of its own (an element, ``meta``); ``None`` if the field is empty."""
    text = text.strip()
    return Embargo(until=moment_in(text, near=_today()), said=text[:80]) if text and not _NONE.match(text) else None


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
