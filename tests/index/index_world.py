"""An invented shelf of records for the tests of searching: few, but one for each thing that can be asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.document import IndexDocument, make_document
from library import Library
from library.types import Embedding, StoredAnnotation, StoredRecord
from nlp.lexicon.lookup import Lexicon
from records.annotation import Annotation, Direction, Entity, EntityKind, Finding, Span
from records.dates import PartialDate
from records.identifiers import Identifiers
from records.record import Kind, PublicationStatus, Record, Relation, RelationType, Section
from records.trial import Trial, TrialStatus

MODEL = "invented 1"
DIMENSION = 16
NOW = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
LEXICON = Lexicon()
RAT, HUMAN = "NCBITaxon:10116", "NCBITaxon:9606"
NEURAL_STEM_CELL, SPINAL_CORD_INJURY = "CL:0000047", "MONDO:0043797"


def article(number: int, title: str, abstract: str = "", **fields: object) -> Record:
    """An article with the PMID 9910 and its number."""
    values: dict[str, object] = {
        "source": "pubmed",
        "source_id": f"9910{number:04d}",
        "kind": Kind.ARTICLE,
        "title": title,
        "abstract": (Section(text=abstract),) if abstract else (),
        "identifiers": Identifiers(pmid=f"9910{number:04d}"),
        "published": PartialDate(year=2020 + number),
        "container_title": "Annals of Cord Repair",
    }
    return Record(**(values | fields))  # type: ignore[arg-type]


def found_in(record: Record, *findings: tuple[str, Direction], entities: Sequence[Entity] = ()) -> Annotation:
    """An annotation whose findings all point at the first sentence of the abstract."""
    whole = Span(field="abstract", start=0, end=len(record.text_of("abstract")))
    return Annotation(
        pipeline="invented",
        entities=tuple(entities),
        findings=tuple(
            Finding(measure=measure, direction=direction, text=measure, span=whole, sentence=whole, rule="invented")
            for measure, direction in findings
        ),
    )


def mention(kind: EntityKind, id: str, *, negated: bool = False) -> Entity:
    """A mention of a concept, at the start of the title."""
    span = Span(field="title", start=0, end=1)
    return Entity(kind=kind, id=id, name=LEXICON.name(id), text="x", span=span, negated=negated, rule="invented")


RECORDS = (
    article(1, "Neural stem cells restore stepping in rats", "BBB scores improved in grafted rats. Pain was not seen."),
    article(
        2,
        "Olfactory glia in people",
        "Motor scores did not change after one year.",
        published=PartialDate(year=2022, month=5, day=17),
    ),
    article(
        3,
        "Naïve Schwann cells and the α7 receptor",
        "A note on methods.",
        container_title="Other Journal",
        identifiers=Identifiers(pmid="99100003", doi="10.5555/cw.3"),
        status=PublicationStatus.CONCERN,
    ),
    article(
        4,
        "Exosomes restore walking",
        "BBB scores doubled.",
        identifiers=Identifiers(pmid="99100004", pmcid="PMC9910004", doi="10.5555/cw.99100004"),
        status=PublicationStatus.RETRACTED,
    ),
    Record(
        source="clinicaltrials",
        source_id="NCT99100005",
        kind=Kind.REGISTRATION,
        title="Neural grafts in chronic cord injury",
        identifiers=Identifiers(registrations=("NCT99100005", "jRCTa990190077")),
        trial=Trial(status=TrialStatus.RECRUITING, phases=("PHASE1",), enrollment=12, eligibility="Paraplegia"),
        relations=(Relation(type=RelationType.REGISTRATION_OF, target="pmid:99100008"),),
    ),
    Record(
        source="press",
        source_id="ab12",
        kind=Kind.PRESS,
        title="Patient walks again",
        abstract=(Section(text="A short teaser."),),
        body="The whole story of stepping, which is kept for searching only. See https://doi.org/10.5555/cw.99100004.",
        published=PartialDate(year=2026, month=1, day=1),
    ),
    article(7, "Under embargo: stepping", "Grafts.", embargo_until=dt.datetime(2999, 1, 1, tzinfo=dt.UTC)),
    article(8, "", "A record without a title."),
)
HARMFUL = article(11, "Grafts that grow", "Rats walked, and then they did not.")
ANNOTATIONS = {
    "pubmed:99100011": found_in(
        HARMFUL,
        ("BBB", Direction.IMPROVED),
        ("GAIT", Direction.IMPROVED),
        ("ALLODYNIA", Direction.UNCHANGED),
        ("TUMOUR", Direction.WORSENED),
        ("MORTALITY", Direction.WORSENED),
        ("BBB", Direction.WORSENED),
        ("BBB", Direction.IMPROVED),
    ),
    "pubmed:99100001": found_in(
        RECORDS[0],
        ("BBB", Direction.IMPROVED),
        ("ALLODYNIA", Direction.UNCHANGED),
        entities=[mention(EntityKind.SPECIES, RAT), mention(EntityKind.CELL_TYPE, NEURAL_STEM_CELL)],
    ),
    "pubmed:99100002": found_in(
        RECORDS[1],
        ("BBB", Direction.UNCHANGED),
        ("GAIT", Direction.IMPROVED),
        entities=[mention(EntityKind.SPECIES, HUMAN)],
    ),
    "pubmed:99100003": found_in(RECORDS[2], entities=[mention(EntityKind.CELL_TYPE, NEURAL_STEM_CELL, negated=True)]),
    "clinicaltrials:NCT99100005": found_in(RECORDS[4], entities=[mention(EntityKind.CONDITION, SPINAL_CORD_INJURY)]),
}


def vector(place: int) -> NDArray[np.float32]:
    """The unit vector along one axis."""
    found = np.zeros(DIMENSION, dtype=np.float32)
    found[place % DIMENSION] = 1.0
    return found


def embedding(*vectors: NDArray[np.float32]) -> Embedding:
    """The windows of one record."""
    matrix = np.array(vectors, dtype="<f2")
    return Embedding(
        model=MODEL,
        content_hash=matrix.tobytes(),
        vectors=matrix.tobytes(),
        windows=len(matrix),
        dimension=matrix.shape[1],
    )


def document(record: Record, place: int, *, seq: int = 1, content_hash: bytes = b"one") -> IndexDocument:
    """The document of a record, with its annotation and the vector of its place."""
    stored = StoredRecord(
        record=record, uid=record.uid, seq=seq, version=1, content_hash=content_hash, first_seen=NOW, last_changed=NOW
    )
    annotation = ANNOTATIONS.get(record.uid)
    kept = StoredAnnotation(annotation=annotation, record_version=1) if annotation else None
    return make_document(stored, kept, embedding(vector(place)), LEXICON, seq=seq)


DOCUMENTS = tuple(document(record, place) for place, record in enumerate(RECORDS))


def put(library: Library, *records: Record, embed: bool = True) -> None:
    """Keep records, and a vector of each, as the stages would."""
    with library.transaction() as writer:
        for record in records:
            writer.put(record, content=record.uid.encode(), media_type="text/plain")
            if embed:
                writer.put_embedding(record.uid, embedding(vector(sum(record.uid.encode()))))


def make_library(folder: Path, *records: Record) -> Library:
    """A library of these records, of `RECORDS` if none are given; the caller closes it."""
    library = Library.open(folder / "library.sqlite3")
    put(library, *(records or RECORDS))
    return library
