"""cordwatch topic diff."""

from __future__ import annotations

from pathlib import Path

import click

from cli.app import App, pass_app
from cli.commands.topic._shared import (
    MATCH_COLUMNS,
    match_rows,
    opened_window,
    print_matches,
    topic_named,
    window_option,
)
from cli.output import Format, format_options


@click.command(name="diff")
@click.argument("name")
@click.option(
    "--edit",
    "changed",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the changed topic.",
)
@window_option
@click.option("-n", "--examples", default=10, show_default=True, type=click.IntRange(0), help="Records shown of each.")
@format_options
@pass_app
def command(app: App, name: str, changed: Path, window: str, examples: int, format: Format) -> int:
    """Show what the topic NAME would gain and lose if it read as the file --edit; nothing is changed."""
    from feeds.topics.diff import diff_topics
    from feeds.topics.reading import read_topic

    old, new = topic_named(app, name), read_topic(changed, name=name, ontology=app.lexicon)
    with opened_window(app, window) as opened:
        found = diff_topics(old, new, opened)
        rows = [
            {"change": change, **row}
            for change, part in (("gained", found.gained), ("lost", found.lost))
            for row in match_rows(part[:examples], opened)
        ]
    print_matches(rows, ("change", *MATCH_COLUMNS), format)
    shown = ", ".join(
        f"{len(part)} {change}" + (f" ({examples} shown)" if len(part) > examples else "")
        for change, part in (("gained", found.gained), ("lost", found.lost))
    )
    app.note(f"of {found.records} records since {window}: {found.before} before, {found.after} after; {shown}")
    return 0
