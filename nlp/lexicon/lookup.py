"""Names, ids and ancestors, quickly: a table is read when first needed, and nothing is parsed beforehand."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from typing import Final

from nlp.lexicon import levels
from nlp.lexicon.folding import fold
from nlp.lexicon.tables import Concept, baked_text, curated_names, parse_line, read_concepts
from nlp.measures import measures, measures_called
from records.annotation import EntityKind
from records.concepts import CONCEPTS

_TABLE_OF_PREFIX: Final = {prefix: concept.table for concept in CONCEPTS for prefix in concept.prefixes}
_TABLE_OF_KIND: Final = {concept.kind: concept.table for concept in CONCEPTS if concept.table}
_MEASURE: Final = "measure"
"""Measures have a table of their own, and are asked for as concepts are."""
_STEM: Final = 5
_NEAR: Final = 3
"""How many near names are told."""


@cache
def _lines(table: str) -> list[str]:
    return baked_text(table).splitlines()


@cache
def _concept(id: str) -> Concept | None:
    table = _TABLE_OF_PREFIX.get(id.partition(":")[0])
    if table is None:
        return None
    lines = _lines(table)
    position = bisect_left(lines, id + "\t")
    if position == len(lines) or not lines[position].startswith(id + "\t"):
        return None
    return parse_line(lines[position])


@cache
def _ancestors(id: str) -> tuple[str, ...]:
    found = {id: None}
    wave = [id]
    while wave:
        concepts = (_concept(one) for one in wave)
        parents = [parent for concept in concepts if concept for parent in concept.parents]
        wave = [parent for parent in dict.fromkeys(parents) if parent not in found]
        found.update(dict.fromkeys(wave))
    return tuple(found)


class Lexicon:
    """The vocabulary, read lazily; implements `records.protocols.Ontology`."""

    def concept(self, id: str) -> Concept | None:
        """The concept of an id, or ``None`` where the vocabulary does not have it."""
        return _concept(id)

    def ancestors(self, id: str) -> tuple[str, ...]:
        """All ancestors by *is a* and *part of*, ``id`` itself first and the nearest next; of a level, its region."""
        return levels.ancestors_of(id) if id.startswith(levels.PREFIX) else _ancestors(id)

    def name(self, id: str) -> str:
        """Preferred name; ``id`` itself where it is unknown, ``T10`` for ``LEVEL:T10``."""
        if id.startswith(levels.PREFIX):
            return levels.name_of(id)
        concept = self.concept(id)
        return concept.name if concept else id

    def resolve(self, kind: str, name: str) -> tuple[str, ...]:
        """Ids of ``kind`` for a name, a synonym or an id, whatever its case and number.

        Args:
            kind: An `EntityKind`, or ``measure``.
            name: As typed.
        """
        if kind == _MEASURE:
            return measures_called(name)
        try:
            entity_kind = EntityKind(kind)
        except ValueError:
            return ()
        if entity_kind is EntityKind.LEVEL:
            return levels.ids_of(name)
        table = _TABLE_OF_KIND[entity_kind]
        concept = self.concept(_canonical_id(name))
        if concept and _TABLE_OF_PREFIX[concept.id.partition(":")[0]] == table:
            return (concept.id,)
        return _resolve_name(table, name)

    def near(self, kind: str, name: str) -> tuple[str, ...]:
        """Up to three names of ``kind`` that are written nearly so, the nearest first."""
        written = {one.lower(): one for one in _names(kind)}
        return tuple(written[one] for one in get_close_matches(name.lower(), written, n=_NEAR))


def _names(kind: str) -> Iterator[str]:
    """The names of a kind that a user would type."""
    if kind == _MEASURE:
        for key, measure in measures().items():
            yield from (measure.title, key)
    elif kind == EntityKind.LEVEL:
        yield from levels.REGIONS.values()
    elif kind in _TABLE_OF_KIND:
        table = _TABLE_OF_KIND[EntityKind(kind)]
        yield from (concept.name for concept in read_concepts(table))
        yield from (name.name for name in curated_names(table))


def _canonical_id(name: str) -> str:
    prefix, colon, number = name.strip().partition(":")
    known = {one.lower(): one for one in _TABLE_OF_PREFIX}.get(prefix.lower())
    return f"{known}{colon}{number}" if known else name


def _resolve_name(table: str, name: str) -> tuple[str, ...]:
    """Ids by a curated name, else by preferred names, else by synonyms."""
    wanted = fold(name)
    curated = dict.fromkeys(one.id for one in curated_names(table) if fold(one.name) == wanted)
    if curated:
        return tuple(curated)
    concepts = [parse_line(line) for line in _rows_with(table, wanted)]
    named = [concept.id for concept in concepts if fold(concept.name) == wanted]
    if named:
        return tuple(named)
    return tuple(concept.id for concept in concepts if any(fold(one) == wanted for one in concept.synonyms))


def _rows_with(table: str, wanted: str) -> list[str]:
    """Lines that can hold the folded name: those with the beginning of its longest word."""
    stem = max(wanted.split(), key=len, default="")[:_STEM]
    return [line for line in _lines(table) if stem in line.lower()] if stem else []
