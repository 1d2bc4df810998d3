"""Decides in processes that can be killed: ``python review_worker.py FOLDER CURATOR``.

For each line ``SECONDS`` on stdin it forks a child that goes on with the review, says each decision on stdout once it
is made (``UID VERDICT``), and is killed after so many seconds; then a line ``ended`` follows. Forking spares the
children the time to import everything: they are killed at work.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import types
from pathlib import Path

# Some package installs a `tests` of its own, which would be found instead of these.
_TESTS = types.ModuleType("tests")
_TESTS.__path__ = [str(Path(__file__).resolve().parents[1])]
sys.modules["tests"] = _TESTS

from feeds.review.types import Verdict  # noqa: E402
from library import Library  # noqa: E402
from tests.feeds.review_world import is_wanted, make_world, opened, read  # noqa: E402


def say(line: str) -> None:
    """One write: a kill never leaves half a line."""
    os.write(1, f"{line}\n".encode())


def review(folder: Path, curator: str) -> None:
    """Decide until killed; every fifth decision is taken back and made again."""
    with Library.open(folder / "library.sqlite3") as library:
        queue = opened(library, curator)
        say("begun")
        while offer := queue.next():
            verdict = Verdict.INCLUDE if is_wanted(offer.uid) else Verdict.EXCLUDE
            made = queue.decide(offer, verdict, "why")
            if made.id % 5 == 0:
                offer = queue.again(queue.undo())
                queue.decide(offer, verdict, "again")
            say(f"{offer.uid} {verdict}")
    say("done")


def rehearse() -> None:
    """Review something that nobody looks at: what is imported on first use is there from then on."""
    with tempfile.TemporaryDirectory() as folder, make_world(Path(folder), 60) as library:
        read(opened(library), 30)


def main() -> None:
    rehearse()
    folder, curator = Path(sys.argv[1]), sys.argv[2]
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            review(folder, curator)
            os._exit(0)
        if signal.sigtimedwait({signal.SIGCHLD}, float(line)) is None:
            os.kill(child, signal.SIGKILL)
            signal.sigwait({signal.SIGCHLD})
        os.waitpid(child, 0)
        say("ended")


if __name__ == "__main__":
    main()
