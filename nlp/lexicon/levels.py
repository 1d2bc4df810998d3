"""Levels of the spine and the spinal cord: C1–C8, T1–T13, L1–L6, S1–S5.

A level is written ``T10`` whether a vertebra or a segment of the cord is meant: texts mostly do not say which. Rats and
mice have thirteen thoracic and six lumbar vertebrae.
"""

from __future__ import annotations

import re
from typing import Final

SEGMENTS: Final = {"C": 8, "T": 13, "L": 6, "S": 5}
"""How many levels a region has, in the animal that has most."""
REGIONS: Final = {"C": "cervical", "T": "thoracic", "L": "lumbar", "S": "sacral"}
PREFIX: Final = "LEVEL:"
"""Ids are ``LEVEL:T10`` for a level and ``LEVEL:T`` for a region."""
_WRITTEN: Final = re.compile(r"(?:LEVEL:)?(C|TH?|D|L|S)[ -]?(\d{1,2})", re.IGNORECASE)
_RANGE: Final = re.compile(r"(.*\d)\s*(?:\.\.|[-‐-―−])\s*(.*\d)")
_ALL: Final = tuple(f"{region}{number}" for region, last in SEGMENTS.items() for number in range(1, last + 1))
"""From above to below."""


def is_level(level: str) -> bool:
    """Whether ``level`` (``T10``) names a level that exists."""
    region, number = level[:1], level[1:]
    return region in SEGMENTS and number.isdecimal() and 1 <= int(number) <= SEGMENTS[region]


def level_of(written: str) -> str | None:
    """``T10`` for ``T10``, ``Th-10``, ``th 10``, ``D10``, ``LEVEL:T10``; `None` for what is no level."""
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        return None
    region = found[1][0].upper().replace("D", "T")
    level = f"{region}{int(found[2])}"
    return level if is_level(level) else None


def ids_of(written: str) -> tuple[str, ...]:
    """Ids of a level, a region (``thoracic``) or every level of a range (``T8-T10``, ``T8-10``); else none."""
    wanted = written.strip().lower()
    region = next(
        (PREFIX + letter for letter, name in REGIONS.items() if wanted in (name, f"{PREFIX}{letter}".lower())), ""
    )
    if region:
        return (region,)
    levels = (level,) if (level := level_of(written)) else _between(written)
    return tuple(PREFIX + level for level in levels)


def _between(written: str) -> tuple[str, ...]:
    ends = _RANGE.fullmatch(written.strip())
    first = level_of(ends[1]) if ends else None
    if ends is None or first is None:
        return ()
    last = level_of(first[0] + ends[2] if ends[2].isdecimal() else ends[2])
    return _ALL[_ALL.index(first) : _ALL.index(last) + 1] if last else ()


def name_of(id: str) -> str:
    """``T10`` for ``LEVEL:T10``, ``thoracic`` for ``LEVEL:T``."""
    written = id.removeprefix(PREFIX)
    return REGIONS.get(written, written)


def ancestors_of(id: str) -> tuple[str, ...]:
    """A level and its region, itself first."""
    level = id.removeprefix(PREFIX)
    return (id, PREFIX + level[0]) if is_level(level) else (id,)
