"""Entities: one module a kind, found by scanning this folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from records.annotation import EntityKind

if TYPE_CHECKING:
    from spacy.tokens import Doc


class Match(NamedTuple):
    """A mention with its identifier; ``start`` and ``end`` are code points of the text."""

    kind: EntityKind
    id: str
    name: str
    start: int
    end: int
    rule: str


class EntityMatcher:
    """Finds the entities of every kind. Build it once a process: `load` takes about a second."""

    @classmethod
    def load(cls) -> EntityMatcher:
        """A matcher over the baked lexicon and the curated names."""
        return cls()

    def __call__(self, doc: Doc, abbreviations: Mapping[str, str]) -> list[Match]:
        """All mentions in text order; mentions of one kind never overlap.

        Args:
            doc: The text, tokenised.
            abbreviations: Short forms that the document defines (`nlp.abbreviations.document_abbreviations`).
        """
        return []
