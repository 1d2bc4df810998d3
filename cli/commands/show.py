"""cordwatch show."""

from __future__ import annotations

import sys

import click
import msgspec

from cli.app import App, pass_app
from cli.output import console
from cli.render import record_lines
from records.errors import LibraryError


@click.command(name="show")
@click.argument("uid")
@click.option("--json", "as_json", is_flag=True, help="The whole record and its annotation as JSON.")
@click.option("--raw", is_flag=True, help="The bytes as the source gave them.")
@click.option("--history", is_flag=True, help="Every version that was collected.")
@pass_app
def command(app: App, uid: str, as_json: bool, raw: bool, history: bool) -> int:
    """Show one record: UID (``pubmed:99000010``), a DOI, a PMID or a registration number."""
    from library.lookup import find

    with app.library() as library:
        stored = find(library, uid)
        if stored.is_under_embargo():
            raise LibraryError(f"{stored.uid} is under embargo until {stored.record.embargo_until}")
        if raw:
            payload = library.payload(stored.uid)
            if payload is None:
                raise LibraryError(f"{stored.uid} has no raw payload")
            sys.stdout.buffer.write(payload.content)
            return 0
        annotated = library.annotation(stored.uid)
        annotation = annotated.annotation if annotated else None
        if as_json:
            answer = {"uid": stored.uid, "seq": stored.seq, "version": stored.version, "deleted": stored.deleted}
            answer |= {"standing_by": stored.standing_by}
            answer |= {"record": stored.record, "annotation": annotation}
            click.echo(msgspec.json.format(msgspec.json.encode(answer)).decode())
            return 0
        screen = console()
        if stored.deleted:
            screen.print(f"removed by its source: {stored.deleted_reason}", style="bold red", markup=False)
        if stored.standing_by:
            screen.print(f"{stored.record.status}, as {', '.join(stored.standing_by)} says", style="red", markup=False)
        for line in record_lines(stored.record, annotation):
            screen.print(line)
        if history:
            for version in library.history(stored.uid):
                screen.print(f"version {version.version}  {version.changed}  {version.record.status}", markup=False)
    return 0
