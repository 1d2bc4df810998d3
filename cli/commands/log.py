"""cordwatch log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click
import msgspec

from cli.app import App, pass_app
from cli.output import Format, format_options, output_option, print_rows, writing
from cli.search_log import LoggedSearch, Unreadable, read
from cli.since import parse_since

COLUMNS = ("time", "command", "query", "mode", "filters", "total", "shown")
SEARCHES = ("search", "export")
"""What a report tells of, unless it is told otherwise."""


@click.command(name="log")
@click.argument("words", nargs=-1)
@click.option("--since", help="First day: a date (2025-01-31) or an age (7d, 2w, 6m, 1y).")
@click.option("--until", help="Last day.")
@click.option("--command", "commands", multiple=True, help="Only searches by this command; may be given again.")
@click.option("--report", is_flag=True, help="A search report after PRISMA-S, in Markdown.")
@click.option("-n", "--limit", type=click.IntRange(1), help="Only the last so many.")
@format_options
@output_option
@pass_app
def command(
    app: App,
    words: tuple[str, ...],
    since: str | None,
    until: str | None,
    commands: tuple[str, ...],
    report: bool,
    limit: int | None,
    format: Format,
    output: Path | None,
) -> int:
    """List the searches that were made, oldest first; with WORDS, those whose query contains them.

    Every search, export, count and trend is kept in a file beside the library, with its time, its query and what it
    found. `[search] log = false` keeps none.

    \b
      cordwatch log --since 2w
      cordwatch log --report --command export -o searches.md
    """
    if report and format is not Format.TABLE:
        raise click.UsageError("--report is Markdown; leave --json, --nl and --csv away")
    asked = commands or (SEARCHES if report else ())
    first, last = (_day(since), _day(until))
    found = [
        one
        for one in _entries(app)
        if (first is None or one.time.date() >= first)
        and (last is None or one.time.date() <= last)
        and (not asked or one.command in asked)
        and " ".join(words).casefold() in one.query.casefold()
    ][-(limit or 0) :]
    with writing(output) as stream:
        if report:
            stream.writelines(f"{line}\n" for line in _report(app, found))
        else:
            print_rows(
                (_row(one, format) for one in found), COLUMNS if format is Format.TABLE else _ALL, format, stream
            )
    app.note(f"{len(found)} {'search' if len(found) == 1 else 'searches'}")
    if not found and not app.settings.search.log:
        app.note("searches are not kept: search.log is off")
    return 0


_ALL = LoggedSearch.__struct_fields__


def _day(text: str | None) -> dt.date | None:
    return parse_since(text) if text else None


def _entries(app: App) -> Iterator[LoggedSearch]:
    path = app.settings.search_log_path
    for one in read(path):
        if isinstance(one, Unreadable):
            app.note(f"{path}, line {one.line} is no entry and is left out: {one.reason}")
        else:
            yield one


def _row(one: LoggedSearch, format: Format) -> dict[str, object]:
    if format in (Format.JSON, Format.NL):
        row: dict[str, object] = msgspec.to_builtins(one)
        return row
    sources = [f"{source} {count}" for source, count in one.sources.items()]
    return msgspec.structs.asdict(one) | {"sources": sources}


def _report(app: App, searches: list[LoggedSearch]) -> Iterator[str]:
    from cli.prisma import Provider, report
    from crawler.registry import spiders

    said = {name: (spider.__doc__ or "").strip().splitlines()[0] for name, spider in spiders().items()}
    with app.library() as library:
        summaries, from_files = library.source_summaries(), library.records_from_files()
    providers = [
        Provider(summary=one, description=said.get(one.source, ""), from_files=from_files.get(one.source, 0))
        for one in summaries
    ]
    today = dt.datetime.now(dt.UTC).date()
    return report(searches, providers, version=version("cordwatch"), today=today)
