"""How fast queries are answered: ``python -m bench.query [--sizes 10000 --sizes 100000] [--folder DIR]``.

Invented records with invented vectors go through `make_document` and the backend's own `write`; queries go through
`Searcher.search`, embedding of the question included. Beside it, on the same texts: SQLite FTS5 (words only) and
LanceDB (its own hybrid of a full-text and an IVF-PQ index).
"""

from __future__ import annotations

import datetime as dt
import json
import re
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
from numpy.typing import NDArray

import config
from bench.corpus import records
from bench.peers import PEERS
from index.document import IndexDocument, make_document
from index.embedded import EmbeddedBackend
from index.embedded.vectors import VectorStore
from index.search import Searcher
from library.types import Embedding, StoredRecord
from nlp.embeddings import load_encoder
from nlp.lexicon.lookup import Lexicon
from records.query import Mode
from records.record import Record

BATCH: Final = 20_000
_CENTRES: Final = 2_000
_SEED: Final = 7
_ROUNDS: Final = 3
_WARMING: Final = 3


class Vectors:
    """Unit vectors around so many centres, as those of texts on so many subjects."""

    def __init__(self, dimension: int) -> None:
        self._random = np.random.default_rng(_SEED)
        self._centres = self._random.standard_normal((_CENTRES, dimension), dtype=np.float32)

    def draw(self, count: int) -> NDArray[np.float32]:
        """Shape (count, dimension)."""
        centre = self._centres[self._random.integers(0, _CENTRES, count)]
        found = centre + self._random.standard_normal(centre.shape, dtype=np.float32)
        found /= np.linalg.norm(found, axis=1, keepdims=True)
        return found


def fill(path: Path, count: int, encoder: Any, vectors: Vectors, peers: Sequence[Any] = ()) -> dict[str, Any]:
    """Make an index of so many invented records, and the peers' beside it."""
    lexicon = Lexicon()
    took = 0.0
    with EmbeddedBackend.open(path, writable=True, writer_memory_mb=512) as backend:
        invented = records(count, _SEED)
        for number, batch in enumerate(iter(lambda: list(islice(invented, BATCH)), [])):
            drawn = vectors.draw(len(batch))
            documents = list(_documents(batch, drawn, encoder.model_id, lexicon, number * BATCH))
            began = time.perf_counter()
            backend.write(documents, [], seq=(number + 1) * BATCH)
            took += time.perf_counter() - began
            for peer in peers:
                peer.add([(one.texts["title"], one.texts["abstract"]) for one in documents], drawn)
            _say(f"indexed {number * BATCH + len(batch):,} of {count:,}")
    for peer in peers:
        peer.finish()
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return {"index_per_second": round(count / took), "bytes_per_record": round(size / count)}


def _documents(
    batch: Sequence[Record], drawn: NDArray[np.float32], model: str, lexicon: Lexicon, first: int
) -> Iterator[IndexDocument]:
    for place, (record, vector) in enumerate(zip(batch, drawn, strict=True)):
        embedding = Embedding(
            model=model,
            content_hash=b"",
            vectors=vector.astype("<f2").tobytes(),
            windows=1,
            dimension=len(vector),
        )
        yield make_document(stored(record, first + place), None, embedding, lexicon, seq=first + place)


def questions(count: int, size: int) -> list[str]:
    """Questions of four to nine words of one record's abstract."""
    chance = np.random.default_rng(_SEED + 1)
    found = []
    for record in records(count, _SEED + size):
        words = re.findall(r"[A-Za-z]+", record.text_of("abstract"))
        begin = int(chance.integers(0, max(len(words) - 9, 1)))
        found.append(" ".join(words[begin : begin + int(chance.integers(4, 10))]))
    return found


def measure(folder: Path, count: int, encoder: Any, asked: int, names: Sequence[str]) -> dict[str, Any]:
    """Times of one size."""
    vectors = Vectors(encoder.dimension)
    peers = [PEERS[name](folder, encoder.dimension) for name in names]
    answer = fill(folder / "index", count, encoder, vectors, peers)
    lexicon = Lexicon()
    backend = EmbeddedBackend.open(folder / "index")
    searcher = Searcher(backend, lambda: encoder, lambda: lexicon)
    ask: dict[str, Callable[[str], object]] = {
        "hybrid": lambda text: searcher.search(text, limit=10),
        "lexical": lambda text: searcher.search(text, mode=Mode.LEXICAL, limit=10),
        "semantic": lambda text: searcher.search(text, mode=Mode.SEMANTIC, limit=10),
        "filtered": lambda text: searcher.search(f"{text} year:2015..", limit=10),
        "embed": encoder.encode_query,
    }
    for peer in peers:
        ask[peer.name] = partial(_ask_peer, peer, encoder)
    answer |= timed(ask, questions(asked, count))
    answer["recall_at_10"] = preselection_recall(folder / "index", vectors.draw(50))
    for peer in peers:
        answer[peer.name]["ratio"] = round(answer["hybrid"]["p50_ms"] / answer[peer.name]["p50_ms"], 3)
    answer["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return answer


def _ask_peer(peer: Any, encoder: Any, text: str) -> object:
    return peer.search(text, encoder.encode_query(text))


def timed(ask: dict[str, Callable[[str], object]], texts: Sequence[str]) -> dict[str, Any]:
    """All questions to each in turn, several times over; the first few are to warm up."""
    times: dict[str, list[float]] = {name: [] for name in ask}
    for _ in range(_ROUNDS):
        for name, function in ask.items():
            for text in texts[:_WARMING]:
                function(text)
            for text in texts:
                began = time.perf_counter()
                function(text)
                times[name].append((time.perf_counter() - began) * 1000)
    return {
        name: {"p50_ms": round(statistics.median(own), 2), "p95_ms": round(float(np.quantile(own, 0.95)), 2)}
        for name, own in times.items()
    }


def preselection_recall(index: Path, queries: NDArray[np.float32]) -> float:
    """Share of the ten nearest, all vectors compared in full, that the sign bits let through."""
    store = VectorStore(next(index.glob("*/vectors")))
    shares = []
    for vector in queries:
        exact, _ = store.search(vector, 10, exact=True)
        found, _ = store.search(vector, 10)
        shares.append(len(np.intersect1d(found, exact)) / len(exact))
    return round(statistics.fmean(shares), 4)


def stored(record: Record, seq: int) -> StoredRecord:
    """An invented record as the library would give it."""
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    return StoredRecord(
        uid=record.uid, record=record, content_hash=b"", seq=seq, version=1, first_seen=now, last_changed=now
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@click.command()
@click.option("--sizes", multiple=True, type=int, default=(10_000, 100_000), show_default=True)
@click.option("--questions", "asked", default=60, show_default=True)
@click.option("--peer", "peers", multiple=True, type=click.Choice(list(PEERS)), default=list(PEERS), show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), help="Keep the indexes here; else they are temporary.")
def main(sizes: tuple[int, ...], asked: int, peers: tuple[str, ...], folder: Path | None) -> None:
    """Time queries and print the figures as JSON, by size."""
    encoder = load_encoder(config.load().settings)
    answer = {}
    for size in sizes:
        home = (folder or Path(tempfile.mkdtemp(prefix="cordwatch-bench-"))) / str(size)
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        answer[str(size)] = measure(home, size, encoder, asked, peers)
        _say(json.dumps({size: answer[str(size)]}))
        if folder is None:
            shutil.rmtree(home.parent)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
