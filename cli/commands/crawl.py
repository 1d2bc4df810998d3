"""cordwatch crawl."""

from __future__ import annotations

import datetime as dt

import click
import msgspec
from click.shell_completion import CompletionItem

from cli import exits
from cli.app import App, pass_app
from cli.output import Format, format_options, print_rows


def complete_source(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of the sources, for the shell."""
    from crawler.registry import source_names

    return [CompletionItem(name) for name in source_names() if name.startswith(incomplete)]


@click.command(name="crawl")
@click.argument("sources", nargs=-1, shell_complete=complete_source)
@click.option(
    "--since", help="Start of the window: 2025-01-31, or 7d, 2w, 6m, 1y ago. Else where the last crawl ended."
)
@click.option("--dry-run", is_flag=True, help="Say what would be asked first, window by window, and ask nothing.")
@format_options
@pass_app
def command(app: App, sources: tuple[str, ...], since: str | None, dry_run: bool, format: Format) -> int:
    """Collect from SOURCES (all of them if none is named) into the library.

    A crawl is incremental and can be interrupted: the next one goes on where the last complete window ended.
    Exit code 3 if some source failed or would be refused, 130 if it was interrupted; what has come is kept.
    """
    from cli.since import parse_since
    from cli.stages import crawl_sources

    start = parse_since(since) if since else None
    return _plan(app, sources, start, format) if dry_run else crawl_sources(app, sources, start, format)


def _plan(app: App, sources: tuple[str, ...], since: dt.date | None, format: Format) -> int:
    from crawler.dry_run import plan

    planned = plan(sources, app.settings, since=since)
    columns = ("source", "watermark", "request")
    if format is Format.TABLE:
        refused = [one for one in planned if one.refused]
        print_rows([msgspec.structs.asdict(one) for one in planned if not one.refused], columns, format)
        for one in refused:
            click.echo(f"{one.source}: {one.refused}", err=True)
    else:
        print_rows([msgspec.structs.asdict(one) for one in planned], (*columns, "refused"), format)
    return exits.SOME_FAILED if any(one.refused for one in planned) else 0
