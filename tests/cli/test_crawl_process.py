"""The crawl of the service as a process: what it says, how it ends, and that nothing of it stays."""

from __future__ import annotations

import os
import select
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from cli.crawl_process import CrawlProcess
from feeds.watch.crawling import Ended, Outcome
from library.lock import LockedError, alone

PATIENCE_S = 60.0
WAITS = "import sys, signal; print('ready', file=sys.stderr, flush=True); signal.pause()"
LEAVES_A_WORKER = """
import subprocess, sys
worker = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
print(worker.pid, file=sys.stderr, flush=True)
sys.exit(3)
"""


def begun(script: str, folder: Path, lines: list[str]) -> CrawlProcess:
    return CrawlProcess([sys.executable, "-c", script], folder / "crawl.lock", lines.append)


@pytest.mark.parametrize(
    ("script", "ended"),
    [
        ("", Ended()),
        ("raise SystemExit(1)", Ended(outcome=Outcome.FAILED, detail="sync ended with exit code 1")),
        ("raise SystemExit(3)", Ended(outcome=Outcome.SOME_SOURCES_FAILED)),
        (
            "import os; os.kill(os.getpid(), 9)",
            Ended(outcome=Outcome.FAILED, detail="sync was ended by SIGKILL"),
        ),
    ],
)
def test_how_it_ended(script: str, ended: Ended, tmp_path: Path) -> None:
    assert begun(script, tmp_path, []).wait(PATIENCE_S) == ended


def test_workers_do_not_outlive_it(tmp_path: Path) -> None:
    lines: list[str] = []
    assert begun(LEAVES_A_WORKER, tmp_path, lines).wait(PATIENCE_S) == Ended(outcome=Outcome.SOME_SOURCES_FAILED)
    (worker,) = lines
    with suppress(ProcessLookupError):  # it has gone already
        ended = os.pidfd_open(int(worker))
        assert select.select([ended], [], [], PATIENCE_S)[0]
        os.close(ended)


def test_it_holds_the_lock_as_long_as_it_lives(tmp_path: Path) -> None:
    crawl = begun(WAITS, tmp_path, [])
    assert crawl.wait(0.0) is None
    pid = int((tmp_path / "crawl.lock").read_text(encoding="ascii"))
    with pytest.raises(LockedError, match=rf"another process crawls already \(process {pid}\)"):
        begun("", tmp_path, [])
    crawl.end()
    assert crawl.wait(PATIENCE_S) == Ended(outcome=Outcome.FAILED, detail="sync was ended by SIGTERM")
    with alone(tmp_path / "crawl.lock", "crawls"):
        pass
    with pytest.raises(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)
