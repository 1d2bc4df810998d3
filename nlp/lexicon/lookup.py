"""Names, ids and ancestors, quickly: a table is read when first needed, and nothing is parsed beforehand."""

from __future__ import annotations

from bisect import bisect_left
from functools import cache
from typing import Final

from nlp.lexicon.folding import fold
from nlp.lexicon.levels import level_of
from nlp.lexicon.tables import Concept, baked_text, curated_names, parse_line
from records.annotation import EntityKind

_TABLE_OF_PREFIX: Final = {
    "CL": "cell_types",
    "EFO": "cell_types",
    "MONDO": "conditions",
    "NCBITaxon": "species",
    "UBERON": "anatomy",
}
_TABLE_OF_KIND: Final = {
    EntityKind.ANATOMY: "anatomy",
    EntityKind.CELL_TYPE: "cell_types",
    EntityKind.CONDITION: "conditions",
    EntityKind.SPECIES: "species",
}
_LEVEL: Final = "LEVEL:"
_STEM: Final = 5


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
        """All ancestors by *is a* and *part of*, ``id`` itself first and the nearest next."""
        return _ancestors(id)

    def name(self, id: str) -> str:
        """Preferred name; ``id`` itself where it is unknown, ``T10`` for ``LEVEL:T10``."""
        if id.startswith(_LEVEL):
            return id.removeprefix(_LEVEL)
        concept = self.concept(id)
        return concept.name if concept else id

    def resolve(self, kind: str, name: str) -> tuple[str, ...]:
        """Ids of ``kind`` for a name, a synonym or an id, whatever its case and number."""
        try:
            entity_kind = EntityKind(kind)
        except ValueError:
            return ()
        if entity_kind is EntityKind.LEVEL:
            return _resolve_level(name)
        table = _TABLE_OF_KIND[entity_kind]
        concept = self.concept(_canonical_id(name))
        if concept and _TABLE_OF_PREFIX[concept.id.partition(":")[0]] == table:
            return (concept.id,)
        return _resolve_name(table, name)


def _canonical_id(name: str) -> str:
    prefix, colon, number = name.strip().partition(":")
    known = {one.lower(): one for one in _TABLE_OF_PREFIX}.get(prefix.lower())
    return f"{known}{colon}{number}" if known else name


def _resolve_level(name: str) -> tuple[str, ...]:
    level = level_of(name)
    return (_LEVEL + level,) if level else ()


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
