"""How fast records go in: ``python -m bench.ingest [--count 2000] [--embed 128] [--memory 10000 --memory 50000]``.

Each stage alone on invented records (`bench.corpus`, `bench.pubmed_xml`), with its peer in turn: parsing beside
pubmed_parser, embedding beside sentence-transformers with its defaults, on the same texts. Then the whole way from a
PubMed file to the index, and how much of it its slowest stage took; then the peak memory of the stages by size, each in
a process of its own. Parsing and annotating count processor time, all else the clock.
"""

from __future__ import annotations

import gzip
import json
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import click

import config
from bench.corpus import records
from bench.pubmed_xml import write_pubmed
from crawler.importer import import_paths
from crawler.parsers.pubmed import read_pubmed
from index.embedded import EmbeddedBackend
from index.stage import update
from library import Library
from nlp.annotate import annotate
from nlp.embeddings import load_encoder
from nlp.embeddings.stage import embed
from nlp.embeddings.store import package_folder
from nlp.embeddings.windows import text_to_embed, window_spans
from nlp.lexicon.lookup import Lexicon
from nlp.pipeline import Pipeline
from records.record import encode_record

_ROUNDS: Final = 3
_BATCH: Final = 500


def in_turn(
    ours: Callable[[], object], theirs: Callable[[], object], clock: Callable[[], float]
) -> tuple[float, float]:
    """Median seconds of both, after one run of each to warm up."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(_ROUNDS + 1):
        for function, own in zip((ours, theirs), times, strict=True):
            began = clock()
            function()
            own.append(clock() - began)
    return statistics.median(times[0][1:]), statistics.median(times[1][1:])


def parsing(path: Path, work: Path) -> dict[str, Any]:
    """PubMed XML to records, beside pubmed_parser with authors, references and headings as we read them."""
    import pubmed_parser

    packed = work / "parse.gz"
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    packed.write_bytes(gzip.compress(content, 1))

    def ours() -> int:
        with gzip.open(packed) as file:
            return sum(1 for _ in read_pubmed(cast("BinaryIO", file)))

    def theirs() -> int:
        found = pubmed_parser.parse_medline_xml(
            str(packed), year_info_only=False, nlm_category=True, author_list=True, reference_list=True
        )
        return sum(1 for _ in found)

    count = ours()
    ours_s, theirs_s = in_turn(ours, theirs, time.process_time)
    return _beside("pubmed_parser", count, ours_s, theirs_s) | {"bytes_per_record": round(len(content) / count)}


def putting(count: int, work: Path) -> dict[str, Any]:
    """New records, and the same ones again, in transactions of five hundred."""
    prepared = [(record, encode_record(record) * 3) for record in records(count)]
    answer: dict[str, Any] = {"records": count}
    with Library.open(work / "put.sqlite3") as library:
        for name in ("new_per_second", "again_per_second"):
            began = time.perf_counter()
            for start in range(0, count, _BATCH):
                with library.transaction() as writer:
                    for record, content in prepared[start : start + _BATCH]:
                        writer.put(record, content=content, media_type="application/json")
            answer[name] = round(count / (time.perf_counter() - began))
    return answer


def annotating(count: int) -> dict[str, Any]:
    """Abstracts a second on one core."""
    pipeline, prepared = Pipeline.load(), list(records(count))
    for record in prepared[:50]:
        pipeline.annotate(record)
    began = time.process_time()
    for record in prepared:
        pipeline.annotate(record)
    return {"abstracts": count, "per_second": round(count / (time.process_time() - began))}


def embedding(count: int) -> dict[str, Any]:
    """Windows a second, beside sentence-transformers with its defaults; ``cosine`` is the least between both."""
    import numpy as np
    from sentence_transformers import SentenceTransformer

    encoder = load_encoder(config.load().settings)
    model = SentenceTransformer(str(package_folder()), device="cpu", local_files_only=True)
    texts = [text_to_embed(record) for record in records(count)]
    spans = window_spans(texts, encoder)
    pieces = [text[start:end] for text, own in zip(texts, spans, strict=True) for start, end in own]
    ours_s, theirs_s = in_turn(
        lambda: encoder.encode_documents(pieces), lambda: model.encode(pieces), time.perf_counter
    )
    theirs = np.asarray(model.encode(pieces, normalize_embeddings=True))
    cosine = float(np.min(np.sum(encoder.encode_documents(pieces) * theirs, axis=1)))
    return _beside("sentence-transformers", len(pieces), ours_s, theirs_s) | {
        "windows_per_record": round(len(pieces) / count, 2),
        "cosine": round(cosine, 6),
    }


def whole_way(count: int, work: Path) -> dict[str, Any]:
    """From a PubMed file to the index; ``slowest_share`` is the part of the time that the slowest stage took."""
    path = work / "whole.xml.gz"
    write_pubmed(records(count), path)
    pipeline, encoder, lexicon = Pipeline.load(), load_encoder(config.load().settings), Lexicon()
    for record in records(20):
        pipeline.annotate(record)
        encoder.encode_query(record.title)
    with (
        Library.open(work / "whole.sqlite3") as library,
        EmbeddedBackend.open(work / "index", writable=True) as backend,
    ):
        stages: dict[str, Callable[[], object]] = {
            "import": lambda: import_paths([path], library),
            "annotate": lambda: annotate(library, pipeline),
            "embed": lambda: embed(library, encoder),
            "index": lambda: update(library, backend, lexicon),
        }
        seconds: dict[str, float] = {}
        began = time.perf_counter()
        for name, stage in stages.items():
            at = time.perf_counter()
            stage()
            seconds[name] = time.perf_counter() - at
        whole = time.perf_counter() - began
    slowest = max(seconds, key=seconds.__getitem__)
    return {
        "records": count,
        "per_second": round(count / whole, 1),
        "seconds": {name: round(one, 2) for name, one in seconds.items()},
        "slowest": slowest,
        "slowest_share": round(seconds[slowest] / whole, 3),
    }


def memory(sizes: Sequence[int], embedded: int, work: Path) -> dict[str, Any]:
    """Peak memory of each stage by size, megabytes. Embedding is slow: it is run over a part only."""
    answer: dict[str, Any] = {}
    for size in sizes:
        folder = work / f"memory{size}"
        folder.mkdir()
        write_pubmed(records(size), folder / "records.xml.gz")
        answer[str(size)] = {stage.__name__.strip("_"): _peak(stage, folder) for stage in (_import, _annotate, _index)}
        _say(f"peak memory at {size:,}: {answer[str(size)]} MB")
        shutil.rmtree(folder)
    for size in (embedded, 8 * embedded):
        folder = work / f"embed{size}"
        folder.mkdir()
        write_pubmed(records(size), folder / "records.xml.gz")
        _import(folder)
        answer.setdefault("embed", {})[str(size)] = _peak(_embed, folder)
    return answer


def _import(folder: Path) -> None:
    with Library.open(folder / "library.sqlite3") as library:
        import_paths([folder / "records.xml.gz"], library)


def _annotate(folder: Path) -> None:
    with Library.open(folder / "library.sqlite3") as library:
        annotate(library, Pipeline.load())


def _embed(folder: Path) -> None:
    with Library.open(folder / "library.sqlite3") as library:
        embed(library, load_encoder(config.load().settings))


def _index(folder: Path) -> None:
    with (
        Library.open(folder / "library.sqlite3") as library,
        EmbeddedBackend.open(folder / "index", writable=True) as backend,
    ):
        update(library, backend, Lexicon())


def _peak(stage: Callable[[Path], None], folder: Path) -> int:
    """Megabytes that a process needs for a stage."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_run, stage, folder).result()


def _run(stage: Callable[[Path], None], folder: Path) -> int:
    stage(folder)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _beside(peer: str, count: int, ours_s: float, theirs_s: float) -> dict[str, Any]:
    return {
        "count": count,
        "per_second": round(count / ours_s, 1),
        "peer": peer,
        "peer_per_second": round(count / theirs_s, 1),
        "ratio": round(theirs_s / ours_s, 2),
    }


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


STAGES: Final = ("parse", "put", "annotate", "embed", "whole", "memory")


@click.command()
@click.option("--count", default=2_000, show_default=True, help="Records to parse, put and annotate.")
@click.option("--embed", "embedded", default=128, show_default=True, help="Records to embed, and for the whole way.")
@click.option("--memory", "sizes", multiple=True, type=int, default=(10_000, 50_000), show_default=True)
@click.option("--stage", "stages", multiple=True, type=click.Choice(STAGES), default=STAGES, show_default=True)
@click.option("--pubmed", type=click.Path(path_type=Path, exists=True), help="A PubMed file; else an invented one.")
def main(count: int, embedded: int, sizes: tuple[int, ...], stages: tuple[str, ...], pubmed: Path | None) -> None:
    """Time the stages and print the figures as JSON."""
    answer: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="cordwatch-bench-") as temporary:
        work = Path(temporary)
        if "parse" in stages and pubmed is None:
            pubmed = work / "parse.xml.gz"
            write_pubmed(records(count), pubmed)
        measures: dict[str, Callable[[], dict[str, Any]]] = {
            "parse": lambda: parsing(pubmed or work, work),
            "put": lambda: putting(count, work),
            "annotate": lambda: annotating(count),
            "embed": lambda: embedding(embedded),
            "whole": lambda: whole_way(embedded, work),
            "memory": lambda: memory(sizes, embedded, work),
        }
        for stage in stages:
            answer[stage] = measures[stage]()
            _say(f"{stage}: {json.dumps(answer[stage])}")
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
