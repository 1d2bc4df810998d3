"""The log of searches: what was asked when, of what, and how much was found; a JSON line each.

It lies beside the library, is only ever appended to, and is what a review reports of its searches (PRISMA-S). It does
not go into the library: searching needs no database, and must not wait for one that is being written.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from index.query import filters_of, parse_query

if TYPE_CHECKING:
    from cli.app import App

OWNER_ONLY: Final = 0o600


class LoggedSearch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One search as it was run."""

    time: dt.datetime
    """When, UTC."""
    command: str
    """``search``, ``export``, ``facets``, ``similar`` or ``trend``."""
    query: str
    """As typed; of ``similar`` the uid."""
    mode: str = ""
    """How it was ranked."""
    filters: tuple[str, ...] = ()
    """The clauses of the query that are no words."""
    limit: int | None = None
    """How many were asked for."""
    offset: int = 0
    total: int | None = None
    """How many records passed the filters; ``None`` where they were not counted."""
    shown: int | None = None
    """How many records were shown or written."""
    sources: Mapping[str, int] = {}
    """Of these, how many from each source."""
    backend: str = ""
    """What answered; ``library`` where everything was exported."""
    seq: int = 0
    """Library change up to which the index had read."""


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """A line that is no entry, as one that was cut off when the machine stopped."""

    line: int
    """From 1."""
    reason: str


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(LoggedSearch)


def keep(
    app: App,
    command: str,
    query: str,
    *,
    uids: Iterable[str] | None = None,
    sources: Mapping[str, int] | None = None,
    mode: str = "",
    limit: int | None = None,
    offset: int = 0,
    total: int | None = None,
    seq: int = 0,
    backend: str = "",
) -> None:
    """Log a search that was answered, unless the settings say not to; one that cannot be logged stays answered.

    Args:
        app: Settings, and where a failure is told.
        command: The command's name.
        query: As typed.
        uids: What was shown or written; ``None`` for counts only.
        sources: In its place, how many records of each source were written.
        mode: How it was ranked.
        limit: How many were asked for.
        offset: How many were passed over.
        total: How many there are.
        seq: Library change up to which the index had read.
        backend: What answered; the index if not given.
    """
    if not app.settings.search.log:
        return
    counted = sources if uids is None else by_source(uids)
    entry = LoggedSearch(
        time=dt.datetime.now(dt.UTC).replace(microsecond=0),
        command=command,
        query=query,
        mode=mode,
        filters=() if command == "similar" else tuple(filters_of(parse_query(query).node)),
        limit=limit,
        offset=offset,
        total=total,
        shown=None if counted is None else sum(counted.values()),
        sources=_most_first(counted or {}),
        backend=backend or ("elasticsearch" if app.settings.index.url else "embedded"),
        seq=seq,
    )
    path = app.settings.search_log_path
    try:
        append(path, entry)
    except OSError as error:
        app.note(f"this search is not in the log: {path}: {error.strerror or error}")


def append(path: Path, entry: LoggedSearch) -> None:
    """Add an entry, whole, whoever else does so now. Raises `OSError` if it cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, OWNER_ONLY)
    with os.fdopen(descriptor, "r+b", buffering=0) as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        # A line that was cut off must not take this one with it.
        cut_off = stream.seek(0, os.SEEK_END) > 0 and os.pread(descriptor, 1, stream.tell() - 1) != b"\n"
        stream.write((b"\n" if cut_off else b"") + _ENCODER.encode(entry) + b"\n")


def read(path: Path) -> Iterator[LoggedSearch | Unreadable]:
    """Every entry, oldest first, in constant memory; nothing where there is no log."""
    if not path.exists():
        return
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                yield _DECODER.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                yield Unreadable(line=number, reason=str(error))


def by_source(uids: Iterable[str]) -> dict[str, int]:
    """How many records each source has among these, most first."""
    return _most_first(Counter(uid.partition(":")[0] for uid in uids))


def _most_first(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
