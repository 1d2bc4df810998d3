"""How stage and crawl reports look."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import click
import msgspec

from cli.output import Format, print_rows
from library import CrawlRun

COUNTS: Final = ("source", "seen", "new", "changed", "unchanged", "deleted", "quarantined", "failed")
RUN_COLUMNS: Final = (*COUNTS, "seconds", "complete", "next_watermark")


def print_runs(runs: Iterable[CrawlRun], format: Format) -> None:
    """One row a source; what went wrong stands below, on stderr."""
    runs = list(runs)
    print_rows(map(run_row, runs), RUN_COLUMNS, format)
    for run in runs:
        for error in run.errors:
            click.echo(f"{run.source}: {error}", err=True)


def run_row(run: CrawlRun) -> dict[str, object]:
    """A run as one flat row."""
    row: dict[str, object] = msgspec.to_builtins(run)
    row["seconds"] = round((run.finished - run.started).total_seconds(), 1)
    row["next_watermark"] = run.watermark
    return row
