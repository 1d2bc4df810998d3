"""cordwatch quarantine."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Final

import click

from cli.app import App, pass_app
from cli.output import Format, Row, format_options, print_rows
from records.errors import LibraryError

IDS_SHOWN: Final = 5
COLUMNS: Final = ("id", "source", "reason", "url", "count", "last_seen")


@click.command(name="quarantine")
@click.option("--source", help="Only of this source.")
@click.option("--payload", type=int, metavar="ID", help="Print the bytes of one.")
@click.option("--release", type=int, multiple=True, metavar="ID", help="Forget one (it has been dealt with).")
@format_options
@pass_app
def command(app: App, source: str | None, payload: int | None, release: tuple[int, ...], format: Format) -> int:
    """List what could not be read, with the reason; nothing that was collected is thrown away.

    What is there stays until it is released, also where the same item was read well later: its bytes are other ones.
    The table puts payloads of one address and one reason into a line; --json, --nl and --csv give each.
    """
    with app.library() as library:
        if payload is not None:
            found = next((item for item in library.quarantined() if item.id == payload), None)
            if found is None:
                raise LibraryError(f"there is nothing with id {payload} in quarantine", hint="cordwatch quarantine")
            sys.stdout.buffer.write(found.content)
            return 0
        if release:
            with library.transaction() as writer:
                for number in release:
                    writer.release_quarantine(number)
            app.note(f"released {len(release)}")
            return 0
        rows = [{name: getattr(item, name) for name in COLUMNS} for item in library.quarantined(source=source)]
    print_rows(_joined(rows) if format is Format.TABLE else rows, COLUMNS, format)
    if not rows:
        app.note(f"nothing{f' of {source}' if source else ''} is in quarantine")
    return 0


def _joined(rows: Sequence[Row]) -> Iterator[Row]:
    """The rows, those of one source, reason and address as one."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["source"], row["reason"], row["url"]), []).append(row)
    for same in groups.values():
        ids = ", ".join(str(row["id"]) for row in same[:IDS_SHOWN])
        more = len(same) - IDS_SHOWN
        yield {
            **same[0],
            "id": f"{ids} and {more} more" if more > 0 else ids,
            "count": sum(row["count"] for row in same),
            "last_seen": max(row["last_seen"] for row in same),
        }
