"""cordwatch topic rm."""

from __future__ import annotations

import click

from cli.app import App, pass_app
from cli.commands.topic._shared import topic_file
from records.errors import ConfigError


@click.command(name="rm")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_app
def command(app: App, name: str, yes: bool) -> int:
    """Remove a topic's file from your folder."""
    path = topic_file(app, name)
    if path.parent != app.settings.topics_path:
        raise ConfigError(
            f"{name} comes with Cordwatch and cannot be removed alone",
            hint="topics.shipped = false leaves all of them out; topic edit replaces one",
        )
    if not yes:
        click.confirm(f"Remove {path}?", abort=True)
    path.unlink()
    app.note(f"removed {path}")
    return 0
