"""How well lexical, semantic and hybrid search rank: ``python -m bench.retrieval DIR``.

``DIR`` holds ``corpus.jsonl.gz`` (``_id``, ``title``, ``text``), ``queries.dev.jsonl`` and ``qrels.dev.tsv``, as BEIR
lays them out (Thakur et al., 2021). The corpus goes through the product: library, embed stage, index stage, `Searcher`.
"""

from __future__ import annotations

import csv
import gzip
import json
import math
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

import config
from config.settings import IndexSettings
from index.elasticsearch.place import ElasticsearchPlace
from index.embedded.place import EmbeddedPlace
from index.place import Place
from index.query import literal
from index.search import Searcher
from index.stage import update
from library import Library
from nlp.embeddings import load_encoder
from nlp.embeddings.stage import embed
from nlp.lexicon.lookup import Lexicon
from records.query import Mode
from records.record import Kind, Record, Section

Qrels = Mapping[str, Mapping[str, int]]
BATCH = 500


def evaluate(
    folder: Path, *, home: Path, place: Place | None = None, split: str = "dev", modes: Sequence[Mode] = tuple(Mode)
) -> dict[str, dict[str, float]]:
    """nDCG@10 and recall@100 of each mode.

    Args:
        folder: Corpus, queries and judgements.
        home: Where the library is made, unless it is there already.
        place: Where the index is made, unless it is there already; in ``home`` if not given.
        split: Of the queries.
        modes: Texts are embedded only where one needs it.
    """
    judged = _qrels(folder / f"qrels.{split}.tsv")
    answer: dict[str, dict[str, float]] = {}
    for mode, found in rankings(folder, home=home, place=place, split=split, modes=modes).items():
        answer[mode.value] = {
            "ndcg_at_10": _mean(ndcg(ranking, judged[id], 10) for id, ranking in found.items()),
            "recall_at_100": _mean(recall(ranking, judged[id], 100) for id, ranking in found.items()),
        }
        _say(f"{mode}: {answer[mode.value]}")
    return answer


def rankings(
    folder: Path, *, home: Path, place: Place | None = None, split: str = "dev", modes: Sequence[Mode] = tuple(Mode)
) -> dict[Mode, dict[str, list[str]]]:
    """Mode → judged query → the first hundred, best first; the arguments are those of `evaluate`."""
    encoder = load_encoder(config.load().settings)
    lexicon = Lexicon()
    place = place or EmbeddedPlace(home / "index")
    with Library.open(home / "library.sqlite3") as library:
        _fill(library, folder)
        if set(modes) != {Mode.LEXICAL}:
            embed(library, encoder, progress=lambda done, total: _say(f"embedded {done} of {total}"))
        with place.open(writable=True) as backend:
            update(library, backend, lexicon)
            searcher = Searcher(backend, lambda: encoder, lambda: lexicon)
            judged = _qrels(folder / f"qrels.{split}.tsv")
            texts = {
                row["_id"]: row["text"] for row in _rows(folder / f"queries.{split}.jsonl") if row["_id"] in judged
            }
            return {mode: {id: _ranking(searcher, text, mode) for id, text in texts.items()} for mode in modes}


def judgements(folder: Path, *, split: str = "dev") -> Qrels:
    """Query → record → grade."""
    return _qrels(folder / f"qrels.{split}.tsv")


def overlap(one: Mapping[str, Sequence[str]], other: Mapping[str, Sequence[str]], depth: int) -> float:
    """Mean share of the first ``depth`` of one ranking that are among those of the other."""
    return _mean(
        len(set(one[id][:depth]) & set(other[id][:depth])) / max(len(one[id][:depth]), 1) for id in one if one[id]
    )


def ndcg(ranking: Sequence[str], judged: Mapping[str, int], depth: int) -> float:
    """Normalised discounted cumulative gain with linear gains, as trec_eval computes it."""
    gains = [judged.get(id, 0) for id in ranking[:depth]]
    ideal = sorted(judged.values(), reverse=True)[:depth]
    best = _discounted(ideal)
    return _discounted(gains) / best if best else 0.0


def recall(ranking: Sequence[str], judged: Mapping[str, int], depth: int) -> float:
    """Share of the relevant ones among the first ``depth``."""
    relevant = {id for id, grade in judged.items() if grade > 0}
    return len(relevant & set(ranking[:depth])) / len(relevant) if relevant else 0.0


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(place + 2) for place, gain in enumerate(gains))


def _mean(values: Iterator[float]) -> float:
    numbers = list(values)
    return round(sum(numbers) / len(numbers), 4) if numbers else 0.0


def _ranking(searcher: Searcher, text: str, mode: Mode) -> list[str]:
    return [uid.partition(":")[2] for uid in searcher.uids(literal(text), mode=mode, limit=100)]


def _fill(library: Library, folder: Path) -> None:
    rows = list(_rows(folder / "corpus.jsonl.gz"))
    for start in range(0, len(rows), BATCH):
        with library.transaction() as writer:
            for row in rows[start : start + BATCH]:
                record = Record(
                    source="bench",
                    source_id=row["_id"],
                    kind=Kind.ARTICLE,
                    title=row.get("title", ""),
                    abstract=(Section(text=row["text"]),),
                )
                writer.put(record, content=json.dumps(row).encode(), media_type="application/json")


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


def _qrels(path: Path) -> Qrels:
    found: dict[str, dict[str, int]] = {}
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            if int(row["score"]) > 0:
                found.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    return found


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--home", type=click.Path(path_type=Path), help="Keep library and index here; else they are temporary.")
@click.option("--backend", type=click.Choice(["embedded", "elasticsearch"]), default="embedded", show_default=True)
@click.option("--url", default="http://127.0.0.1:9200", show_default=True, help="Of Elasticsearch.")
@click.option("--prefix", default="cordwatch-bench", show_default=True, help="Of the indices there.")
@click.option("--split", default="dev", show_default=True)
def main(folder: Path, home: Path | None, backend: str, url: str, prefix: str, split: str) -> None:
    """Rank judged queries and print the measures as JSON."""
    server = IndexSettings(url=url, prefix=f"{prefix}-{folder.name}", replicas=0, timeout_s=120.0)
    place = ElasticsearchPlace(server) if backend == "elasticsearch" else None
    with tempfile.TemporaryDirectory() as temporary:
        answer = evaluate(folder, home=home or Path(temporary), place=place, split=split)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
