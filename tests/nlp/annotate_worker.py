"""Annotates the library in a folder, as often as it is told to: ``python annotate_worker.py FOLDER``.

The vocabulary is loaded once; each line on stdin is a number of processes that are to annotate at the same time. Each
is announced as ``pid N`` and, once all have ended, reported as ``ended N CODE``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from library import Library
from nlp.annotate import annotate
from nlp.pipeline import Pipeline
from records.record import Kind, Record

BATCH = 3


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def main() -> None:
    path = Path(sys.argv[1]) / "library.sqlite3"
    pipeline = Pipeline.load()
    # What is made on first use is made before the processes start: they are killed at work, not while they warm up.
    pipeline.annotate(Record(source="invented", source_id="0", kind=Kind.ARTICLE, title="BBB scores did not improve."))
    _say("ready")
    for line in sys.stdin:
        started = [_start(path, pipeline) for _ in range(int(line))]
        for pid in started:
            _say(f"pid {pid}")
        for pid in started:
            _, status = os.waitpid(pid, 0)
            _say(f"ended {pid} {os.waitstatus_to_exitcode(status)}")


def _start(path: Path, pipeline: Pipeline) -> int:
    if pid := os.fork():
        return pid
    with Library.open(path) as library:
        annotate(library, pipeline, batch=BATCH)
    os._exit(0)


if __name__ == "__main__":
    main()
