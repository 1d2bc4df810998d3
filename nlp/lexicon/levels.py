"""Levels of the spine and the spinal cord: C1–C8, T1–T13, L1–L6, S1–S5.

A level is written ``T10`` whether a vertebra or a segment of the cord is meant: texts mostly do not say which. Rats and
mice have thirteen thoracic and six lumbar vertebrae.
"""

from __future__ import annotations

import re
from typing import Final

SEGMENTS: Final = {"C": 8, "T": 13, "L": 6, "S": 5}
"""How many levels a region has, in the animal that has most."""
_WRITTEN: Final = re.compile(r"(?:LEVEL:)?(C|TH?|D|L|S)[ -]?(\d{1,2})", re.IGNORECASE)


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
