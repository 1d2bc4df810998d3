"""How near Elasticsearch's own speed the backend comes: ``python -m bench.index_elasticsearch --url URL``.

Writing: documents a second through `ElasticsearchBackend.write`, beside the same node's bare ``_bulk`` of the very same
requests, made beforehand. Searching: lexical and semantic lists through the backend, beside bare ``_msearch`` of the
same bodies, made beforehand, their answers read as JSON. Both take turns.
"""

from __future__ import annotations

import datetime as dt
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import click
import msgspec
import numpy as np
from elasticsearch import Elasticsearch

from bench.corpus import records
from config.settings import IndexSettings
from index.document import IndexDocument, make_document
from index.elasticsearch import bulk
from index.elasticsearch.backend import ElasticsearchBackend
from index.elasticsearch.client import server_version
from index.elasticsearch.mapping import Meta, source_of, vector_mappings
from index.elasticsearch.place import ElasticsearchPlace
from index.query import parse_query
from library.types import Embedding, StoredRecord
from nlp.lexicon.lookup import Lexicon

_DIMENSION: Final = 384
_HITS: Final = 200
_WARM: Final = 5
_NOW: Final = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_QUERIES: Final = (
    "motor recovery after neural stem cell transplantation",
    "species:rat locomotor score",
    "olfactory ensheathing cells safety",
    '"spinal cord" grafts year:2020..',
    "exosomes",
)


def documents(count: int) -> list[IndexDocument]:
    """Invented documents, each with one window."""
    generator = np.random.default_rng(0)
    lexicon = Lexicon()
    found = []
    for record in records(count):
        vector = generator.normal(size=_DIMENSION)
        window = (vector / np.linalg.norm(vector)).astype("<f2").tobytes()
        embedding = Embedding(model="bench", content_hash=b"", vectors=window, windows=1, dimension=_DIMENSION)
        stored = StoredRecord(
            record=record,
            uid=record.uid,
            seq=1,
            version=1,
            content_hash=b"bench",
            first_seen=_NOW,
            last_changed=_NOW,
        )
        found.append(make_document(stored, None, embedding, lexicon, seq=1))
    return found


def writing(place: ElasticsearchPlace, client: Elasticsearch, shelf: Sequence[IndexDocument], rounds: int) -> Any:
    """Documents a second, ours and bare; each round writes into new versions."""
    server = server_version(client, "the server")
    requests = [_bare(shelf[start : start + bulk.CHUNK], server) for start in range(0, len(shelf), bulk.CHUNK)]
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for own, write in zip(times, (_ours(place, shelf), _theirs(place, client, requests)), strict=True):
            seconds = write()
            if number:
                own.append(seconds)
        _say(f"wrote {len(shelf)} documents: {[round(one[-1], 2) for one in times if one]} s")
    ours, theirs = (len(shelf) / statistics.median(own) for own in times)
    return {
        "per_second": round(ours),
        "peer": "_bulk",
        "peer_per_second": round(theirs),
        "ratio": round(ours / theirs, 2),
    }


def _ours(place: ElasticsearchPlace, shelf: Sequence[IndexDocument]) -> Callable[[], float]:
    def write() -> float:
        with _fresh(place) as backend:
            began = time.perf_counter()
            backend.write(shelf, [], seq=1)
            return time.perf_counter() - began

    return write


def _theirs(place: ElasticsearchPlace, client: Elasticsearch, requests: Sequence[Any]) -> Callable[[], float]:
    def write() -> float:
        with _fresh(place) as backend:
            began = time.perf_counter()
            client.indices.put_mapping(index=backend.name, **vector_mappings(Meta(model="bench"), _DIMENSION))
            for request in requests:
                client.bulk(index=backend.name, operations=[request])
            client.indices.refresh(index=backend.name)
            return time.perf_counter() - began

    return write


def _fresh(place: ElasticsearchPlace) -> ElasticsearchBackend:
    """A new version, the others deleted."""
    with place.begin() as backend:
        place.switch(backend.name)
    place.drop_old()
    return place.begin()


def _bare(shelf: Sequence[IndexDocument], server: tuple[int, int]) -> bytes:
    lines = []
    for document in shelf:
        lines.append(msgspec.json.encode({"index": {"_id": document.uid}}))
        lines.append(msgspec.json.encode(source_of(document, server=server)))
    return b"\n".join(lines) + b"\n"


def searching(backend: ElasticsearchBackend, client: Elasticsearch, rounds: int) -> Any:
    """Milliseconds a question, ours and bare."""
    generator = np.random.default_rng(1)
    nodes = [parse_query(text).node for text in _QUERIES]
    vectors = generator.normal(size=(len(nodes), _DIMENSION)).astype(np.float32)
    bodies = [backend.searches(node, vector, _HITS) for node, vector in zip(nodes, vectors, strict=True)]
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + _WARM):
        for node, vector, body in zip(nodes, vectors, bodies, strict=True):
            asked: tuple[Callable[[], object], ...] = (
                partial(backend.both, node, vector, _HITS),
                partial(client.msearch, searches=body),
            )
            for own, ask in zip(times, asked, strict=True):
                began = time.perf_counter()
                ask()
                if number >= _WARM:
                    own.append((time.perf_counter() - began) * 1000)
    ours, theirs = map(_quantiles, times)
    ratios = {name: round(theirs[name] / ours[name], 2) for name in ours}
    return {**ours, "peer": "_msearch", "peer_ms": theirs, "ratio": ratios["p50_ms"], "ratio_p95": ratios["p95_ms"]}


def _quantiles(times: Sequence[float]) -> dict[str, float]:
    cut = statistics.quantiles(times, n=20)
    return {"p50_ms": round(statistics.median(times), 2), "p95_ms": round(cut[18], 2)}


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@click.command()
@click.option("--url", default="http://127.0.0.1:9200", show_default=True)
@click.option("--count", default=5_000, show_default=True, help="Documents.")
@click.option("--rounds", default=3, show_default=True, help="Rounds of writing; of searching ten times as many.")
def main(url: str, count: int, rounds: int) -> None:
    """Time writing and searching and print the figures as JSON."""
    place = ElasticsearchPlace(IndexSettings(url=url, prefix="cordwatch-bench", replicas=0, timeout_s=120.0))
    shelf = documents(count)
    with Elasticsearch(url, request_timeout=120) as client:
        answer = {"count": count, "bulk": writing(place, client, shelf, rounds)}
        with place.begin() as backend:
            place.switch(backend.name)
            place.drop_old()
            backend.write(shelf, [], seq=1)
            answer["query"] = searching(backend, client, 10 * rounds)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
