"""Editing a topic: nothing wrong is kept as a topic, and nothing that was typed is lost."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

import click

from cli.app import App
from cli.complaints import complain
from cli.output import writing
from records.errors import ConfigError, CordwatchError, ParseError

DRAFT: Final = ".draft"
"""Ends the name of a text that is no topic yet, beside where the topic would be."""


def edited(app: App, path: Path, text: str) -> int:
    """Open a text in the editor, again as long as it is wrong and the person wants to mend it, and keep it as a topic.

    What cannot be kept lies in a draft, whose path is told; the next time it is what the editor opens.

    Raises:
        ParseError: It is wrong, and nobody is there to mend it.
        ConfigError: The file cannot be written.
    """
    draft = path.with_name(path.name + DRAFT)
    if draft.exists():
        text = draft.read_text(encoding="utf-8")
        app.note(f"going on from {draft}; remove it to begin anew")
    while True:
        changed = click.edit(text, extension=".toml")
        if changed is None:
            raise click.Abort
        try:
            status = save(app, path, changed)
        except CordwatchError as error:
            click.echo(f"your text is kept in {_kept(draft, changed)}", err=True)
            if not isinstance(error, ParseError) or not sys.stdin.isatty():
                raise
            complain(error)
            click.confirm("Open it again?", default=True, abort=True, err=True)
            text = changed
            continue
        draft.unlink(missing_ok=True)
        return status


def save(app: App, path: Path, text: str) -> int:
    """Write a topic file if it is right, in one step, and print its path.

    Raises:
        ParseError: It is wrong.
        ConfigError: The file cannot be written.
    """
    from feeds.topics.reading import parse_topic

    parse_topic(text, name=path.stem, where=path.name, ontology=app.lexicon)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"{path.parent} cannot be made: {error.strerror}", hint="topics.folder names another"
        ) from error
    with writing(path) as stream:
        stream.write(text)
    click.echo(path)
    return 0


def _kept(draft: Path, text: str) -> Path:
    """Where the text lies now: in the draft or, if that cannot be written, among the system's temporary files."""
    try:
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8")
    except OSError:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=draft.name, delete=False) as stream:
            stream.write(text)
        return Path(stream.name)
    return draft
