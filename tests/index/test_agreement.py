"""Both backends give the same answers on judged queries, and rank them as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

import pytest

from bench.retrieval import judgements, ndcg, overlap, rankings
from config.settings import IndexSettings
from index.elasticsearch.place import ElasticsearchPlace
from records.query import Mode

pytestmark = pytest.mark.floor
OVERLAP_AT_10 = 0.98
HYBRID_NDCG_AT_10 = 0.725
MOST_APART = 0.01


@pytest.mark.slow
def test_both_backends_rank_alike(shared_data: Path, tmp_path: Path, server: IndexSettings) -> None:
    folder = shared_data / "retrieval" / "scifact"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    here = rankings(folder, home=tmp_path)
    there = rankings(folder, home=tmp_path, place=ElasticsearchPlace(server))
    judged = judgements(folder)
    for mode in Mode:
        assert overlap(here[mode], there[mode], 10) >= OVERLAP_AT_10, mode
        assert abs(quality(here[mode], judged) - quality(there[mode], judged)) <= MOST_APART, mode
    assert quality(there[Mode.HYBRID], judged) >= HYBRID_NDCG_AT_10


def quality(ranked: Mapping[str, Sequence[str]], judged: Mapping[str, Mapping[str, int]]) -> float:
    return fmean(ndcg(ranked[id], judged[id], 10) for id in judged)
