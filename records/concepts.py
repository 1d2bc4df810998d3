"""The kinds of concepts that a query can ask for: one row each. Fields, facets and look-ups follow from it."""

from __future__ import annotations

from typing import Final

import msgspec

from records.annotation import EntityKind


class ConceptField(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked and counted of one kind of entity."""

    name: str
    """The field of the query language."""
    kind: EntityKind
    """What its values are."""
    help: str
    """What it finds."""
    example: str
    """A clause that finds something."""
    table: str = ""
    """Its table of the vocabulary; empty where rules alone know its ids."""
    prefixes: tuple[str, ...] = ()
    """What the ids of the table begin with."""


CONCEPTS: Final = (
    ConceptField(
        name="species",
        kind=EntityKind.SPECIES,
        help="species or a group of them (NCBI Taxonomy)",
        example="species:human",
        table="species",
        prefixes=("NCBITaxon",),
    ),
    ConceptField(
        name="cell",
        kind=EntityKind.CELL_TYPE,
        help="cell type, with its descendants (Cell Ontology, EFO)",
        example='cell:"neural stem cell"',
        table="cell_types",
        prefixes=("CL", "EFO"),
    ),
    ConceptField(
        name="condition",
        kind=EntityKind.CONDITION,
        help="condition, with its descendants (MONDO)",
        example='condition:"spinal cord injury"',
        table="conditions",
        prefixes=("MONDO",),
    ),
    ConceptField(
        name="anatomy",
        kind=EntityKind.ANATOMY,
        help="anatomy, with its parts and kinds (UBERON)",
        example='anatomy:"spinal cord"',
        table="anatomy",
        prefixes=("UBERON",),
    ),
    ConceptField(
        name="level",
        kind=EntityKind.LEVEL,
        help="cord or vertebral level; a region (`level:thoracic`) and a range (`level:T8-T10`) find every level in it",
        example="level:C5",
    ),
)
"""In the order in which facets are named."""
