"""What the shipped topics hold of records that are near their borders, all invented."""

from __future__ import annotations

from pathlib import Path

import pytest

from feeds.topics.matching import matches
from feeds.topics.reading import load_topics
from feeds.topics.window import open_window
from nlp.lexicon.lookup import Lexicon
from records.record import Kind, Record
from records.trial import Intervention, Trial, TrialStatus
from tests.feeds.world import article, make_library


def trial(number: int, title: str, summary: str, **fields: object) -> Record:
    """A registration of people with spinal cord injury, whose keywords name cell therapy."""
    return article(
        number,
        title,
        summary,
        kind=Kind.REGISTRATION,
        keywords=("spinal cord injury", "cell therapy"),
        trial=Trial(
            conditions=("Spinal Cord Injuries",),
            eligibility="Exclusion: previous stem cell therapy.",
            interventions=(Intervention(name="Training"),),
            status=TrialStatus.COMPLETED,
        ),
        **fields,
    )


WITH_CELLS = trial(1, "Stem cells in chronic paraplegia", "Mesenchymal cells are injected.")
WITHOUT_CELLS = trial(2, "Epidural stimulation after spinal cord injury", "No cells are given in this study.")
BY_HEADING = trial(
    11, "Schwann cells for subacute thoracic injury", "One dose.", mesh_headings=("Spinal Cord Injuries",)
)
REPORT = article(3, "Stem cells for spinal cord injury: a phase I trial", mesh_headings=("Humans",))
RATS = article(4, "Stem cells in rats with spinal cord injury", "The way to a phase I trial in human patients.")
IN_ANIMALS = article(
    5, "Neural stem cell grafts after spinal cord injury", "On to phase I.", mesh_headings=("Animals",)
)
IN_BOTH = article(
    6, "Stem cell grafts after spinal cord injury", "A phase I trial.", mesh_headings=("Animals", "Humans")
)
PRIMATES = article(7, "iPSC-derived progenitors after cervical contusion in the marmoset", "Grip strength improved.")
BRAIN = article(8, "iPSC-derived neurons after cortical contusion", "In mice.")


def stopped(number: int, title: str) -> Record:
    """A registration that was withdrawn, and takes nobody with an injured cord."""
    criteria = "Exclusion: spinal cord injury, tetraplegia."
    return article(
        number, title, kind=Kind.REGISTRATION, trial=Trial(eligibility=criteria, status=TrialStatus.WITHDRAWN)
    )


OF_THE_CORD = stopped(9, "Stem cells and their exosomes after spinal cord injury")
OF_THE_LUNG = stopped(10, "Stem cells and their exosomes in respiratory distress")


@pytest.mark.parametrize(
    ("topic", "records", "held"),
    [
        ("cell-therapy-trials", (WITH_CELLS, BY_HEADING, WITHOUT_CELLS), {WITH_CELLS.uid, BY_HEADING.uid}),
        ("glia-transplants", (BY_HEADING,), {BY_HEADING.uid}),
        ("cell-therapy-trials", (REPORT, RATS, IN_ANIMALS, IN_BOTH), {REPORT.uid, IN_BOTH.uid}),
        ("ipsc-sci", (PRIMATES, BRAIN), {PRIMATES.uid}),
        ("exosomes", (OF_THE_CORD, OF_THE_LUNG), {OF_THE_CORD.uid}),
        ("safety-signals", (OF_THE_CORD, OF_THE_LUNG), {OF_THE_CORD.uid}),
    ],
)
def test_borders(tmp_path: Path, topic: str, records: tuple[Record, ...], held: set[str]) -> None:
    wanted = load_topics(tmp_path)[topic]
    with (
        make_library(tmp_path, *records) as library,
        open_window(library, Lexicon(), library.iter_uids()) as window,
    ):
        assert {match.uid for match in matches(wanted, window)} == held


def test_every_shipped_topic_has_known_items(tmp_path: Path) -> None:
    topics = load_topics(tmp_path).values()
    assert [topic.name for topic in topics if not topic.must_find or not topic.must_not_find] == []
