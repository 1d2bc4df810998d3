"""Every documented example of a field finds a record that has what it asks for, on every backend."""

from __future__ import annotations

import msgspec
import pytest

from index.backend import Backend
from index.document import IndexDocument, make_document
from index.fields import FIELDS
from index.search import Searcher
from library.types import StoredAnnotation, StoredRecord
from records.annotation import Direction, EntityKind
from records.dates import PartialDate
from records.identifiers import Identifiers
from records.query import Mode
from records.record import Author, Kind, PublicationStatus, Record, Section
from records.trial import Trial, TrialStatus
from tests.index.index_world import HUMAN, LEXICON, NEURAL_STEM_CELL, NOW, SPINAL_CORD_INJURY, found_in, mention

SPINAL_CORD = "UBERON:0002240"
ARTICLE = Record(
    source="pubmed",
    source_id="99000010",
    kind=Kind.ARTICLE,
    title="Exosomes in cord injury",
    abstract=(Section(text="There was no control group."),),
    authors=(Author(family="Aoyama"),),
    identifiers=Identifiers(doi="10.5555/cw.99000010", pmid="99000010", pmcid="PMC9900001"),
    published=PartialDate(year=2024, month=3),
    container_title="Annals of Cord Repair",
    publication_types=("Randomized Controlled Trial",),
    mesh_headings=("Rats",),
    status=PublicationStatus.RETRACTED,
)
PREPRINT = Record(source="biorxiv", source_id="10.5555/p1", kind=Kind.PREPRINT, title="Steps")
TRIAL = Record(
    source="clinicaltrials",
    source_id="NCT99000001",
    kind=Kind.REGISTRATION,
    title="Grafts",
    identifiers=Identifiers(registrations=("NCT99000001",)),
    trial=Trial(status=TrialStatus.RECRUITING, phases=("PHASE1",)),
)
FOUND = found_in(
    ARTICLE,
    ("BBB", Direction.IMPROVED),
    entities=[
        mention(EntityKind.SPECIES, HUMAN),
        mention(EntityKind.CELL_TYPE, NEURAL_STEM_CELL),
        mention(EntityKind.CONDITION, SPINAL_CORD_INJURY),
        mention(EntityKind.ANATOMY, SPINAL_CORD),
        mention(EntityKind.LEVEL, "LEVEL:C5"),
    ],
)


def _document(record: Record) -> IndexDocument:
    stored = StoredRecord(
        record=record, uid=record.uid, seq=1, version=1, content_hash=b"one", first_seen=NOW, last_changed=NOW
    )
    kept = StoredAnnotation(annotation=FOUND, record_version=1) if record is ARTICLE else None
    return make_document(stored, kept, None, LEXICON, seq=1)


@pytest.fixture
def searcher(empty_backend: Backend) -> Searcher:
    empty_backend.write([_document(one) for one in (ARTICLE, PREPRINT, TRIAL)], [], seq=1)
    return Searcher(empty_backend, _no_encoder, lambda: LEXICON)


def _no_encoder() -> None:
    raise AssertionError("a lexical query does not need the model")


def test_every_example_finds_something(searcher: Searcher) -> None:
    nothing = [spec.example for spec in FIELDS.values() if not searcher.search(spec.example, mode=Mode.LEXICAL).hits]
    assert nothing == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("level:c5", True),
        ("level:C-5", True),
        ("level:cervical", True),
        ("level:C4-C6", True),
        ("level:C4..T1", True),
        ("level:T5", False),
        ("level:thoracic", False),
        ("level:C6-T10", False),
        ('measure:"basso beattie bresnahan"', True),
        ('measure:"BBB score"', True),
        ("measure:(BMS OR BBB) outcome:improved", True),
        ("measure:(BMS OR BBB) outcome:worsened", False),
        ('measure:"Basso Mouse Scale"', False),
    ],
)
def test_levels_and_measures_are_found_by_their_names(searcher: Searcher, query: str, found: bool) -> None:
    assert bool(searcher.search(query, mode=Mode.LEXICAL).hits) is found


def test_a_date_that_cannot_be_read_is_no_date() -> None:
    undated = _document(msgspec.structs.replace(ARTICLE, published=PartialDate(raw="Spring, undated")))
    assert (undated.published, undated.summary.published, undated.keywords["year"]) == (0, "", ())


def test_a_level_is_counted_under_its_name(searcher: Searcher) -> None:
    counted = searcher.facets("", fields=["level", "anatomy"])
    assert [(row.value, row.name) for row in counted["level"]] == [("LEVEL:C5", "C5")]
    assert [row.name for row in counted["anatomy"]] == ["spinal cord"]
