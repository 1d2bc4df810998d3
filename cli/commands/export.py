"""cordwatch export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.app import App, pass_app
from cli.behind import tell_behind
from cli.exports import ExportFormat, find_format, formats
from cli.output import output_option, writing
from cli.search_log import keep
from records.errors import ConfigError
from records.query import Mode
from records.record import Record

if TYPE_CHECKING:
    from library import Library

BATCH = 500
LIMIT = 1000


@click.command(name="export")
@click.argument("query", nargs=-1)
@click.option("--as", "format_name", help="Format; else from the suffix of the file. See --list.")
@click.option("--list", "list_formats", is_flag=True, help="List the formats.")
@click.option("-n", "--limit", type=click.IntRange(1), help="At most so many: 1000, and all without QUERY.")
@click.option("--records", is_flag=True, help="Export each record by itself, not one for each publication.")
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in Mode], case_sensitive=False),
    default="hybrid",
    show_default=True,
    help="How to rank.",
)
@output_option
@pass_app
def command(
    app: App,
    query: tuple[str, ...],
    format_name: str | None,
    list_formats: bool,
    limit: int | None,
    records: bool,
    mode: str,
    output: Path | None,
) -> int:
    """Export what QUERY finds (every record, if there is none) to a reference manager or a program.

    \b
      cordwatch export 'cell:"neural stem cell" species:human' -o neural.ris
      cordwatch export --as jsonl > everything.jsonl
    """
    if list_formats:
        for name, known in sorted(formats().items()):
            click.echo(f"{name:<8} {known.DESCRIPTION}")
        return 0
    chosen = _format(format_name or _name_by_suffix(output))
    with ExitStack() as held:
        library, stream = held.enter_context(app.library()), held.enter_context(writing(output))
        if query:
            uids = iter(held.enter_context(_found(app, " ".join(query), Mode(mode), limit or LIMIT, records=records)))
        else:
            uids = islice(library.iter_uids(), limit)
        seq, written = library.last_seq(), Counter[str]()
        count = chosen.write(_counted(_records(library, uids), written), stream)
    if not query:
        keep(app, "export", "", sources=written, limit=limit, seq=seq, backend="library")
    app.note(f"exported {count} {'record' if count == 1 else 'records'}")
    return 0


@contextmanager
def _found(app: App, text: str, mode: Mode, limit: int, *, records: bool) -> Iterator[Iterable[str]]:
    searcher = app.searcher()
    mode = app.mode(searcher, text, mode)
    with searcher.found(text, mode=mode, limit=limit, records=records) as uids:
        keep(app, "export", text, uids=uids, mode=mode, limit=limit, seq=searcher.seq)
        tell_behind(app, searcher.seq)
        yield uids


def _counted(records: Iterable[Record], sources: Counter[str]) -> Iterator[Record]:
    for record in records:
        sources[record.source] += 1
        yield record


def _format(name: str) -> ExportFormat:
    try:
        return find_format(name)
    except ConfigError as error:
        raise click.UsageError(error.message) from error


def _name_by_suffix(output: Path | None) -> str:
    suffix = output.suffix.lower() if output else ""
    for name, known in formats().items():
        if suffix == known.SUFFIX:
            return name
    raise click.UsageError(f"say --as {'|'.join(sorted(formats()))}, or give -o a file with that suffix")


def _records(library: Library, uids: Iterator[str]) -> Iterator[Record]:
    while batch := list(islice(uids, BATCH)):
        stored = library.get_many(batch)
        for uid in batch:
            if uid in stored and not stored[uid].deleted and not stored[uid].is_under_embargo():
                yield stored[uid].record
