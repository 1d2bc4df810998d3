"""The fields of the query language: one table for parser, backends and documentation."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from records.annotation import Direction
from records.concepts import CONCEPTS
from records.record import Kind, PublicationStatus
from records.trial import PHASES, TrialStatus


class FieldType(StrEnum):
    """How a field's values are compared."""

    DATE = "date"
    """``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; ranges."""
    KEYWORD = "keyword"
    """Whole value, whatever the case."""
    CONCEPT = "concept"
    """A vocabulary id, or a name that is resolved to ids; finds its descendants too."""
    TEXT = "text"
    """Words of one text field."""


class FieldSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One field of the query language."""

    type: FieldType
    help: str
    example: str
    values: tuple[str, ...] = ()
    """All values there are, where they are few."""
    kind: str = ""
    """For concepts: `records.annotation.EntityKind`, or ``measure``."""


def _keyword(help: str, example: str, values: tuple[str, ...] = ()) -> FieldSpec:
    return FieldSpec(type=FieldType.KEYWORD, help=help, example=example, values=values)


def _concept(help: str, example: str, kind: str) -> FieldSpec:
    return FieldSpec(type=FieldType.CONCEPT, help=help, example=example, kind=kind)


def _text(help: str, example: str) -> FieldSpec:
    return FieldSpec(type=FieldType.TEXT, help=help, example=example)


_FIELDS: Final[dict[str, FieldSpec]] = {
    "abstract": _text("words of the abstract", 'abstract:"no control group"'),
    "author": _keyword("family name of an author", "author:aoyama"),
    "date": FieldSpec(type=FieldType.DATE, help="date of publication", example="date:2024-01..2024-06-30"),
    "doi": _keyword("DOI, bare or as an address", "doi:10.5555/cw.99000010"),
    "is": _keyword(
        "what an item is or how it stands; doubtful: retracted, or about a retracted paper whose results it tells; "
        "sound: neither doubtful nor under an expression of concern",
        "is:retracted",
        (
            "retracted",
            "corrected",
            "doubtful",
            "preprint",
            "press",
            "registration",
            "article",
            "notice",
            "book",
            "sound",
        ),
    ),
    "journal": _keyword(
        "journal, preprint server, registry or press outlet, whole name", 'journal:"Annals of Cord Repair"'
    ),
    "kind": _keyword("what an item is", "kind:preprint", tuple(Kind)),
    "measure": _concept("outcome measure, by its key or a name of it (see docs/evidence.md)", "measure:BBB", "measure"),
    "mentions": _keyword(
        "a DOI, PMID, PMCID or registration number that a record bears, links to or names in its text",
        "mentions:10.5555/cw.99000010",
    ),
    "mesh": _keyword("MeSH heading, whole", 'mesh:"Rats"'),
    "outcome": _keyword("direction of an outcome; with measure: of that measure", "outcome:improved", tuple(Direction)),
    "phase": _keyword("trial phase", "phase:PHASE1", PHASES),
    "pmcid": _keyword("PubMed Central id", "pmcid:PMC9900001"),
    "pmid": _keyword("PubMed id", "pmid:99000010"),
    "registration": _keyword("trial registration number, with or without `JPRN-`", "registration:NCT99000001"),
    "source": _keyword("where it came from", "source:pubmed"),
    "status": _keyword("whether it still stands", "status:retracted", tuple(PublicationStatus)),
    "title": _text("words of the title", "title:exosomes"),
    "trial_status": _keyword("recruitment status of a registration", "trial_status:RECRUITING", tuple(TrialStatus)),
    "type": _keyword("publication type", 'type:"Randomized Controlled Trial"'),
    "year": FieldSpec(type=FieldType.DATE, help="year of publication", example="year:2020..2025"),
} | {concept.name: _concept(concept.help, concept.example, concept.kind) for concept in CONCEPTS}
FIELDS: Final[dict[str, FieldSpec]] = dict(sorted(_FIELDS.items()))
"""Alphabetical."""

FACETS: Final = (
    "kind", "year", *(concept.name for concept in CONCEPTS), "measure", "outcome", "finding", "status", "trial_status",
    "phase", "journal", "source", "type",
)  # fmt: skip
"""Fields that can be counted."""
MOST_VALUES: Final = 10_000
"""Values of a field that are counted at most."""
USUAL_FACETS: Final = ("kind", "year", "species", "cell", "measure", "outcome", "status")


def keyword_names() -> list[str]:
    """Names of the keyword and concept fields, ``finding`` (measure and direction of one finding) with them."""
    wanted = (FieldType.KEYWORD, FieldType.CONCEPT)
    return [name for name, spec in FIELDS.items() if spec.type in wanted] + ["finding", "year"]
