"""The stage: whatever ends it in between, the annotations are those of an undisturbed run, each written once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import pytest

from library import ChangeKind, Library
from library.verify import verify_library
from nlp.annotate import annotate, is_done, stage_name
from nlp.pipeline import Pipeline
from records.annotation import Annotation
from records.record import Kind, Record, Section, encode_record

KILLS = int(os.environ.get("CORDWATCH_TEST_KILLS", "24"))
NEW = 24
"""Records that come between two kills."""
LONGEST_S = 0.1
"""About what it takes to annotate them."""
WORKER = Path(__file__).with_name("annotate_worker.py")
SENTENCES = (
    "BBB scores improved in rats with neural stem cells (NSCs).",
    "NSC grafts at T10 did not reduce neuropathic pain.",
    "Two of four patients with spinal cord injury improved on the ASIA motor score.",
    "No serious adverse events occurred.",
    "Neither microglia nor astrocytes were found.",
    "Lesion volume was smaller in mice with Schwann cells.",
)


def record(number: int, text: str = "") -> Record:
    chance = random.Random(number)
    abstract = text or " ".join(chance.choices(SENTENCES, k=8))
    return Record(
        source="invented",
        source_id=str(number),
        kind=Kind.ARTICLE,
        title=chance.choice(SENTENCES),
        abstract=(Section(text=abstract),),
    )


def put(library: Library, *records: Record) -> None:
    with library.transaction() as writer:
        for one in records:
            writer.put(one, content=encode_record(one), media_type="application/json")


def annotations(library: Library) -> dict[str, Annotation]:
    return {uid: one.annotation for uid, one in library.annotations(list(library.iter_uids())).items()}


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library.sqlite3") as library:
        yield library


class Versioned:
    """The pipeline under another version."""

    def __init__(self, pipeline: Pipeline, version: str) -> None:
        self._pipeline = pipeline
        self.version = version

    def annotate(self, record: Record) -> Annotation:
        found = self._pipeline.annotate(record)
        return Annotation(pipeline=self.version, entities=found.entities, findings=found.findings)


def test_what_is_new_is_annotated_once(library: Library, pipeline: Pipeline) -> None:
    put(library, *(record(number) for number in range(7)))
    told: list[tuple[int, int]] = []
    report = annotate(library, pipeline, batch=3, progress=lambda done, total: told.append((done, total)))
    assert (report.annotated, report.unchanged, report.failed) == (7, 0, 0)
    assert told == [(3, 7), (6, 7), (7, 7)]
    assert {uid: pipeline.annotate(record(int(uid.split(":")[1]))) for uid in library.iter_uids()} == annotations(
        library
    )
    assert is_done(library, pipeline.version)
    assert not is_done(library, "another 2")
    last = library.last_seq()
    again = annotate(library, pipeline)
    assert (again.annotated, again.unchanged) == (0, 0)
    assert library.last_seq() == last


def test_a_changed_record_is_annotated_anew_and_a_removed_one_is_not(library: Library, pipeline: Pipeline) -> None:
    put(library, record(1), record(2), record(3))
    annotate(library, pipeline)
    put(library, record(1, "Gait improved."))
    assert not is_done(library, pipeline.version)
    with library.transaction() as writer:
        writer.delete("invented:2", "gone")
    report = annotate(library, pipeline)
    assert (report.annotated, report.unchanged) == (1, 0)
    assert "GAIT" in {one.measure for one in annotations(library)["invented:1"].findings}


def test_a_new_version_annotates_everything_and_leaves_the_old_watermark(library: Library, pipeline: Pipeline) -> None:
    put(library, record(1), record(2))
    annotate(library, pipeline)
    newer = Versioned(pipeline, "another 2")
    report = annotate(library, newer)
    assert report.annotated == 2
    assert {one.pipeline for one in annotations(library).values()} == {"another 2"}
    assert {stage_name(pipeline.version), stage_name("another 2")} <= set(library.watermarks())


class Fails(Versioned):
    """It meets a text that it was not made for."""

    def annotate(self, record: Record) -> Annotation:
        if record.source_id == "2":
            raise ValueError("an odd text")
        return super().annotate(record)


def test_what_was_found_in_the_text_before_does_not_outlive_it(library: Library, pipeline: Pipeline) -> None:
    put(library, record(1), record(2))
    annotate(library, Versioned(pipeline, "failing 1"))
    put(library, record(1, "Gait improved."), record(2, "Gait improved."))
    assert annotations(library) == {}
    assert {one.what for one in verify_library(library)} == {"annotation is of an earlier version"}
    assert {one.mend for one in verify_library(library)} == {"cordwatch annotate"}
    annotate(library, Fails(pipeline, "failing 1"))
    assert set(annotations(library)) == {"invented:1"}
    (damage,) = verify_library(library)
    assert (damage.uid, damage.what) == ("invented:2", "annotation is missing")
    assert damage.mend == "cordwatch quarantine says why"


def test_a_record_that_cannot_be_annotated_does_not_keep_the_others(library: Library, pipeline: Pipeline) -> None:
    put(library, record(1), record(2), record(3))
    report = annotate(library, Fails(pipeline, "failing 1"))
    assert (report.annotated, report.failed) == (2, 1)
    (held,) = library.quarantined()
    assert "invented:2 cannot be annotated by failing 1: ValueError: an odd text" in held.reason
    assert set(annotations(library)) == {"invented:1", "invented:3"}


def test_workers_find_the_same(library: Library, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlp.annotate.MANY", 9)
    put(library, *(record(number) for number in range(9)))
    assert annotate(library, pipeline, workers=None).annotated == 9
    assert {uid: pipeline.annotate(record(int(uid.split(":")[1]))) for uid in library.iter_uids()} == annotations(
        library
    )


@contextmanager
def worker(folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(WORKER), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert _line(process.stdout) == ["ready"]
        yield process
        assert process.stdin
        process.stdin.close()


def _line(stream: IO[str] | None) -> list[str]:
    assert stream
    return stream.readline().split()


def start(process: subprocess.Popen[str], count: int) -> list[int]:
    assert process.stdin
    print(count, file=process.stdin, flush=True)
    return [int(_line(process.stdout)[1]) for _ in range(count)]


def ended(process: subprocess.Popen[str]) -> int:
    return int(_line(process.stdout)[2])


@pytest.mark.slow
def test_killed_at_any_moment_it_ends_with_the_same_annotations(
    library: Library, pipeline: Pipeline, tmp_path: Path
) -> None:
    chance = random.Random(20_260_101)
    count, killed, puts = 0, 0, 0
    with worker(tmp_path) as process:
        while killed < KILLS:
            # New ones, which nothing annotates later if this run loses them, and a few changed ones.
            changed = chance.sample(range(count), 5) if count else []
            new = range(count, count + NEW)
            put(library, *map(record, new), *(record(one, f"Gait improved {puts + one} times.") for one in changed))
            count, puts = new.stop, puts + len(new) + len(changed)
            (pid,) = start(process, 1)
            time.sleep(chance.uniform(0.0, LONGEST_S))
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            killed += ended(process) == -signal.SIGKILL
        start(process, 1)
        assert ended(process) == 0
    undisturbed_path = tmp_path / "undisturbed.sqlite3"
    with Library.open(undisturbed_path) as undisturbed:
        put(undisturbed, *(one.record for one in library.get_many(list(library.iter_uids())).values()))
        annotate(undisturbed, pipeline)
        assert annotations(library) == annotations(undisturbed)
    _each_written_once(library, puts)


def _each_written_once(library: Library, records: int) -> None:
    """Every change of a record has led to at most one annotation."""
    assert library.last_seq() <= 2 * records
    written = [change.uid for change in library.changes(0, kinds=(ChangeKind.ANNOTATION,), limit=10_000)]
    assert len(set(written)) == len(set(library.iter_uids()))


@pytest.mark.slow
def test_two_at_once_do_not_get_in_each_others_way(library: Library, pipeline: Pipeline, tmp_path: Path) -> None:
    put(library, *(record(number) for number in range(200)))
    with worker(tmp_path) as process:
        start(process, 2)
        assert [ended(process), ended(process)] == [0, 0]
    assert {uid: pipeline.annotate(record(int(uid.split(":")[1]))) for uid in library.iter_uids()} == annotations(
        library
    )
    assert library.last_seq() == 400
