"""How well search ranks, on judged queries: these figures only go up."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.retrieval import evaluate
from records.query import Mode

pytestmark = [pytest.mark.floor, pytest.mark.usefixtures("one_thread")]
CYSTIC_FIBROSIS = {"hybrid": 0.53, "lexical": 0.465, "semantic": 0.455}
SCIFACT_LEXICAL = 0.69


def folder(shared_data: Path, name: str) -> Path:
    found = shared_data / "retrieval" / name
    if not found.is_dir():
        pytest.skip(f"no {found}")
    return found


def test_hybrid_beats_both_its_parts(shared_data: Path, tmp_path: Path) -> None:
    answer = evaluate(folder(shared_data, "cystic_fibrosis"), home=tmp_path)
    found = {mode: figures["ndcg_at_10"] for mode, figures in answer.items()}
    assert {mode: found[mode] for mode, floor in CYSTIC_FIBROSIS.items() if found[mode] < floor} == {}
    assert found["hybrid"] > max(found["lexical"], found["semantic"])


def test_words_alone_rank_as_well_as_lucene(shared_data: Path, tmp_path: Path) -> None:
    answer = evaluate(folder(shared_data, "scifact"), home=tmp_path, modes=[Mode.LEXICAL])
    assert answer["lexical"]["ndcg_at_10"] >= SCIFACT_LEXICAL
