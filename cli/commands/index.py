"""cordwatch index."""

from __future__ import annotations

import click
import msgspec

from cli.app import App, pass_app
from cli.output import Format, format_options, print_rows
from cli.stages import embed_library, index_library, rebuild_index

COLUMNS = ("name", "in_force", "health", "documents", "seq", "behind", "model", "bytes")


@click.group(name="index", invoke_without_command=True)
@click.pass_context
@pass_app
def command(app: App, context: click.Context) -> int:
    """Embed what is new or changed and bring the search index up to the library.

    What a server refuses for good does not fail the command: it is told, kept in the quarantine, and indexed without
    its body, or else not at all.
    """
    if context.invoked_subcommand:
        return 0
    with app.library() as library:
        embed_library(app, library)
        index_library(app, library)
    return 0


@command.command()
@format_options
@pass_app
def status(app: App, format: Format) -> int:
    """Show the versions of the index: which is in force, how it fares, what it holds, how far it has read.

    What a server cannot tell now is left empty; without a library, how far each is behind it.
    """
    place = app.place
    last = None
    if app.settings.library_path.exists():
        with app.library() as library:
            last = library.last_seq()
    found = place.versions()
    rows = [
        {
            **msgspec.structs.asdict(one),
            "behind": None if last is None or one.seq is None else last - one.seq,
        }
        for one in found
    ]
    print_rows(rows, COLUMNS, format)
    app.note(f"at {place}" if found else f"no index at {place} yet. try: cordwatch index")
    return 0


@command.command()
@pass_app
def migrate(app: App) -> int:
    """Build a new version beside the old one if mapping or model have changed, and switch to it in one step.

    Until then searches are answered by the old version, by its words alone if its vectors are of another model, and not
    at all if its mapping is another one. Interrupted, it goes on where it ended on a server, and begins anew in a
    folder. `cordwatch rebuild` does the same whether anything has changed or not.
    """
    encoder = app.encoder()
    if not app.place.is_stale(encoder.model_id):
        app.note("nothing to migrate: mapping and model are the present ones")
        return 0
    with app.library() as library:
        embed_library(app, library)
        rebuild_index(app, library)
    app.note("the old version is kept on a server until `cordwatch index drop-old`")
    return 0


@command.command(name="drop-old")
@pass_app
def drop_old(app: App) -> int:
    """Delete the versions of the index that are older than the one in force.

    Newer ones stay: a rebuild or a migration that was cut off goes on with the newest of them.
    """
    for name in app.place.drop_old():
        app.note(f"deleted {name}")
    return 0
