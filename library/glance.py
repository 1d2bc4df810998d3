"""A glance at the library with nothing but the standard library: importing SQLAlchemy takes as long as a search."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from records.errors import LibraryError

_BATCH: Final = 500
_PATIENCE_S: Final = 1.0
_LAST: Final = "SELECT coalesce(max(seq), 0) FROM changes"
_CHANGED: Final = "SELECT DISTINCT uid FROM changes WHERE seq > ? AND kind IN ('record', 'tombstone') AND uid IN ({})"


class Glance(NamedTuple):
    """What the library has that a reader of its changes has not read."""

    behind: int
    """So many changes; negative if the library is older than what the reader has read."""
    changed: frozenset[str]
    """Those of the records in question that have changed since, or were removed."""


def glance(path: Path, *, seq: int, uids: Iterable[str] = ()) -> Glance:
    """What has changed in the library at ``path`` since change ``seq``.

    Raises:
        LibraryError: It cannot be read.
    """
    try:
        with closing(sqlite3.connect(read_uri(path), uri=True, timeout=_PATIENCE_S)) as connection:
            ((last,),) = connection.execute(_LAST)
            changed = _changed(connection, sorted(set(uids)), seq) if last > seq else frozenset()
    except sqlite3.Error as error:
        raise LibraryError(f"{path}: {error}", hint="cordwatch doctor") from error
    return Glance(int(last) - seq, changed)


def _changed(connection: sqlite3.Connection, uids: list[str], seq: int) -> frozenset[str]:
    found: set[str] = set()
    for start in range(0, len(uids), _BATCH):
        some = uids[start : start + _BATCH]
        rows = connection.execute(_CHANGED.format(", ".join("?" * len(some))), (seq, *some))
        found.update(uid for (uid,) in rows)
    return frozenset(found)


def read_uri(path: Path) -> str:
    """SQLite's address of a file that is only read.

    Beside a file that is read SQLite wants to keep a note of who reads, which it cannot where nothing can be written;
    there it is told that the file does not change. Not if something is left in the log beside it, which it would miss.
    """
    log = path.with_name(path.name + "-wal")
    still = not can_write(path.parent) and not (log.exists() and log.stat().st_size)
    return f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if still else ''}"


def can_write(folder: Path) -> bool:
    """Whether files can be made in a folder: it may be another's, or on a file system that is mounted read-only."""
    return os.access(folder, os.W_OK, effective_ids=os.access in os.supports_effective_ids)
