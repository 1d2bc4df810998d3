"""cordwatch topic edit."""

from __future__ import annotations

import click

from cli.app import App, pass_app
from cli.commands.topic._editing import edited
from cli.commands.topic._shared import topic_file


@click.command(name="edit")
@click.argument("name")
@pass_app
def command(app: App, name: str) -> int:
    """Open a topic in the editor; it is kept only if it is right. A shipped one is copied to your folder."""
    from feeds.topics.reading import SUFFIX

    text = topic_file(app, name).read_text(encoding="utf-8-sig")
    return edited(app, app.settings.topics_path / (name + SUFFIX), text)
