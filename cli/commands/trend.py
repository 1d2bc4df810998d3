"""cordwatch trend."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from cli.app import App, pass_app
from cli.behind import tell_behind
from cli.output import Format, console, format_options, print_rows, replacing, writing
from cli.search_log import keep

if TYPE_CHECKING:
    from index.trends import Trend

PICTURES = (".svg", ".png", ".html")


@click.command(name="trend")
@click.argument("query", nargs=-1)
@click.option("--by", default="", help="A field to count by: cell, species, kind, outcome … (see facets --by).")
@click.option("--per", type=click.Choice(["year", "month"]), default="year", show_default=True, help="What is counted.")
@click.option("--from", "first", default="", help="First period: 2015, or 2015-03.")
@click.option("--to", "last", default="", help="Last period; else the present one.")
@click.option("-n", "--limit", default=8, show_default=True, type=click.IntRange(1, 100), help="Values of --by.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help=f"A picture or page: {', '.join(PICTURES)}."
)
@format_options
@pass_app
def command(
    app: App,
    query: tuple[str, ...],
    by: str,
    per: str,
    first: str,
    last: str,
    limit: int,
    output: Path | None,
    format: Format,
) -> int:
    """Count what QUERY matches over time, by date of publication.

    Of bare words a record has to contain at least one; quote them to ask for all of them side by side.

    \b
      cordwatch trend '"olfactory ensheathing"'
      cordwatch trend '"spinal cord injury" is:sound' --by cell --from 2015 -o cells.svg
      cordwatch trend 'kind:registration' --per month --json
    """
    from index.trends import Period, trend

    if output and output.suffix.lower() not in PICTURES:
        raise click.UsageError(f"{output}: the suffix says what is written: {', '.join(PICTURES)}")
    text, today = " ".join(query), dt.datetime.now(dt.UTC).date()
    found = trend(app.searcher(), text, per=Period(per), by=by, first=first, last=last, size=limit, today=today)
    keep(app, "trend", text, total=found.total, seq=found.seq)
    tell_behind(app, found.seq)
    if output:
        _draw(found, output, today)
    elif format is Format.JSON:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    elif format is Format.TABLE:
        _print(found)
    else:
        print_rows(_rows(found), ("period", "value", "name", "count", "doubtful", "incomplete"), format)
    _remark(app, found)
    return 0


def _draw(found: Trend, output: Path, today: dt.date) -> None:
    from cli.charts import page, picture

    suffix = output.suffix.lower()
    if suffix == ".html":
        with writing(output) as stream:
            stream.write(page(found, today=today))
    else:
        drawn = picture(found, suffix[1:], today=today)
        with replacing(output) as partial:
            partial.write_bytes(drawn)


def _print(found: Trend) -> None:
    from cli.bars import bars, lines

    screen = console()
    if found.by:
        screen.print(lines(found))
        return
    for line in bars(found):
        screen.print(line)


def _rows(found: Trend) -> Iterator[dict[str, object]]:
    for series in found.series:
        for period, count, doubtful in zip(found.periods, series.counts, series.doubtful, strict=True):
            incomplete = bool(found.incomplete) and period >= found.incomplete
            yield {
                "period": period,
                "value": series.value,
                "name": series.name,
                "count": count,
                "doubtful": doubtful,
                "incomplete": incomplete,
            }


def _remark(app: App, found: Trend) -> None:
    from cli.bars import remarks

    app.note(f"{found.total} {'record' if found.total == 1 else 'records'}")
    for remark in remarks(found):
        app.note(remark)
