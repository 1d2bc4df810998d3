"""Floors of quality: the benches, through their own functions, on the gold data: about a minute in all.

A row of `FLOORS` is one bench on one file with the least that each of its figures may be, a little below what was
measured (the figures stand in ``docs/evidence.md``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bench import abbreviations, direction, entities, evidence, negation, sample_size
from records.annotation import EntityKind

Bench = Callable[[Path], Mapping[str, Any]]


class Floor(NamedTuple):
    """One bench and what it must reach."""

    name: str
    data: str
    """File or folder, in the folder of shared data."""
    bench: Bench
    minimum: Mapping[str, float]
    """By the path of the figure in the report: ``overlap.f1``."""


def mentions(kind: EntityKind, *labels: str) -> Bench:
    """The bench of entities, for one kind."""
    return lambda path: entities.measure(path, set(labels), entities.product_finder(kind))


FLOORS = (
    Floor(
        "cell types, JNLPBA",
        "gold/jnlpba/dev.jsonl",
        mentions(EntityKind.CELL_TYPE, "CellType", "cell_type"),
        {"overlap.f1": 0.73},
    ),
    Floor(
        "cell types, CRAFT",
        "gold/craft/dev.jsonl",
        mentions(EntityKind.CELL_TYPE, "CL"),
        {"overlap.f1": 0.80, "id_accuracy": 0.91},
    ),
    Floor(
        "species, CRAFT",
        "gold/craft/dev.jsonl",
        mentions(EntityKind.SPECIES, "NCBITaxon"),
        {"exact.f1": 0.95},
    ),
    Floor(
        "anatomy, CRAFT",
        "gold/craft/dev.jsonl",
        mentions(EntityKind.ANATOMY, "UBERON"),
        {"exact.f1": 0.77, "id_accuracy": 0.91},
    ),
    Floor(
        "conditions, NCBI",
        "gold/ncbi-disease/dev.jsonl",
        mentions(EntityKind.CONDITION, "SpecificDisease", "DiseaseClass", "CompositeMention", "Modifier", "Disease"),
        {"overlap.f1": 0.82, "overlap.precision": 0.95},
    ),
    Floor("abbreviations", "gold/ab3p-med1250/train.jsonl", abbreviations.measure, {"f1": 0.87}),
    Floor("negation", "gold/negex/train.jsonl", negation.measure, {"f1": 0.96}),
    Floor(
        "direction",
        "gold/evidence-inference-v2/dev.prompts.jsonl",
        direction.measure,
        {"macro_f1": 0.72},
    ),
    Floor(
        "sample sizes, glaucoma",
        "gold/ctro-rct-glaucoma/train.jsonl",
        lambda path: sample_size.measure([path]),
        {"precision": 0.95, "recall": 0.45},
    ),
    Floor(
        "evidence, SCIO",
        "gold/scio",
        evidence.measure,
        {
            "cells.recall": 0.76,
            "injury_model.recall": 0.69,
            "level.recall": 0.85,
            "outcome_measures.recall": 0.33,
            "species.recall": 0.96,
            "direction_when_given.precision": 0.89,
        },
    ),
)


@pytest.mark.floor
@pytest.mark.parametrize("floor", FLOORS, ids=lambda floor: floor.name)
def test_floor(floor: Floor, shared_data: Path) -> None:
    data = shared_data / floor.data
    if not data.exists():
        pytest.skip(f"no gold data at {floor.data} in the shared folder")
    report = floor.bench(data)
    reached = {path: reduce(lambda part, key: part[key], path.split("."), report) for path in floor.minimum}
    assert {path: value for path, value in reached.items() if value < floor.minimum[path]} == {}, reached
