"""cordwatch index."""

from __future__ import annotations

import click

from cli.app import App, pass_app
from cli.stages import embed_library, index_library


@click.command(name="index")
@pass_app
def command(app: App) -> int:
    """Embed what is new or changed and bring the search index up to the library."""
    with app.library() as library:
        embed_library(app, library)
        index_library(app, library)
    return 0
