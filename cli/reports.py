"""How stage and crawl reports look."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from cli.output import Format, print_rows
from library import CrawlRun

RUN_COLUMNS: Final = (
    "source seen new changed unchanged deleted quarantined failed seconds next_watermark errors".split()  # noqa: SIM905
)


def print_runs(runs: Iterable[CrawlRun], format: Format) -> None:
    """One row a source."""
    print_rows(map(run_row, runs), RUN_COLUMNS, format)


def run_row(run: CrawlRun) -> dict[str, object]:
    """A run as one flat row."""
    row: dict[str, object] = msgspec.to_builtins(run)
    row["seconds"] = round((run.finished - run.started).total_seconds(), 1)
    row["next_watermark"] = run.watermark if run.complete else f"{run.watermark} (window incomplete)".strip()
    return row
