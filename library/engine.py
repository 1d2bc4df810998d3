"""Opens the database, and says in our words what it could not do."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DatabaseError

from library.glance import can_write, read_uri
from records.errors import LibraryBusyError, LibraryError

_TAKEN_BACK: Final = "this batch was not kept, what came before is there"
"""What became of a transaction that failed: a command may have committed others before."""


def open_engine(path: Path, busy_timeout_s: float) -> Engine:
    """Connections that write ahead, wait for the disk at every commit, and begin no transaction by themselves.

    Where nothing can be written beside the file, they only read.
    """
    if not can_write(path.parent):
        return _reading_engine(path, busy_timeout_s)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": busy_timeout_s})

    def prepare(raw: Any, _record: Any) -> None:
        # The driver must not begin transactions by itself: ours are immediate, so that seqs commit in order.
        raw.isolation_level = None
        _write_ahead(raw, time.monotonic() + busy_timeout_s)
        for pragma in ("synchronous=FULL", "foreign_keys=ON"):
            raw.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", prepare)
    return engine


def _reading_engine(path: Path, busy_timeout_s: float) -> Engine:
    def connect() -> sqlite3.Connection:
        # The pool hands a connection from thread to thread, one at a time.
        return sqlite3.connect(
            read_uri(path), uri=True, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False
        )

    return create_engine(f"sqlite:///{path}", creator=connect)


def _write_ahead(raw: Any, deadline: float) -> None:
    """Switch a new file to its write-ahead log: SQLite does not wait by itself where two do so at once."""
    while True:
        try:
            raw.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn the database's errors into ours, with what to do."""
    try:
        yield
    except DatabaseError as error:
        raise _explained(path, error.orig) from error


def _explained(path: Path, error: BaseException | None) -> LibraryError:
    # The primary result code lies in the lowest byte: https://www.sqlite.org/rescode.html
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return LibraryBusyError(
            f"{path} is being written by another process", hint="wait, or raise library.busy_timeout_s"
        )
    if code == sqlite3.SQLITE_FULL:
        return LibraryError(f"no space left to write {path}; {_TAKEN_BACK}", hint="make room, and run it again")
    if code == sqlite3.SQLITE_IOERR:
        return LibraryError(
            f"{path} could not be read or written: {error}; {_TAKEN_BACK}",
            hint="look at the disk: its space, quotas and health",
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        if can_write(path.parent):
            return LibraryError(f"{path}: {error}", hint="look at the permissions of the file and its folder")
        return LibraryError(
            f"nothing can be written in {path.parent}, where the library is: {error}",
            hint="commands that read work where no other process writes; to write, mount it so, or see its permissions",
        )
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return LibraryError(f"{path}: {error}", hint="restore the file from a backup")
    return LibraryError(f"{path}: {error}", hint="cordwatch doctor")
