"""cordwatch topic list."""

from __future__ import annotations

from typing import Final

import click

from cli.app import App, pass_app
from cli.commands.topic._shared import files
from cli.output import Format, format_options, print_rows

LIST_COLUMNS: Final = ("name", "title", "curator", "examples", "tests", "from")


@click.command(name="list")
@format_options
@pass_app
def command(app: App, format: Format) -> int:
    """List the topics and where each is kept."""
    from feeds.topics.reading import load_topics

    paths = files(app)
    topics = load_topics(app.settings.topics_path, with_shipped=app.settings.topics.shipped)
    rows = (
        {
            "name": name,
            "title": topic.title,
            "curator": topic.curator,
            "examples": len(topic.examples),
            "tests": len(topic.must_find) + len(topic.must_not_find),
            "from": "shipped" if paths[name].parent != app.settings.topics_path else str(paths[name]),
        }
        for name, topic in topics.items()
    )
    print_rows(rows, LIST_COLUMNS, format)
    return 0
