"""A lock between processes that the system itself releases when its holder dies, even by kill -9."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from records.errors import CordwatchError


class LockedError(CordwatchError):
    """Another process does this already."""


@contextmanager
def alone(path: Path, what: str) -> Iterator[None]:
    """Be the only process that does ``what`` for the length of the block.

    Raises:
        LockedError: Another one is; the message names its process id.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="ascii") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.seek(0)
            holder = stream.read().strip() or "unknown"
            raise LockedError(f"another process {what} already (process {holder})") from None
        stream.truncate(0)
        stream.write(str(os.getpid()))
        stream.flush()
        yield
