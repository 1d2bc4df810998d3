"""The stage that annotates: reads what changed in the library, writes what was found.

The stage's watermark carries the pipeline's version in its name. A new version therefore begins at the first change and
annotates every record anew, goes on where it was interrupted, and never disturbs how far another version has come.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

import msgspec

from library import ChangeKind, Library, PutOutcome, StoredRecord, WatermarkMovedError, Writer
from nlp.pipeline import Pipeline
from records.annotation import Annotation, decode_annotation, encode_annotation
from records.record import Record, decode_record, encode_record

if TYPE_CHECKING:
    from concurrent.futures import Executor

BATCH: Final = 500
"""Records a transaction: what a killed process repeats at most."""
MANY: Final = 20_000
"""Changes from which processes pay: each needs some seconds to read the vocabulary."""
_KINDS: Final = (ChangeKind.RECORD, ChangeKind.TOMBSTONE)
_BUGS: Final = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What a rule that meets a text it was not made for can raise; the system's own errors are not among them."""

Progress: TypeAlias = Callable[[int, int], None]


class Annotator(Protocol):
    """What the stage needs of a pipeline."""

    @property
    def version(self) -> str:
        """Changes when the same record may be annotated otherwise."""

    def annotate(self, record: Record) -> Annotation:
        """Everything that is found in the record."""


class AnnotateReport(msgspec.Struct, kw_only=True):
    """What a run of the stage did."""

    annotated: int = 0
    """Records whose annotation is new or has changed."""
    unchanged: int = 0
    """Records annotated as before."""
    failed: int = 0
    """Records that the pipeline could not annotate; they stand in quarantine."""
    seq: int = 0
    """Change up to which every record is annotated."""


class Failure(msgspec.Struct, frozen=True, tag=True):
    """Why a record could not be annotated."""

    reason: str


_Outcome: TypeAlias = Annotation | Failure


def stage_name(version: str) -> str:
    """Name of the watermark of a pipeline's version."""
    return f"annotate {version}"


def is_done(library: Library, version: str) -> bool:
    """Whether this version of the pipeline has seen every record as it is."""
    return not library.count_changes(library.watermark(stage_name(version)), kinds=_KINDS)


def annotate(
    library: Library,
    pipeline: Annotator,
    *,
    batch: int = BATCH,
    progress: Progress | None = None,
    workers: int | None = 0,
) -> AnnotateReport:
    """Annotate every record that is new or changed since this version of the pipeline last ran.

    Args:
        library: Where the records are and the annotations go.
        pipeline: Annotates.
        batch: Records a transaction.
        progress: Told how many changes are done, of how many.
        workers: Processes that annotate, each with a pipeline of its own; 0 annotates in this one, ``None`` takes one
            a core where there is enough to do.
    """
    stage = stage_name(pipeline.version)
    report = AnnotateReport(seq=library.watermark(stage))
    total = library.count_changes(report.seq, kinds=_KINDS)
    done = 0
    if workers is None:
        workers = (os.cpu_count() or 1) if total >= MANY else 0
    with _runner(pipeline, workers) as run:
        while changes := library.changes(report.seq, kinds=_KINDS, limit=batch):
            stored = _standing(library, (change.uid for change in changes))
            outcomes = run([one.record for one in stored])
            try:
                with library.transaction() as writer:
                    writer.advance(stage, expected=report.seq, to=changes[-1].seq)
                    step = _write(writer, stored, outcomes)
            except WatermarkMovedError:
                # Another process has annotated these; its annotations are as good as ours.
                report.seq = library.watermark(stage)
                continue
            report = _sum(report, step, seq=changes[-1].seq)
            done += len(changes)
            if progress:
                progress(min(done, total), total)
    return report


def _standing(library: Library, uids: Iterable[str]) -> list[StoredRecord]:
    """Those of the records that their sources have not removed."""
    found = library.get_many(dict.fromkeys(uids))
    return [one for one in found.values() if not one.deleted]


def _write(writer: Writer, stored: Sequence[StoredRecord], outcomes: Iterable[_Outcome]) -> AnnotateReport:
    step = AnnotateReport()
    for one, outcome in zip(stored, outcomes, strict=True):
        if isinstance(outcome, Failure):
            content = encode_record(one.record)
            writer.quarantine(
                one.record.source, outcome.reason, content, "application/json", one.record.url, spider="annotate"
            )
            writer.forget_older_annotation(one.uid, record_version=one.version)
            step.failed += 1
        elif writer.put_annotation(one.uid, outcome, record_version=one.version) is PutOutcome.UNCHANGED:
            step.unchanged += 1
        else:
            step.annotated += 1
    return step


def _sum(report: AnnotateReport, step: AnnotateReport, *, seq: int) -> AnnotateReport:
    return AnnotateReport(
        annotated=report.annotated + step.annotated,
        unchanged=report.unchanged + step.unchanged,
        failed=report.failed + step.failed,
        seq=seq,
    )


def _attempt(pipeline: Annotator, record: Record) -> _Outcome:
    """The annotation, or why there is none: one record must not keep the others waiting."""
    try:
        return pipeline.annotate(record)
    except _BUGS as error:
        return Failure(f"{record.uid} cannot be annotated by {pipeline.version}: {type(error).__name__}: {error}")


@contextmanager
def _runner(pipeline: Annotator, workers: int) -> Iterator[Callable[[list[Record]], list[_Outcome]]]:
    """What annotates a batch, here or in processes that live as long as the block."""
    if workers <= 0:
        yield lambda records: [_attempt(pipeline, record) for record in records]
        return
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(pipeline.version,)) as pool:
        yield lambda records: _spread(pool, records, workers)


def _spread(pool: Executor, records: list[Record], workers: int) -> list[_Outcome]:
    size = max(1, -(-len(records) // (4 * workers)))
    parts = [[encode_record(one) for one in records[at : at + size]] for at in range(0, len(records), size)]
    return [_received(outcome) for part in pool.map(_work, parts) for outcome in part]


def _received(outcome: bytes | str) -> _Outcome:
    return Failure(outcome) if isinstance(outcome, str) else decode_annotation(outcome)


# In a worker process

_own: list[Pipeline] = []


def _begin(version: str) -> None:
    pipeline = Pipeline.load()
    if pipeline.version != version:
        raise ValueError(f"workers annotate with {pipeline.version}, not with {version}: use workers=0")
    _own.append(pipeline)


def _work(encoded: list[bytes]) -> list[bytes | str]:
    """Annotations as bytes, failures as their reason: both cross between processes cheaply."""
    outcomes = (_attempt(_own[0], decode_record(one)) for one in encoded)
    return [one.reason if isinstance(one, Failure) else encode_annotation(one) for one in outcomes]
