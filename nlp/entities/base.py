"""What every kind of entity works with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from nlp.lexicon.folding import Word
from records.annotation import EntityKind


class Match(NamedTuple):
    """A mention with its identifier; ``start`` and ``end`` are code points of the text."""

    kind: EntityKind
    id: str
    name: str
    start: int
    end: int
    rule: str


class Passage(NamedTuple):
    """A text as the kinds see it."""

    text: str
    words: list[Word]
    """Its folded words, with breaks."""
    abbreviations: Mapping[str, str]
    """Short forms that the document defines."""


class Kind(Protocol):
    """What a module of this folder offers to be found by the registry."""

    KIND: EntityKind
    """What it finds."""
    TABLE: str
    """The table of the vocabulary that it looks up; ``""`` where rules alone find it."""

    def variants(self, name: str) -> Iterable[str]:
        """Further ways to write a name of the vocabulary."""

    def tells(self, synonym: str) -> bool:
        """Whether a synonym of the ontology says in running text what it stands for, with no definition beside it."""

    def refine(self, passage: Passage, found: list[Match]) -> list[Match]:
        """The matches of the vocabulary, longest first choice made, put right for this kind."""


def longest(found: list[Match]) -> list[Match]:
    """The longest matches that do not overlap, the earlier of two equals, in text order."""
    chosen: list[Match] = []
    taken: set[int] = set()
    for match in sorted(found, key=lambda match: (match.start - match.end, match.start)):
        if match.start not in taken and match.end - 1 not in taken:
            chosen.append(match)
            taken.update(range(match.start, match.end))
    return sorted(chosen, key=lambda match: match.start)
