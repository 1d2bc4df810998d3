"""How stage and crawl reports look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import click
import msgspec

from cli.output import Format, print_rows
from library import CrawlRun
from library.types import IMPORT

COUNTS: Final = ("source", "seen", "new", "changed", "unchanged", "deleted", "quarantined", "failed")
RUN_COLUMNS: Final = (*COUNTS, "seconds", "complete", "next_watermark")
_FILES_SHOWN: Final = 20
_ERRORS_SHOWN: Final = 20


def print_runs(runs: Iterable[CrawlRun], format: Format) -> None:
    """One row a source; what went wrong stands below, on stderr."""
    runs = list(runs)
    print_rows(map(run_row, runs), RUN_COLUMNS, format)
    _tell_quarantined(runs)
    for run in runs:
        left_out = (f"left out as off the topic: {run.filtered}",) if run.filtered else ()
        for line in (*run.errors, *run.notes, *left_out):
            click.echo(f"{run.source}: {line}", err=True)


def print_imports(runs: Sequence[CrawlRun], format: Format) -> None:
    """One row a file; many files are summed up for people. What went wrong stands below, on stderr."""
    rows = [run_row(run) | {"file": run.source.removeprefix(f"{IMPORT} ")} for run in runs]
    if format is Format.TABLE and len(rows) > _FILES_SHOWN:
        total = {name: sum(int(str(row[name])) for row in rows) for name in COUNTS[1:]}
        rows = [{"file": f"{len(rows)} files", **total}]
    print_rows(rows, ("file", *COUNTS[1:]), format)
    _tell_quarantined(runs)
    if not runs:
        click.echo("there is no file to read", err=True)
    errors = [line for run in runs for line in (*run.errors, *run.notes)]
    for error in errors[:_ERRORS_SHOWN]:
        click.echo(error, err=True)
    if len(errors) > _ERRORS_SHOWN:
        click.echo(f"… and {len(errors) - _ERRORS_SHOWN} more; --json names them all", err=True)


def _tell_quarantined(runs: Sequence[CrawlRun]) -> None:
    if count := sum(run.quarantined for run in runs):
        click.echo(f"kept in quarantine: {count}; `cordwatch quarantine` says why", err=True)


def run_row(run: CrawlRun) -> dict[str, object]:
    """A run as one flat row."""
    row: dict[str, object] = msgspec.to_builtins(run)
    row["seconds"] = round((run.finished - run.started).total_seconds(), 1)
    row["next_watermark"] = run.watermark
    return row
