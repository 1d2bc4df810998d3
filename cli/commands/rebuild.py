"""cordwatch rebuild."""

from __future__ import annotations

import click

from cli.app import App, pass_app
from cli.stages import annotate_library, embed_library, rebuild_index


@click.command(name="rebuild")
@click.option("--annotations", is_flag=True, help="Annotate and embed everything anew, too.")
@pass_app
def command(app: App, annotations: bool) -> int:
    """Build the index anew from the library, beside the old one, and switch to it when it is complete.

    Before that, what the library keeps beside its records is made to agree with them, as `cordwatch verify` says.
    """
    from library.mend import mend

    with app.library() as library:
        with library.transaction() as writer:
            if mended := mend(writer):
                app.note(f"put right in the library: {mended}")
            if annotations:
                writer.reset_derived()
        annotate_library(app, library)
        embed_library(app, library)
        rebuild_index(app, library)
    if app.settings.index.url:
        app.note("the old version is kept on the server until `cordwatch index drop-old`")
    return 0
