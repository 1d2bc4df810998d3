"""cordwatch topic show."""

from __future__ import annotations

from collections.abc import Mapping

import click

from cli.app import App, pass_app
from cli.commands.topic._shared import (
    MATCH_COLUMNS,
    match_rows,
    opened_window,
    print_matches,
    topic_file,
    topic_named,
    window_option,
)
from cli.output import Format, format_options


@click.command(name="show")
@click.argument("name")
@window_option
@click.option("-n", "--limit", default=20, show_default=True, type=click.IntRange(0), help="Records to show.")
@format_options
@pass_app
def command(app: App, name: str, window: str, limit: int, format: Format) -> int:
    """Show a topic: its file, and what it holds of the records of the last month, with the reasons."""
    from feeds.topics.matching import matches

    topic = topic_named(app, name)
    if format is Format.TABLE:
        click.echo(topic_file(app, name).read_text(encoding="utf-8-sig").rstrip() + "\n")
    with opened_window(app, window) as opened:
        found = matches(topic, opened)
        print_matches(match_rows(found[:limit], opened), MATCH_COLUMNS, format)
        app.note(f"{len(found)} of {len(opened.records)} records since {window}{_reviewed(opened.reviewed(name))}")
    return 0


def _reviewed(verdicts: Mapping[str, bool]) -> str:
    included = sum(verdicts.values())
    return f"; in review {included} included, {len(verdicts) - included} excluded" if verdicts else ""
