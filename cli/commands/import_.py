"""cordwatch import."""

from __future__ import annotations

from pathlib import Path

import click

from cli.app import App, pass_app
from cli.output import Format, format_options


@click.command(name="import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--format-name", "--as", "format_name", help="Read as this format instead of looking at the content.")
@click.option("--source", help="Name under which records are kept where the file does not say (default: import).")
@click.option("--sync/--no-sync", default=False, help="Annotate, embed and index afterwards.")
@format_options
@pass_app
def command(
    app: App, paths: tuple[Path, ...], format_name: str | None, source: str | None, sync: bool, format: Format
) -> int:
    """Read files and folders into the library; ``-`` is stdin.

    Formats (found by content): PubMed XML, plain or gz; ClinicalTrials.gov JSON; CSV with named columns; JSON lines.
    A row that cannot be read is kept in quarantine with its file and line; the rest goes on.
    Reading the same file again changes nothing.
    """
    from cli.reports import print_imports
    from cli.stages import EXIT_SOME_SOURCES_FAILED, run_all
    from crawler.importer import import_paths

    with app.library(create=True) as library:
        with app.progress("import") as progress:
            runs = import_paths(paths, library, format=format_name, source=source, progress=progress)
        print_imports(runs, format)
        if sync:
            run_all(app, library)
    return EXIT_SOME_SOURCES_FAILED if any(not run.complete for run in runs) else 0
