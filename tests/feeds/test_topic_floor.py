"""How well a shipped topic does on real registrations."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from feeds.topics.matching import matches
from feeds.topics.reading import read_topic, shipped_folder
from feeds.topics.window import open_window
from nlp.lexicon.lookup import Lexicon
from records.identifiers import Identifiers
from records.record import Kind, Record, Section
from records.trial import Intervention, Trial
from tests.feeds.world import make_library

CORD = ("spinal cord injur", "spinal injur", "paraplegi", "tetraplegi", "quadriplegi")


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
        identifiers=Identifiers(registrations=(number,)),
        trial=Trial(
            conditions=tuple(fields.get("Condition", ())),
            interventions=tuple(Intervention(name=name) for name in fields.get("InterventionName", ())),
        ),
    )


def is_of_the_cord(fields: dict[str, list[str]]) -> bool:
    """By the registry's own conditions, and the MeSH terms that it gives them."""
    conditions = " ".join([*fields.get("Condition", ()), *fields.get("ConditionMeshTerm", ())]).lower()
    return any(name in conditions for name in CORD)


@pytest.mark.floor
def test_cell_trials_are_found_among_trials_of_mesenchymal_cells(shared_data: Path, tmp_path: Path) -> None:
    with gzip.open(shared_data / "corpus" / "msc_trials" / "trials.jsonl.gz", "rt", encoding="utf-8") as stream:
        trials = [json.loads(line) for line in stream]
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
