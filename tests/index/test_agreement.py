"""Both backends give the same answers on judged queries, and rank them as well.

All queries are asked of all documents where the processor has bfloat16, and with ``CORDWATCH_TEST_WHOLE=1`` (as in
``make floors``); elsewhere that would take ten minutes more, and a sixth has a floor of its own.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

import pytest

from bench.retrieval import judgements, ndcg, overlap, rankings
from config.settings import IndexSettings
from index.elasticsearch.place import ElasticsearchPlace
from nlp.embeddings.bfloat16 import has_bfloat16
from records.query import Mode

pytestmark = [pytest.mark.floor, pytest.mark.usefixtures("one_thread")]
OVERLAP_AT_10 = 0.98
WHOLE = os.environ.get("CORDWATCH_TEST_WHOLE") == "1" or has_bfloat16()
HYBRID_NDCG_AT_10 = 0.725 if WHOLE else 0.823
MOST_APART = 0.01
PART = 6
"""Of so many queries and documents one is taken; what is judged for a query comes along."""


@pytest.mark.slow
def test_both_backends_rank_alike(shared_data: Path, tmp_path: Path, server: IndexSettings) -> None:
    folder = shared_data / "retrieval" / "scifact"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    if not WHOLE:
        folder = part_of(folder, tmp_path / "part")
    here = rankings(folder, home=tmp_path)
    there = rankings(folder, home=tmp_path, place=ElasticsearchPlace(server))
    judged = judgements(folder)
    for mode in Mode:
        assert overlap(here[mode], there[mode], 10) >= OVERLAP_AT_10, mode
        assert abs(quality(here[mode], judged) - quality(there[mode], judged)) <= MOST_APART, mode
    assert quality(there[Mode.HYBRID], judged) >= HYBRID_NDCG_AT_10


def part_of(folder: Path, target: Path) -> Path:
    """A smaller corpus in ``target``: some of the queries, what is judged for them, and some more to find it among."""
    target.mkdir()
    with (folder / "qrels.dev.tsv").open(encoding="utf-8", newline="") as stream:
        judged = list(csv.DictReader(stream, delimiter="\t"))
    queries = set(list(dict.fromkeys(row["query-id"] for row in judged))[::PART])
    kept = [row for row in judged if row["query-id"] in queries]
    with (target / "qrels.dev.tsv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(kept[0]), dialect="excel-tab")
        writer.writeheader()
        writer.writerows(kept)
    (target / "queries.dev.jsonl").write_bytes((folder / "queries.dev.jsonl").read_bytes())
    wanted = {row["corpus-id"] for row in kept}
    with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as corpus:
        lines = [line for at, line in enumerate(corpus) if at % PART == 0 or json.loads(line)["_id"] in wanted]
    with gzip.open(target / "corpus.jsonl.gz", "wt", encoding="utf-8") as part:
        part.writelines(lines)
    return target


def quality(ranked: Mapping[str, Sequence[str]], judged: Mapping[str, Mapping[str, int]]) -> float:
    return fmean(ndcg(ranked[id], judged[id], 10) for id in judged)
