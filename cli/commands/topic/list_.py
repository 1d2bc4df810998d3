"""cordwatch topic list."""

from __future__ import annotations

from typing import Final

import click

from cli.app import App, pass_app
from cli.commands.topic._shared import files, is_shipped, readable
from cli.output import Format, format_options, print_rows

LIST_COLUMNS: Final = ("name", "title", "curator", "examples", "tests", "from")


@click.command(name="list")
@format_options
@pass_app
def command(app: App, format: Format) -> int:
    """List the topics and where each is kept. Exit code 1 if a file cannot be read; the others are listed."""
    from feeds.topics.reading import read_topic

    paths = files(app)
    topics, wrong = readable(paths, lambda name: read_topic(paths[name]))
    rows = (
        {
            "name": topic.name,
            "title": topic.title,
            "curator": topic.curator,
            "examples": len(topic.examples),
            "tests": len(topic.must_find) + len(topic.must_not_find),
            "from": "shipped" if is_shipped(app, paths[topic.name]) else str(paths[topic.name]),
        }
        for topic in topics
    )
    print_rows(rows, LIST_COLUMNS, format)
    return 1 if wrong else 0
