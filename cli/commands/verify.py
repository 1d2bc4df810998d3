"""cordwatch verify."""

from __future__ import annotations

import click
import msgspec

from cli.app import App, pass_app
from cli.output import Format, format_options, print_rows

COLUMNS = ("where", "uid", "what", "mend")


@click.command(name="verify")
@format_options
@pass_app
def command(app: App, format: Format) -> int:
    """Compare library and index record by record, and look for flipped bytes. Exit code 1 if anything is wrong."""
    from index.verify import verify_index
    from library.verify import verify_library

    with app.library() as library:
        found = [{"where": "library", **msgspec.to_builtins(row)} for row in verify_library(library)]
        damages = verify_index(library, app.place, app.lexicon)
        found += [{"where": "index", **msgspec.to_builtins(row)} for row in damages]
    print_rows(found, COLUMNS, format)
    app.note("library and index agree" if not found else f"{len(found)} found wrong")
    return 1 if found else 0
