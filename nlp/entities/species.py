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
_SHAKES: Final = re.compile(r"[ -]shak", re.IGNORECASE)
"""A wet-dog shake is a movement."""
_HUMAN: Final = "NCBITaxon:9606"
_STAGE: Final = re.compile(r"(?:adolescent|infant|child|baby|toddler|newborn|neonate|teenage)s?$", re.IGNORECASE)
_TO_ANIMAL: Final = re.compile(r"[ -](?:(?!and\b|or\b|with\b|to\b|from\b)[\w-]+ ){0,3}$")
"""Between a stage of life and the animal that is in it: "adolescent female mice"."""


def refine(passage: Passage, found: list[Match]) -> list[Match]:
    """Without acronyms that read like an animal, the mouse that is clicked, and the infancy of animals."""
    others = [match for match in found if match.id != _HUMAN]
    return [match for match in found if not _is_none(passage.text, match, others)]


def _is_none(text: str, match: Match, others: list[Match]) -> bool:
    written = text[match.start : match.end]
    if written in _ACRONYMS or _CLICK.match(text, match.end) or _SHAKES.match(text, match.end):
        return True
    if match.id != _HUMAN or not _STAGE.match(written):
        return False
    return any(match.end < other.start and _TO_ANIMAL.fullmatch(text[match.end : other.start]) for other in others)
