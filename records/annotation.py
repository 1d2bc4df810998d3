"""What was found in a record, each finding with the place in the text that says so."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec


class EntityKind(StrEnum):
    """Kinds of entities. The vocabulary of each is named in its module under ``nlp/entities``."""

    ANATOMY = "anatomy"
    CELL_TYPE = "cell_type"
    CONDITION = "condition"
    LEVEL = "level"
    SPECIES = "species"


class Direction(StrEnum):
    """Which way an outcome went, for the patient or the animal: pain that decreases has *improved*."""

    IMPROVED = "improved"
    UNCHANGED = "unchanged"
    WORSENED = "worsened"


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A place in ``record.text_of(field)``, in code points, end exclusive."""

    field: str
    """``title``, ``abstract`` or ``body``."""
    start: int
    """First code point."""
    end: int
    """One past the last code point."""


class Entity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A mention of a thing that has an identifier."""

    kind: EntityKind
    """What it is."""
    id: str
    """Ontology identifier (``CL:0000540``, ``NCBITaxon:10116``, ``MONDO:…``, ``UBERON:…``) or ``LEVEL:C5``."""
    name: str
    """The vocabulary's preferred name for ``id``."""
    text: str
    """The words of the record."""
    span: Span
    """Where they stand."""
    negated: bool = False
    """Whether the text denies it: "without microglia"."""
    rule: str
    """What found it, with its version: ``lexicon@2026.11``."""


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A statement about an outcome measure."""

    measure: str
    """Key of the measure in the table of measures: ``BBB``."""
    direction: Direction | None = None
    """The net direction: "did not improve" is unchanged. ``None`` where the sentence does not say."""
    affirmed: bool = True
    """False where the sentence denies the change that it names: "did not improve"."""
    share: tuple[int, int] | None = None
    """Of how many of how many the direction is said: ``(2, 4)`` for "two of four patients improved"."""
    qualifier: str = ""
    """Of events that did not occur, which: ``serious related``. Of the others nothing is said then."""
    text: str
    """The words that name the measure."""
    span: Span
    """Where they stand."""
    cue: Span | None = None
    """The words that give the direction."""
    sentence: Span
    """The sentence that says so."""
    rule: str
    """What found it, with its version."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """How many were studied in all."""

    count: int
    """Patients, participants or animals."""
    span: Span
    """Where the number and the noun stand."""
    sentence: Span
    """The sentence that says so."""
    rule: str
    """What found it, with its version."""


class Annotation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything that one version of the pipeline found in one record."""

    pipeline: str
    """Name and version of the pipeline, rules and lexicon: ``cordwatch-nlp 1 lexicon 2026.11``."""
    entities: tuple[Entity, ...] = ()
    """In text order."""
    findings: tuple[Finding, ...] = ()
    """In text order."""
    sample: Sample | None = None
    """``None`` where the text does not say it once and plainly."""


_ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_DECODER: Final = msgspec.json.Decoder(Annotation)


def encode_annotation(annotation: Annotation) -> bytes:
    """The annotation as JSON, the same bytes for equal annotations."""
    return _ENCODER.encode(annotation)


def decode_annotation(encoded: bytes) -> Annotation:
    """The annotation that `encode_annotation` wrote."""
    return _DECODER.decode(encoded)
