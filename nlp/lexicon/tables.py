"""The files of the vocabulary, read without spaCy: baked ``data/*.tsv.gz`` and hand-written ``curated/*.tsv``."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from records.concepts import CONCEPTS

DATA: Final = Path(__file__).parent / "data"
"""What `nlp.lexicon.bake` writes."""
CURATED: Final = Path(__file__).parent / "curated"
"""What is written by hand."""
TABLES: Final = tuple(sorted(concept.table for concept in CONCEPTS if concept.table))
"""One file of this name in each folder."""


class Concept(NamedTuple):
    """A thing with an identifier."""

    id: str
    name: str
    """The preferred name."""
    parents: tuple[str, ...]
    """By *is a* and *part of*."""
    synonyms: tuple[str, ...]
    """Further names of the ontology, exact or not: the ontologies' scopes are not in the extract."""


class CuratedName(NamedTuple):
    """A name that the ontologies lack, or that means something else there."""

    name: str
    id: str
    why: str


class StopName(NamedTuple):
    """A name of an ontology that in running text mostly means something else."""

    name: str
    table: str
    why: str


def baked_text(table: str) -> str:
    """The baked table as text: lines of ``id, name, parents, synonyms``, sorted by id."""
    return gzip.decompress((DATA / f"{table}.tsv.gz").read_bytes()).decode("utf-8")


def parse_line(line: str) -> Concept:
    """A line of a baked table."""
    id, name, parents, synonyms = line.split("\t")
    return Concept(id, name, tuple(parents.split()), tuple(synonyms.split("|")) if synonyms else ())


def format_line(concept: Concept) -> str:
    """The line that `parse_line` reads."""
    return "\t".join((concept.id, concept.name, " ".join(concept.parents), "|".join(concept.synonyms)))


def read_concepts(table: str) -> Iterator[Concept]:
    """Every concept of a baked table."""
    return map(parse_line, baked_text(table).splitlines())


def read_rows(path: Path) -> Iterator[list[str]]:
    """The cells of a hand-written table, without its heading."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return (line.split("\t") for line in lines[1:] if line)


def curated_names(table: str) -> list[CuratedName]:
    """The names added by hand to ``table``, in the order of the file."""
    return [CuratedName(*row) for row in read_rows(CURATED / f"{table}.tsv")]


def stop_names(table: str) -> list[StopName]:
    """The names of the ontologies that are not looked for."""
    return [stop for stop in (StopName(*row) for row in read_rows(CURATED / "stop.tsv")) if stop.table == table]


def unnamed_roots(table: str) -> list[str]:
    """Concepts that no text names, nor anything under them: stages of life in anatomy, qualifiers in conditions."""
    return [id for id, of_table, _ in read_rows(CURATED / "unnamed.tsv") if of_table == table]
