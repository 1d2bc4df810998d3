"""How well shipped topics do on real registrations and papers."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from feeds.topics.known import Outcome, check_known_items
from feeds.topics.matching import matches
from feeds.topics.reading import load_topics, read_topic, shipped_folder
from feeds.topics.window import open_window
from nlp.lexicon.lookup import Lexicon
from records.identifiers import Identifiers
from records.record import Kind, Record, Section
from records.trial import Intervention, Trial, TrialStatus
from tests.feeds.world import make_library

CORD = ("spinal cord injur", "spinal injur", "paraplegi", "tetraplegi", "quadriplegi")

STATUS = {"Completed": TrialStatus.COMPLETED, "Withdrawn": TrialStatus.WITHDRAWN, "Terminated": TrialStatus.TERMINATED}


def registrations(shared_data: Path) -> list[dict[str, list[str]]]:
    """The fields of real registrations of trials with mesenchymal cells."""
    with gzip.open(shared_data / "corpus" / "msc_trials" / "trials.jsonl.gz", "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def papers(shared_data: Path) -> list[Record]:
    """Titles of real papers and trials on treatments with cells."""
    with gzip.open(shared_data / "corpus" / "stemcell_kb_ids" / "literature.json.gz", "rt", encoding="utf-8") as stream:
        rows = json.load(stream)
    return [
        Record(
            source="pubmed" if row["pmid"] else "clinicaltrials",
            source_id=row["pmid"] or row["nct"],
            kind=Kind.ARTICLE if row["pmid"] else Kind.REGISTRATION,
            title=row["title"],
            identifiers=Identifiers(pmid=row["pmid"], registrations=(row["nct"],) if row["nct"] else ()),
        )
        for row in rows
        if row["pmid"] or row["nct"]
    ]


def registration(fields: dict[str, list[str]]) -> Record:
    number = fields["NCTId"][0]
    return Record(
        source="clinicaltrials",
        source_id=number,
        kind=Kind.REGISTRATION,
        title=" ".join(fields["BriefTitle"]),
        alternative_titles=tuple(fields.get("OfficialTitle", ())),
        abstract=(Section(text=" ".join(fields.get("BriefSummary", ()))),),
        body=" ".join(fields.get("DetailedDescription", ())),
        keywords=tuple(fields.get("Keyword") or ()),
        mesh_headings=(*(fields.get("ConditionMeshTerm") or ()), *(fields.get("InterventionMeshTerm") or ())),
        identifiers=Identifiers(registrations=(number,)),
        trial=Trial(
            conditions=tuple(fields.get("Condition", ())),
            interventions=tuple(Intervention(name=name) for name in fields.get("InterventionName", ())),
            eligibility=" ".join(fields.get("EligibilityCriteria", ())),
            status=STATUS.get(" ".join(fields["OverallStatus"])),
        ),
    )


def is_of_the_cord(fields: dict[str, list[str]]) -> bool:
    """By the registry's own conditions, and the MeSH terms that it gives them."""
    conditions = " ".join([*fields.get("Condition", ()), *fields.get("ConditionMeshTerm", ())]).lower()
    return any(name in conditions for name in CORD)


@pytest.mark.floor
def test_cell_trials_are_found_among_trials_of_mesenchymal_cells(shared_data: Path, tmp_path: Path) -> None:
    trials = registrations(shared_data)
    wanted = {f"clinicaltrials:{trial['NCTId'][0]}" for trial in trials if is_of_the_cord(trial)}
    topic = read_topic(shipped_folder() / "cell-therapy-trials.toml")
    with (
        make_library(tmp_path, *map(registration, trials)) as library,
        open_window(library, Lexicon(), library.iter_uids()) as window,
    ):
        found = {match.uid for match in matches(topic, window)}
    assert len(wanted) >= 15
    assert len(found & wanted) / len(wanted) >= 0.9
    assert len(found & wanted) / len(found) >= 0.85


@pytest.mark.floor
def test_every_shipped_topic_holds_real_known_items(shared_data: Path, tmp_path: Path) -> None:
    # A trial that is in both lists stands as its registration, which says more than a title.
    records = {record.uid: record for record in papers(shared_data)}
    records |= {record.uid: record for record in map(registration, registrations(shared_data))}
    topics = load_topics(tmp_path, ontology=Lexicon())
    with make_library(tmp_path, *records.values()) as library:
        tests = check_known_items(topics.values(), library, Lexicon())
    assert [(test.topic, test.reference, test.why) for test in tests if test.outcome is Outcome.FAILED] == []
    for expected in (True, False):
        passed = {test.topic for test in tests if test.expected is expected and test.outcome is Outcome.PASSED}
        assert passed == set(topics)
