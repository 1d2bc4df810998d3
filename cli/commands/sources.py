"""cordwatch sources."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from cli.app import App, pass_app
from cli.output import Format, format_options, print_rows

COLUMNS = ("source", "records", "last_run", "last_complete", "watermark", "quarantined", "description")


HEALTH_COLUMNS = (
    "source", "records", "last_success", "lag_hours", "behind_days", "error_rate", "recent", "overlap", "unique",
    "quiet", "quarantined",
)  # fmt: skip


@click.command(name="sources")
@click.option("--health", is_flag=True, help="How well each serves: lag, errors, what it brings, whether it is quiet.")
@format_options
@pass_app
def command(app: App, health: bool, format: Format) -> int:
    """List the sources: what each holds, when it last ran, how far it has read."""
    from crawler.registry import spiders

    if health:
        return _health(app, format)
    stored = _stored(app)
    rows = [
        {"source": name, "description": (spider.__doc__ or "").strip().splitlines()[0], **stored.pop(name, {})}
        for name, spider in sorted(spiders().items())
    ]
    rows += [{"source": name, "description": "from files", **row} for name, row in sorted(stored.items())]
    # For people there is more room for what a source is: --health says when each last served.
    columns = [name for name in COLUMNS if name != "last_run"] if format is Format.TABLE else COLUMNS
    print_rows(rows, columns, format)
    return 0


def _stored(app: App) -> dict[str, dict[str, Any]]:
    if not app.settings.library_path.exists():
        return {}
    with app.library() as library:
        return {row.source: {**msgspec.structs.asdict(row)} for row in library.source_summaries()}


def _health(app: App, format: Format) -> int:
    from feeds.health import source_health, told_quiet

    with app.library() as library:
        found = source_health(library)
    # For people what could not be read follows below, reason by reason.
    columns = HEALTH_COLUMNS[:-1] if format is Format.TABLE else HEALTH_COLUMNS
    print_rows([msgspec.structs.asdict(one) for one in found], columns, format)
    for one in found:
        if one.quiet:
            app.note(told_quiet(one.source, one.silent_runs))
        for reason, count in one.reasons.items():
            app.note(f"{one.source}: {count} quarantined: {reason}")
        if one.last_error:
            app.note(f"{one.source}: {one.last_error}")
    return 0
