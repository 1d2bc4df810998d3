"""cordwatch sources."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from cli.app import App, pass_app
from cli.output import Format, format_options, print_rows

COLUMNS = ("source", "records", "last_run", "last_complete", "watermark", "quarantined", "description")


@click.command(name="sources")
@format_options
@pass_app
def command(app: App, format: Format) -> int:
    """List the sources: what each holds, when it last ran, how far it has read."""
    from crawler.registry import spiders

    stored = _stored(app)
    rows = [
        {"source": name, "description": (spider.__doc__ or "").strip().splitlines()[0], **stored.pop(name, {})}
        for name, spider in sorted(spiders().items())
    ]
    rows += [{"source": name, "description": "from files", **row} for name, row in sorted(stored.items())]
    print_rows(rows, COLUMNS, format)
    return 0


def _stored(app: App) -> dict[str, dict[str, Any]]:
    if not app.settings.library_path.exists():
        return {}
    with app.library() as library:
        return {row.source: {**msgspec.structs.asdict(row)} for row in library.source_summaries()}
