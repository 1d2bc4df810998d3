"""The embed stage: what is new or changed is embedded once, by one model, whatever ends it in between."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

from library import ChangeKind, Embedding, Library
from nlp.embeddings.onnx_model import OnnxEncoder
from nlp.embeddings.stage import embed
from nlp.embeddings.windows import text_to_embed
from tests.embeddings.invented import HashEncoder, article, put, work

KILLS = int(os.environ.get("CORDWATCH_TEST_KILLS", "24"))
RECORDS = 60 * KILLS
"""More than are embedded until the last kill."""
BATCH = 4
WORKER = Path(__file__).with_name("invented.py")
UID = "pubmed:99300001"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library.sqlite3") as library:
        put(library, *(article(number) for number in range(12)))
        yield library


def kept(library: Library) -> dict[str, Embedding]:
    return library.embeddings(library.iter_uids())


def changes(library: Library) -> int:
    return library.count_changes(0, kinds=[ChangeKind.EMBEDDING])


def test_every_record_gets_the_vectors_of_its_windows(library: Library) -> None:
    encoder = HashEncoder()
    steps: list[tuple[int, int]] = []
    report = embed(library, encoder, batch=5, progress=lambda done, total: steps.append((done, total)))
    assert (report.embedded, report.unchanged) == (12, 0)
    assert steps == [(5, 12), (10, 12), (12, 12)]
    for uid, embedding in kept(library).items():
        stored = library.get(uid)
        assert stored is not None
        text = text_to_embed(stored.record)
        vectors = np.frombuffer(embedding.vectors, dtype="<f2").reshape(embedding.windows, embedding.dimension)
        assert len(embedding.spans) == embedding.windows == (1 if len(text.split()) <= 80 else 7)
        expected = encoder.encode_documents([text[start:end] for start, end in embedding.spans])
        assert np.array_equal(vectors, expected.astype(np.float16))


def test_only_what_has_other_text_is_embedded_again(library: Library) -> None:
    encoder = HashEncoder()
    embed(library, encoder)
    seq, encoded = library.last_seq(), encoder.encoded
    assert embed(library, encoder).embedded == 0
    put(library, article(1, "Another title"), article(12))
    with library.transaction() as writer:
        writer.delete("pubmed:99300002", "gone")
    report = embed(library, encoder)
    assert (report.embedded, report.unchanged, encoder.encoded) == (2, 0, encoded + 2)
    put(library, article(1))
    put(library, article(1, "Another title"))
    assert (embed(library, encoder).embedded, encoder.encoded) == (0, encoded + 2)
    assert [change.uid for change in library.changes(seq, kinds=[ChangeKind.EMBEDDING], limit=9)] == [
        UID,
        "pubmed:99300012",
    ]


def test_removed_records_are_not_embedded(library: Library) -> None:
    put(library, article(20))
    with library.transaction() as writer:
        writer.delete("pubmed:99300020", "gone")
    embed(library, HashEncoder())
    assert "pubmed:99300020" not in kept(library)
    put(library, article(20))
    embed(library, HashEncoder())
    assert "pubmed:99300020" in kept(library)


def test_another_model_embeds_everything_and_back_again(library: Library) -> None:
    first, second = HashEncoder("invented 1"), HashEncoder("invented 2")
    embed(library, first)
    before = kept(library)
    assert embed(library, second, batch=5).embedded == 12
    assert {embedding.model for embedding in kept(library).values()} == {"invented 2"}
    put(library, article(12))
    assert embed(library, second).embedded == 1
    assert embed(library, first).embedded == 13
    assert {uid: one for uid, one in kept(library).items() if uid in before} == before
    assert {embedding.model for embedding in kept(library).values()} == {"invented 1"}


def test_an_interrupted_change_of_model_goes_on(library: Library) -> None:
    embed(library, HashEncoder("invented 1"))

    def stop(done: int, total: int) -> None:
        if done >= 5:
            raise KeyboardInterrupt

    second = HashEncoder("invented 2")
    with pytest.raises(KeyboardInterrupt):
        embed(library, second, batch=5, progress=stop)
    assert embed(library, second, batch=5).embedded == 7
    assert {embedding.model for embedding in kept(library).values()} == {"invented 2"}


def test_the_default_model_embeds_real_windows(library: Library, encoder: OnnxEncoder) -> None:
    embed(library, encoder)
    for uid, embedding in kept(library).items():
        vectors = np.frombuffer(embedding.vectors, dtype="<f2").reshape(embedding.windows, 384).astype(np.float32)
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=2e-3)
        assert embedding.model == encoder.model_id
        assert embedding.windows == (1 if int(uid[-4:]) % 5 else 2), uid


@contextmanager
def worker(path: Path, batch: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(WORKER), str(path), "invented 2", str(batch)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process


@pytest.mark.slow
def test_killed_at_any_moment_every_record_is_embedded_once(tmp_path: Path) -> None:
    path, chance = tmp_path / "library.sqlite3", random.Random(17)
    with Library.open(path) as library:
        put(library, *(article(number) for number in range(RECORDS)))
        embed(library, HashEncoder("invented 1"), batch=1_000)
    killed = 0
    for _ in range(KILLS):
        with worker(path, BATCH) as process:
            assert process.stdout is not None
            for _ in range(chance.randint(0, 6)):
                process.stdout.readline()
            with suppress(subprocess.TimeoutExpired):
                process.wait(chance.uniform(0, 0.03))
            process.kill()
        killed += process.returncode == -9
        with Library.open(path) as library:
            models = [embedding.model for embedding in kept(library).values()]
            done = library.watermark("embed invented 2")
            assert (len(models), models.count("invented 2")) == (RECORDS, done)
    assert killed == KILLS
    work(path, "invented 2", 500)
    with Library.open(path) as library, Library.open(tmp_path / "other.sqlite3") as other:
        put(other, *(article(number) for number in range(RECORDS)))
        embed(other, HashEncoder("invented 2"))
        assert kept(library) == kept(other)
        assert changes(library) == RECORDS


def test_two_processes_embed_at_once(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite3"
    with Library.open(path) as library:
        put(library, *(article(number) for number in range(400)))
    with worker(path, 7) as one, worker(path, 13) as two:
        assert [one.wait(), two.wait()] == [0, 0]
    with Library.open(path) as library:
        assert len(kept(library)) == changes(library) == 400
        assert library.last_seq() == 800
        assert library.watermark("embed invented 2") == 400
