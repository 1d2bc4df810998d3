"""cordwatch quarantine."""

from __future__ import annotations

import sys

import click

from cli.app import App, pass_app
from cli.output import Format, format_options, print_rows
from records.errors import LibraryError

COLUMNS = ("id", "source", "reason", "url", "count", "last_seen")


@click.command(name="quarantine")
@click.option("--source", help="Only of this source.")
@click.option("--payload", type=int, metavar="ID", help="Print the bytes of one.")
@click.option("--release", type=int, multiple=True, metavar="ID", help="Forget one (it has been dealt with).")
@format_options
@pass_app
def command(app: App, source: str | None, payload: int | None, release: tuple[int, ...], format: Format) -> int:
    """List what could not be read, with the reason; nothing that was collected is thrown away."""
    with app.library() as library:
        if payload is not None:
            found = next((item for item in library.quarantined() if item.id == payload), None)
            if found is None:
                raise LibraryError(f"there is nothing with id {payload} in quarantine", hint="cordwatch quarantine")
            sys.stdout.buffer.write(found.content)
            return 0
        if release:
            with library.transaction() as writer:
                for number in release:
                    writer.release_quarantine(number)
            app.note(f"released {len(release)}")
            return 0
        rows = ({name: getattr(item, name) for name in COLUMNS} for item in library.quarantined(source=source))
        print_rows(rows, COLUMNS, format)
    return 0
