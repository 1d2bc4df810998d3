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


_ANTIBODY_BEFORE: Final = re.compile(r"\banti-?\s?$", re.IGNORECASE)
_ANTIBODY_AFTER: Final = re.compile(
    r"(?:[ -](?:monoclonal|polyclonal|secondary|primary))?[ -](?:anti-\w|antibod|antiser|serum\b|albumin\b|Ig[GMA]\b"
    r"|monoclonal\b|polyclonal\b|click)",
    re.IGNORECASE,
)


def refine(passage: Passage, found: list[Match]) -> list[Match]:
    """Without acronyms that read like an animal, and without animals that only made an antibody or a serum."""
    return [match for match in found if not _is_no_animal(passage.text, match)]


def _is_no_animal(text: str, match: Match) -> bool:
    if text[match.start : match.end] in _ACRONYMS or _ANTIBODY_AFTER.match(text, match.end):
        return True
    return bool(_ANTIBODY_BEFORE.search(text[max(0, match.start - 6) : match.start]))
