"""cordwatch import."""

from __future__ import annotations

from pathlib import Path

import click

from cli import exits
from cli.app import App, pass_app
from cli.output import Format, format_options


@click.command(name="import")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--format-name", "--as", "format_name", help="Read as this format instead of looking at the content.")
@click.option("--list", "list_formats", is_flag=True, help="List the formats.")
@click.option("--source", help="Name under which records are kept where the file does not say (default: import).")
@click.option("--sync/--no-sync", default=False, help="Annotate, embed and index afterwards.")
@format_options
@pass_app
def command(
    app: App,
    paths: tuple[Path, ...],
    format_name: str | None,
    list_formats: bool,
    source: str | None,
    sync: bool,
    format: Format,
) -> int:
    """Read files and folders into the library; ``-`` is stdin.

    The format is found by content: files of PubMed, trial registries and reference managers, and tables; see --list.
    A row that cannot be read is kept in quarantine with its file and line; the rest goes on.
    Reading the same file again changes nothing.
    """
    from cli.reports import print_imports
    from cli.stages import run_all
    from crawler.formats import formats
    from crawler.importer import import_paths

    known = {one.name: one.description for one in formats()}
    if list_formats:
        for name, description in known.items():
            click.echo(f"{name:<20} {description}")
        return 0
    if not paths:
        raise click.UsageError("name files or folders to read, or - for stdin")
    if format_name is not None and format_name not in known:
        raise click.UsageError(f"there is no file format {format_name!r}; there are {', '.join(known)}")
    with app.library(create=True) as library:
        with app.progress("import") as progress:
            runs = import_paths(paths, library, format=format_name, source=source, progress=progress)
        print_imports(runs, format)
        if sync:
            run_all(app, library)
    return exits.SOME_FAILED if any(not run.complete for run in runs) else 0
