"""Anatomy by UBERON: organs, tissues and the parts of the nervous system."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from nlp.entities.base import Match, Passage
from records.annotation import EntityKind

KIND: Final = EntityKind.ANATOMY
TABLE: Final = "anatomy"


def variants(name: str) -> Iterable[str]:
    """None beyond what the vocabulary has."""
    return ()


def tells(synonym: str) -> bool:
    """Every synonym does."""
    return True


def refine(passage: Passage, found: list[Match]) -> list[Match]:
    """Every match as it is."""
    return found
