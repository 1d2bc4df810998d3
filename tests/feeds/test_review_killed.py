"""Two curators at once, both killed again and again: no decision that was told is lost, and none comes twice.

``CORDWATCH_TEST_KILLS`` raises the number of kills.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from feeds.review.log import effective, read_log, standings
from feeds.review.status import status_of
from library import Library
from tests.feeds.review_world import is_wanted, make_world, opened

HERE = Path(__file__).parent
KILLS = int(os.environ.get("CORDWATCH_TEST_KILLS", "20"))
CURATORS = ("anna", "bert")


def worker(folder: Path, curator: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(HERE / "review_worker.py"), str(folder), curator],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(HERE.parent.parent)},
    )


def told_until_the_end(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    lines = []
    while (line := process.stdout.readline().strip()) != "ended":
        assert line, "the worker itself has died"
        lines.append(line)
    return lines


@pytest.mark.slow
def test_no_decision_is_lost_however_often_the_curators_are_killed(tmp_path: Path) -> None:
    chance = random.Random(KILLS)
    make_world(tmp_path, 900).close()
    told: dict[str, list[tuple[str, str]]] = {curator: [] for curator in CURATORS}
    begun = killed = 0
    longest_s = 1.0
    workers = {curator: worker(tmp_path, curator) for curator in CURATORS}
    try:
        while killed < KILLS or begun < KILLS // 2:
            for process in workers.values():
                process.stdin.write(f"{chance.uniform(0, longest_s)}\n")  # type: ignore[union-attr]
                process.stdin.flush()  # type: ignore[union-attr]
            before = begun
            for curator, process in workers.items():
                lines = told_until_the_end(process)
                begun += "begun" in lines
                killed += "done" not in lines
                told[curator] += [
                    (uid, verdict) for uid, _, verdict in (line.partition(" ") for line in lines) if verdict
                ]
            if begun == before:
                longest_s *= 1.2  # the machine has something else to do
    finally:
        for process in workers.values():
            process.stdin.close()  # type: ignore[union-attr]
            process.wait(60)
            process.stdout.close()  # type: ignore[union-attr]
    _check(tmp_path, told)


def _check(folder: Path, told: dict[str, list[tuple[str, str]]]) -> None:
    with Library.open(folder / "library.sqlite3") as library:
        with library.reading() as connection:
            rows = read_log(connection, "cells")
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            rounds = connection.exec_driver_sql("SELECT count(*) FROM review_rounds").scalar()
        assert rounds == 1, "who resumes goes on with the same queue"
        standing = effective(rows)
        for curator in CURATORS:
            own = [(one.uid, str(one.verdict)) for one in standing if one.curator == curator]
            missing = [one for one in told[curator] if one not in own]
            assert missing == []
            assert len({uid for uid, _ in own}) == len(own), "decided twice"
            assert len(told[curator]) > 5, f"{curator} decided nothing"
        undone = [one.undoes for one in rows if one.undoes]
        assert undone, "nothing was taken back: the test does not test what it says"
        assert len(set(undone)) == len(undone)
        found = standings(rows)
        assert all(one.included == is_wanted(uid) for uid, one in found.items())
        status = status_of(opened(library, "cleo"))
        total = sum(map(is_wanted, (f"{number:04d}" for number in range(900))))
        assert status.recall.wanted_low <= total <= status.recall.wanted_high
        assert status.decided + status.unread == 900
