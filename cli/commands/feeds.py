"""cordwatch feeds."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from cli.app import App, pass_app
from cli.output import Format, format_options, print_rows
from cli.publishing import publish_topics, told

COLUMNS: Final = ("file", "change", "media_type")


@click.group(name="feeds")
def command() -> None:
    """Publish topics for others to read: Atom, RSS, JSON Feed, OPML, HTML, CSV and RIS (docs/feeds.md)."""


@command.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--topic",
    "names",
    multiple=True,
    metavar="NAME",
    help="Publish only this topic (can be given again); files of others are removed.",
)
@format_options
@pass_app
def write(app: App, folder: Path, names: tuple[str, ...], format: Format) -> int:
    """Write feeds and pages of all topics to FOLDER; only files whose content has changed are touched."""
    from feeds.publish.address import missing

    with app.library() as library:
        report = publish_topics(app, library, folder, names)
    rows = [
        {"file": name, "change": change, "media_type": media_type(name)}
        for change in ("written", "unchanged", "removed")
        for name in getattr(report, change)
    ]
    print_rows(rows, COLUMNS, format)
    app.note(told(report))
    for lack, fix in missing(app.settings.publish):
        app.note(f"{lack}; {fix}")
    return 0


def media_type(name: str) -> str:
    """What a web server must say a file is."""
    from feeds.publish import opml
    from feeds.publish.formats import feed_formats

    known = {one.SUFFIX: one.MEDIA_TYPE for one in feed_formats()}
    known |= {
        ".opml": opml.MEDIA_TYPE,
        ".csv": "text/csv; charset=utf-8",
        ".ris": "application/x-research-info-systems",
    }
    return known.get(Path(name).suffix, "")
