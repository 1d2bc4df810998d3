"""Both backends give the same answers on judged queries."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.retrieval import overlap, rankings
from config.settings import IndexSettings
from index.elasticsearch.place import ElasticsearchPlace
from records.query import Mode

pytestmark = pytest.mark.floor
OVERLAP_AT_10 = 0.98


def test_both_backends_rank_alike(shared_data: Path, tmp_path: Path, server: IndexSettings) -> None:
    folder = shared_data / "retrieval" / "scifact"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    modes = [Mode.LEXICAL]
    here = rankings(folder, home=tmp_path, modes=modes)
    there = rankings(folder, home=tmp_path, place=ElasticsearchPlace(server), modes=modes)
    assert overlap(here[Mode.LEXICAL], there[Mode.LEXICAL], 10) >= OVERLAP_AT_10
