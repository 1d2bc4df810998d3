"""cordwatch annotate."""

from __future__ import annotations

import click

from cli.app import App, pass_app
from cli.stages import annotate_library


@click.command(name="annotate")
@pass_app
def command(app: App) -> int:
    """Find cell types, species, conditions, levels and outcomes in what is new or changed."""
    with app.library() as library:
        annotate_library(app, library)
    return 0
