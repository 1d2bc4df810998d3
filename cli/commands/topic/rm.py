"""cordwatch topic rm."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from cli.app import App, pass_app
from cli.commands.topic._shared import files, is_shipped, topic_file
from records.errors import ConfigError

_NAMED: Final = 3


@click.command(name="rm")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_app
def command(app: App, name: str, yes: bool) -> int:
    """Remove a topic's file from your folder; its subscriptions stay, and get nothing more of it."""
    path = topic_file(app, name)
    if is_shipped(app, path):
        raise ConfigError(
            f"{name} comes with Cordwatch and cannot be removed alone",
            hint="topics.shipped = false leaves all of them out; topic edit replaces one",
        )
    readers = _subscribers(app, name)
    if not yes:
        _ask(path, readers)
    path.unlink()
    app.note(f"removed {path}")
    if name in files(app):
        app.note(f"the {name} that comes with Cordwatch takes its place")
    elif readers:
        app.note(_loss(readers))
    return 0


def _ask(path: Path, readers: list[str]) -> None:
    """Go on only if the person at the terminal agrees."""
    if not sys.stdin.isatty():
        raise ConfigError(
            f"{path} stays: nobody can be asked, for there is no terminal", hint="--yes removes it unasked"
        )
    click.confirm(f"Remove {path}?" + (f" {_loss(readers)}." if readers else ""), abort=True)


def _loss(readers: list[str]) -> str:
    rest = f" and {len(readers) - _NAMED} more" if len(readers) > _NAMED else ""
    return f"Who subscribes to it gets nothing more of it: {', '.join(readers[:_NAMED])}{rest}"


def _subscribers(app: App, topic: str) -> list[str]:
    """Addresses of the subscriptions to the topic that have not ended."""
    from feeds.subscriptions.store import listed
    from feeds.subscriptions.types import State

    if not app.settings.library_path.exists():
        return []
    with app.library() as library, library.reading() as connection:
        readers = listed(connection)
    return [one.address for one in readers if topic in one.wishes.topics and one.state is not State.UNSUBSCRIBED]
