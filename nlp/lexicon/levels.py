"""Levels of the spine and the spinal cord: C1–C8, T1–T12, L1–L5, S1–S5, Co1."""

from __future__ import annotations

from typing import Final

SEGMENTS: Final = {"C": 8, "T": 12, "L": 5, "S": 5}
"""How many segments a region of the cord has."""


def is_level(level: str) -> bool:
    """Whether ``level`` (``T10``) names a segment that exists."""
    region, number = level[:1], level[1:]
    return region in SEGMENTS and number.isdecimal() and 1 <= int(number) <= SEGMENTS[region]
