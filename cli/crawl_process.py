"""The crawl of the service: ``cordwatch sync`` in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cli import exits

if TYPE_CHECKING:
    from feeds.watch.crawling import Ended

_LAST_LINES_S: Final = 5.0
"""So long the last lines of a crawl that has ended may take to come."""


class CrawlProcess:
    """A crawl in hand: its reactor does not start twice, its memory comes back.

    The child inherits the lock: where the service is killed no other crawl begins beside this one until it has ended.

    Args:
        command: ``cordwatch sync`` and its arguments.
        lock: File that is locked as long as the child lives.
        log: Takes each line that the child says.

    Raises:
        LockedError: A crawl that an earlier service began still runs.
    """

    def __init__(self, command: Sequence[str], lock: Path, log: Callable[[str], None]) -> None:
        from library.lock import name_holder, take

        with take(lock, "crawls") as held:
            self._child = subprocess.Popen(  # noqa: S603 - our own command
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=(held.fileno(),),
                # A Ctrl-C is for the service, which tells the child once; a second signal would end it at once.
                start_new_session=True,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
            name_holder(held, self._child.pid)
        self._log = log
        self._reader = threading.Thread(target=self._tell, daemon=True)
        self._reader.start()

    def wait(self, seconds: float) -> Ended | None:
        """How it ended; ``None`` if it still goes on after so long."""
        from feeds.watch.crawling import Ended, Outcome

        try:
            status = self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        self.kill()  # workers of one that was ended in the middle would stay
        self._reader.join(_LAST_LINES_S)
        if status == exits.SOME_FAILED:
            return Ended(outcome=Outcome.SOME_SOURCES_FAILED)
        if status:
            why = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with exit code {status}"
            return Ended(outcome=Outcome.FAILED, detail=f"sync {why}")
        return Ended()

    def end(self) -> None:
        """Tell it to end in good order."""
        self._child.terminate()

    def kill(self) -> None:
        """End it and its workers at once."""
        with suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)

    def _tell(self) -> None:
        assert self._child.stderr is not None  # noqa: S101 - it was asked for
        with self._child.stderr as lines:
            for line in lines:
                self._log(line.rstrip("\n"))
