"""cordwatch search."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from cli.app import App, pass_app
from cli.behind import up_to_date
from cli.output import Format, console, format_options, output_option, print_rows, writing
from cli.render import hit_block, result_footer
from cli.search_log import keep
from records.hit import Hit
from records.query import Mode

COLUMNS = (
    "rank",
    "uid",
    "kind",
    "status",
    "title",
    "container_title",
    "published",
    "doi",
    "pmid",
    "best_sentence",
    "also",
)


@click.command(name="search")
@click.argument("query", nargs=-1)
@click.option("-n", "--limit", default=10, show_default=True, type=click.IntRange(1, 10_000), help="Hits to show.")
@click.option("--offset", default=0, type=click.IntRange(0), help="Hits to pass over.")
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in Mode], case_sensitive=False),
    default="hybrid",
    show_default=True,
    help="How to rank.",
)
@click.option("--records", is_flag=True, help="Show each record by itself, not the records of a publication as one.")
@click.option("--explain", is_flag=True, help="Say why each hit stands where it stands.")
@format_options
@output_option
@pass_app
def command(
    app: App,
    query: tuple[str, ...],
    limit: int,
    offset: int,
    mode: str,
    records: bool,
    explain: bool,
    format: Format,
    output: Path | None,
) -> int:
    """Search what has been collected.

    QUERY is a question in plain words, or the query language:

    \b
      cordwatch search motor recovery after neural stem cell transplantation in chronic injury
      cordwatch search '"spinal cord" AND (ipsc OR "stem cell") species:human year:2020.. -retracted'
      cordwatch search outcome:improved measure:BBB species:rat

    Fields and operators are described in docs/query.md. Quote the query so that the shell leaves it alone.
    """
    text = " ".join(query)
    searcher = app.searcher()
    ranking = app.mode(searcher, text, Mode(mode))
    result = searcher.search(text, mode=ranking, limit=limit, offset=offset, explain=explain, records=records)
    uids = [uid for hit in result.hits for uid in (hit.summary.uid, *hit.also)]
    keep(app, "search", text, uids=uids, mode=ranking, limit=limit, offset=offset, total=result.total, seq=result.seq)
    result = msgspec.structs.replace(result, hits=up_to_date(app, result.hits, result.seq))
    with writing(output) as stream:
        if format is Format.JSON:
            stream.write(msgspec.json.format(msgspec.json.encode(result)).decode() + "\n")
        elif format is Format.TABLE:
            screen = console(stream)
            for hit in result.hits:
                screen.print(hit_block(hit))
        else:
            print_rows(map(hit_row, result.hits), COLUMNS, format, stream)
    app.note(result_footer(result))
    if result.hits and not result.words_found:
        app.note("no record contains any of these words; these are only the nearest in meaning.")
    if not result.hits:
        for clause in searcher.unknown(text):
            app.note(f"no record has {clause}: `cordwatch facets --by {clause.partition(':')[0]}` shows what there is.")
        app.note("nothing matched. Fewer filters, or other words? `cordwatch facets` shows what there is.")
    return 0


def hit_row(hit: Hit) -> dict[str, object]:
    """A hit as one flat row."""
    row: dict[str, object] = {"rank": hit.rank, "score": round(hit.score, 6)}
    row |= msgspec.to_builtins(hit.summary)
    row.setdefault("status", "current")
    row["best_sentence"] = hit.best.text if hit.best else ""
    row["also"] = list(hit.also)
    return row
