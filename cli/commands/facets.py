"""cordwatch facets."""

from __future__ import annotations

import click

from cli.app import App, pass_app
from cli.behind import tell_behind
from cli.output import Format, format_options, print_rows
from cli.search_log import keep


@click.command(name="facets")
@click.argument("query", nargs=-1)
@click.option("--by", "fields", multiple=True, help="Field to count; may be given again. Default: the usual ones.")
@click.option("-n", "--limit", default=10, show_default=True, type=click.IntRange(1, 1000), help="Values a field.")
@format_options
@pass_app
def command(app: App, query: tuple[str, ...], fields: tuple[str, ...], limit: int, format: Format) -> int:
    """Count what QUERY matches (everything if there is none) by kind, year, species, cell type and so on.

    ``doubtful`` says how many of these are retracted, or about a retracted paper; ``is:sound`` leaves them out.
    """
    text, searcher = " ".join(query), app.searcher()
    counted = searcher.facets(text, fields=fields or None, size=limit)
    keep(app, "facets", text, limit=limit, seq=searcher.seq)
    tell_behind(app, searcher.seq)
    rows = (
        {"field": field, "value": count.value, "name": count.name, "count": count.count, "doubtful": count.doubtful}
        for field, counts in counted.items()
        for count in counts
    )
    print_rows(rows, ("field", "value", "name", "count", "doubtful"), format)
    if any(count.doubtful for counts in counted.values() for count in counts):
        app.note("doubtful: retracted, or about a retracted paper. is:sound leaves these out.")
    if not any(counted.values()):
        app.note("nothing matched.")
    return 0
