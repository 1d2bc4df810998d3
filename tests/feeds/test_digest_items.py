"""What a digest and a feed say of a work: the leading record's own finding, and not only its good half."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from feeds.digests.items import WorkItem, make_item
from library import Library
from nlp.annotate import annotate
from nlp.pipeline import Pipeline
from records.identifiers import Identifiers
from records.record import Kind, PublicationStatus, Record, Relation, RelationType, Section
from records.trial import TrialStatus
from tests.feeds.digest_world import article, registration

GOOD = "AIS grade improved in 9 of 10 patients."
PARTLY = "With training, BMS scores improved in grafted mice."
NULL = "Grafts alone did not improve BMS scores."
TRIAL = Identifiers(registrations=("NCT99200001",))
HARM = "Serious adverse events occurred in two patients."
NO_HARM = "There were no serious adverse events."


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return Pipeline.load()


def item_of(records: Sequence[Record], folder: Path, pipeline: Pipeline) -> WorkItem:
    with Library.open(folder / "library.sqlite3") as library:
        with library.transaction() as writer:
            for record in records:
                writer.put(record, content=b"x", media_type="text/plain")
        annotate(library, pipeline)
        uids = tuple(record.uid for record in records)
        item = make_item(uids, library.get_many(uids), library.annotations(uids))
    assert item is not None
    return item


def paper(text: str, *, kind: Kind = Kind.ARTICLE, number: str = "99200001", **identifiers: str) -> Record:
    abstract = (Section(text=text),) if text else ()
    ids = Identifiers(registrations=("NCT99200001",), **identifiers)  # type: ignore[arg-type]
    return article(number, source=kind.value, kind=kind, abstract=abstract, identifiers=ids)


def test_a_preprints_result_is_not_the_papers(tmp_path: Path, pipeline: Pipeline) -> None:
    found = item_of(
        [paper("We treated patients."), paper(GOOD, kind=Kind.PREPRINT, number="99200002")], tmp_path, pipeline
    )
    assert (found.kind, found.finding) == ("article", "")


def test_a_copy_of_the_paper_speaks_for_it(tmp_path: Path, pipeline: Pipeline) -> None:
    copy = article("99200003", source="europepmc", identifiers=Identifiers(doi="10.5555/one"))
    whole = paper(GOOD, doi="10.5555/one", number="99200004")
    assert item_of([copy, whole], tmp_path, pipeline).finding == GOOD


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"{PARTLY} {NULL}", f"{PARTLY} … {NULL}"),
        (f"{NULL} {PARTLY}", f"{NULL} … {PARTLY}"),
        (f"{GOOD} {HARM}", f"{GOOD} … {HARM}"),
        (f"{GOOD} {NO_HARM}", GOOD),
        (NULL, NULL),
        (GOOD, GOOD),
    ],
)
def test_half_of_a_result_is_not_shown(text: str, shown: str, tmp_path: Path, pipeline: Pipeline) -> None:
    assert item_of([paper(text)], tmp_path, pipeline).finding == shown


def test_what_a_retracted_paper_found_is_not_shown_of_its_press_either(tmp_path: Path, pipeline: Pipeline) -> None:
    names = (Relation(type=RelationType.MENTIONS, target="pmid:99200009"),)
    story = article("99200006", kind=Kind.PRESS, abstract=(Section(text=GOOD),), relations=names)
    with Library.open(tmp_path / "library.sqlite3") as library, library.transaction() as writer:
        paper = article("99200009", status=PublicationStatus.RETRACTED)
        writer.put(paper, content=b"x", media_type="text/plain")
    found = item_of([story], tmp_path, pipeline)
    assert (found.finding, found.warning, found.caution) == ("", "", "names a RETRACTED paper")


def test_a_review_says_so(tmp_path: Path, pipeline: Pipeline) -> None:
    text = (Section(text=GOOD),)
    types = ("Journal Article", "Review")
    record = article("99200005", container_title="Cord", abstract=text, publication_types=types)
    found = item_of([record], tmp_path, pipeline)
    assert (found.badge[0], found.finding) == ("review, peer-reviewed", "")


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({}, "article"),
        ({"publication_types": ("Journal Article",)}, "article"),
        ({"container_title": "Cord"}, "article"),
        ({"container_title": "Cord", "publication_types": ("journal-article",)}, "peer-reviewed"),
        ({"container_title": "Cord", "publication_types": ("Journal Article", "Editorial")}, "editorial"),
        ({"container_title": "Cord", "publication_types": ("Lecture",)}, "lecture"),
    ],
)
def test_only_what_is_known_to_be_reviewed_says_so(
    fields: dict[str, Any], label: str, tmp_path: Path, pipeline: Pipeline
) -> None:
    item = item_of([article("99200005", **fields)], tmp_path, pipeline)
    assert item.badge[0] == label
    assert (item.colour == "article") == (label == "peer-reviewed")


def test_each_paper_of_a_trial_stands_for_itself(tmp_path: Path, pipeline: Pipeline) -> None:
    sound, bad = paper(GOOD, number="99200001"), paper(GOOD, number="99200002")
    bad = msgspec.structs.replace(bad, status=PublicationStatus.RETRACTED, title="Fabricated")
    trial = article("99200003", source="clinicaltrials", kind=Kind.REGISTRATION, title="Trial", identifiers=TRIAL)
    found = item_of([sound, bad, trial], tmp_path, pipeline)
    assert (found.uid, found.warning, found.finding) == ("article:99200001", "", GOOD)
    assert [(other.title, other.warning, other.finding) for other in found.others] == [
        ("Fabricated", "RETRACTED", ""),
        ("Trial", "", ""),
    ]
    assert found.others[1].place == "NCT99200001"


def test_a_long_abstract_begins_with_what_others_found(tmp_path: Path, pipeline: Pipeline) -> None:
    text = "In earlier work BBB scores improved. " + "The cord was looked at in many ways. " * 20 + NULL
    assert item_of([paper(text)], tmp_path, pipeline).finding == NULL


def test_a_trial_whose_status_is_unknown_is_not_unknown_itself(tmp_path: Path, pipeline: Pipeline) -> None:
    trial = registration("NCT99200001", TrialStatus.UNKNOWN)
    assert "status unknown" in item_of([trial], tmp_path, pipeline).badge
    assert "trial status unknown" in item_of([trial, paper(GOOD)], tmp_path, pipeline).badge
