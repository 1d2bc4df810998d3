"""cordwatch similar."""

from __future__ import annotations

import click

from cli.app import App, pass_app
from cli.behind import up_to_date
from cli.commands.search import COLUMNS, hit_row
from cli.output import Format, console, format_options, print_rows
from cli.render import hit_block
from cli.search_log import keep


@click.command(name="similar")
@click.argument("uid")
@click.option("-n", "--limit", default=10, show_default=True, type=click.IntRange(1, 1000), help="Hits to show.")
@format_options
@pass_app
def command(app: App, uid: str, limit: int, format: Format) -> int:
    """Show records near to UID in meaning (for instance ``pubmed:99000010``)."""
    searcher = app.searcher()
    hits = searcher.similar(uid, limit=limit)
    keep(app, "similar", uid, uids=[hit.summary.uid for hit in hits], limit=limit, seq=searcher.seq)
    hits = list(up_to_date(app, hits, searcher.seq))
    if format is not Format.TABLE:
        print_rows(map(hit_row, hits), COLUMNS, format)
        return 0
    screen = console()
    for hit in hits:
        screen.print(hit_block(hit))
    return 0
