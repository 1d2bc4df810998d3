"""Species by NCBI Taxonomy: Latin names, short Latin names, common names and adjectives."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from nlp.entities.base import Match, Passage
from records.annotation import EntityKind

KIND: Final = EntityKind.SPECIES
TABLE: Final = "species"

_BINOMIAL: Final = re.compile(r"^([A-Z])[a-z]+ ([a-z]{3,})$")
_ACRONYMS: Final = frozenset({"APE", "BAT", "CAT", "COW", "DOG", "HEN", "PIG", "RAT"})
"""CAT is an enzyme, RAT a test, BAT a tissue."""


def variants(name: str) -> Iterable[str]:
    """``Caenorhabditis elegans`` is also written ``C. elegans``."""
    if found := _BINOMIAL.match(name):
        yield f"{found[1]}. {found[2]}"


def tells(synonym: str) -> bool:
    """Every synonym does."""
    return True


_CLICK: Final = re.compile(r"[ -]click", re.IGNORECASE)


def refine(passage: Passage, found: list[Match]) -> list[Match]:
    """Without acronyms that read like an animal, and the mouse that is clicked."""
    return [
        match
        for match in found
        if passage.text[match.start : match.end] not in _ACRONYMS and not _CLICK.match(passage.text, match.end)
    ]
