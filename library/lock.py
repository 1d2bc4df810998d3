"""A lock between processes that the system itself releases when its holder dies, even by kill -9."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from records.errors import CordwatchError


class LockedError(CordwatchError):
    """Another process does this already."""


def take(path: Path, what: str, *, wait: bool = False) -> TextIO:
    """The lock on ``what``, held until the stream is closed in this process and in all that have inherited it.

    So it can be handed to a child, by the descriptor of the stream: it then holds as long as the child lives.

    Args:
        path: The lock: a file that is made if there is none, and stays.
        what: For the message.
        wait: Whether to wait until no other process has it.

    Raises:
        LockedError: Another process has it; the message names its process id.
        CordwatchError: The file cannot be made, as on a file system that is mounted read-only.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("a+", encoding="ascii")
    except OSError as error:
        why = error.strerror or str(error)
        raise CordwatchError(f"{path} cannot be made: {why}", hint="see how its folder may be written") from error
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        name_holder(stream, os.getpid())
    except BlockingIOError:
        stream.seek(0)
        holder = stream.read().strip() or "unknown"
        stream.close()
        raise LockedError(f"another process {what} already (process {holder})") from None
    except BaseException:  # Ctrl-C while waiting too: whoever has no lock must leave no open file
        stream.close()
        raise
    return stream


def name_holder(lock: TextIO, process: int) -> None:
    """Write down who holds a lock that was taken."""
    lock.truncate(0)
    lock.write(str(process))
    lock.flush()


@contextmanager
def alone(path: Path, what: str, *, wait: bool = False) -> Iterator[None]:
    """Be the only process that does ``what`` for the length of the block; arguments and errors as of `take`."""
    with take(path, what, wait=wait):
        yield
