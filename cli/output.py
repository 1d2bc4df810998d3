"""How commands print: stdout is data; a table for people, JSON, JSON lines or CSV for programs."""

from __future__ import annotations

import csv
import datetime as dt
import errno
import json
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import IO, Any, Final, TypeVar

import click

from records.errors import ConfigError

_DISK_FULL: Final = {
    errno.ENOSPC: "make room, or name a file on another disk",
    errno.EDQUOT: "make room within your quota, or name a file on another disk",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f), or write less",
}
"""What a file may be refused for while it is written → what to do."""
Row = Mapping[str, Any]
Command = TypeVar("Command", bound=Callable[..., Any])


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    JSON = "json"
    NL = "nl"
    CSV = "csv"


def format_options(command: Command) -> Command:
    """Add ``--json``, ``--nl`` and ``--csv``; the command receives ``format``."""
    for flag, value, text in (
        ("--csv", Format.CSV, "Comma-separated values."),
        ("--nl", Format.NL, "JSON lines."),
        ("--json", Format.JSON, "One JSON document."),
    ):
        command = click.option(flag, "format", flag_value=value, help=text, default=Format.TABLE, type=Format)(command)
    return command


def output_option(command: Command) -> Command:
    """Add ``-o FILE``; the command receives ``output`` (``None`` or ``-``: stdout)."""
    return click.option(
        "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write; stdout if not given."
    )(command)


@contextmanager
def writing(output: Path | None) -> Iterator[IO[str]]:
    """A text stream: stdout, or a file that appears only when it is complete. Raises `ConfigError` as `replacing`."""
    if output is None or str(output) == "-":
        yield sys.stdout
        return
    with replacing(output) as partial, partial.open("w", encoding="utf-8", newline="") as stream:
        yield stream


@contextmanager
def replacing(output: Path) -> Iterator[Path]:
    """A file to write beside ``output``, whose place it takes if all goes well; else nothing is left of it.

    Raises:
        ConfigError: It cannot be written.
    """
    partial = output.with_name(output.name + ".partial")
    try:
        with _ended_in_order():
            yield partial
        partial.replace(output)
    except OSError as error:
        if error.errno not in _DISK_FULL and str(error.filename) != str(partial):
            raise  # of something else that was done meanwhile
        folder = output.parent
        reason = error.strerror if folder.is_dir() else f"there is no folder {folder}"
        hint = _DISK_FULL.get(error.errno or 0, "name a folder that can be written")
        raise ConfigError(f"{output} cannot be written: {reason}", hint=hint) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """SIGTERM, which `timeout`, containers and systemd send, unwinds what was begun, as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def print_rows(rows: Iterable[Row], columns: Sequence[str], format: Format, stream: IO[str] | None = None) -> None:
    """Print rows as ``format`` says.

    Args:
        rows: May be a generator; only ``table`` and ``json`` hold them all.
        columns: Keys to show, in order, for ``table`` and ``csv``.
        format: How.
        stream: Where; stdout if not given.
    """
    stream = stream or sys.stdout
    if format is Format.JSON:
        stream.write(json.dumps(list(rows), ensure_ascii=False, indent=2, default=_for_json) + "\n")
    elif format is Format.NL:
        for row in rows:
            stream.write(json.dumps(row, ensure_ascii=False, default=_for_json) + "\n")
    elif format is Format.CSV:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    else:
        _print_table(rows, columns, stream)


_SHORT_NAME: Final = 20
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)")


def _print_table(rows: Iterable[Row], columns: Sequence[str], stream: IO[str]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    cells = [[_to_the_second(_cell(row.get(column))) for column in columns] for row in rows]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for place, column in enumerate(columns):
        # A heading may be broken between words, never within one; a short name in the first column never.
        longest = max(len(word) for word in column.split("_"))
        short = place == 0 and all(len(row[0]) <= _SHORT_NAME for row in cells)
        # Nor may a moment.
        timed = max((len(row[place]) for row in cells if _MOMENT.fullmatch(row[place])), default=0)
        table.add_column(
            column.replace("_", " "), overflow="fold", min_width=max(longest, timed), no_wrap=short or timed > 0
        )
    for row in cells:
        table.add_row(*map(Text, row))
    if table.row_count:
        console(stream).print(table)


def console(stream: IO[str] | None = None) -> Any:
    """A rich console on ``stream``; plain and 110 columns wide where it is no terminal."""
    from rich.console import Console

    stream = stream or sys.stdout
    return Console(file=stream, highlight=False, soft_wrap=False, width=None if stream.isatty() else 110)


def harmless(text: str) -> str:
    """The text with control characters made visible, sign for sign: no record drives the reader's terminal."""
    return text.translate(_CONTROLS)


_CONTROLS: Final = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n"},
    **dict.fromkeys(range(0x7F, 0xA0), 0xFFFD),
}
"""To Unicode's control pictures, so that places in the text stay what they are."""


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return "; ".join(_cell(part) for part in value)
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="seconds")
    return harmless(str(value))


def _for_json(value: Any) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _to_the_second(text: str) -> str:
    """A moment as people read it, in UTC; any other text as it is."""
    if not _MOMENT.fullmatch(text):
        return text
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
