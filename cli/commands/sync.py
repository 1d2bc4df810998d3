"""cordwatch sync."""

from __future__ import annotations

import click

from cli import exits
from cli.app import App, pass_app
from cli.commands.crawl import complete_source
from cli.output import Format, format_options
from cli.stages import crawl_sources, run_all


@click.command(name="sync")
@click.argument("sources", nargs=-1, shell_complete=complete_source)
@click.option("--since", help="As for crawl.")
@format_options
@pass_app
def command(app: App, sources: tuple[str, ...], since: str | None, format: Format) -> int:
    """Crawl SOURCES (all if none is named), then annotate, embed and index what came.

    Exit code 3 if some source failed; the stages run all the same on what the others brought. Ctrl-C ends it all, with
    exit code 130: what has come is kept, and the next run goes on from there.
    """
    from cli.since import parse_since

    answer = crawl_sources(app, sources, parse_since(since) if since else None, format)
    if answer == exits.INTERRUPTED:
        return answer
    with app.library() as library:
        run_all(app, library)
    return answer
