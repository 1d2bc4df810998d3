"""Editing a topic: nothing wrong is ever kept."""

from __future__ import annotations

from pathlib import Path

import click

from cli.app import App
from cli.commands.topic._shared import tell
from cli.output import writing
from records.errors import ParseError


def edited(text: str, name: str) -> str:
    """The text after the editor has closed, opened again as long as it is wrong and the person wants to mend it."""
    from feeds.topics.reading import parse_topic

    while True:
        changed = click.edit(text, extension=".toml")
        if changed is None:
            raise click.Abort
        try:
            parse_topic(changed, name=name, where=f"{name}.toml")
        except ParseError as error:
            tell(error)
            click.confirm("Open it again?", default=True, abort=True, err=True)
            text = changed
            continue
        return changed


def save(app: App, path: Path, text: str) -> int:
    """Write a topic file if it is right, in one step, and print its path. Raises `ParseError`."""
    from feeds.topics.reading import parse_topic

    parse_topic(text, name=path.stem, where=path.name, ontology=app.lexicon)
    path.parent.mkdir(parents=True, exist_ok=True)
    with writing(path) as stream:
        stream.write(text)
    click.echo(path)
    return 0
