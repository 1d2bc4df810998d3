"""What the subcommands share: finding topics, opening windows, rows of matches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.padding import Padding
from rich.text import Text

from cli.app import App
from cli.complaints import complain
from cli.output import Format, Row, console, print_rows
from cli.render import KIND_NOTES
from cli.since import parse_since
from records.errors import ConfigError, CordwatchError
from records.record import PublicationStatus
from records.wording import STANDING_LABELS, caution_called

if TYPE_CHECKING:
    from feeds.topics.types import Match, Topic
    from feeds.topics.window import Window

MATCH_COLUMNS: Final = ("uid", "kind", "status", "caution", "title", "published", "score", "why")

window_option = click.option(
    "--window",
    default="30d",
    show_default=True,
    metavar="SINCE",
    help="Records first collected since then: a date (2026-01-31) or an age (7d, 2w, 6m, 1y).",
)


def files(app: App) -> dict[str, Path]:
    """File of each topic by name."""
    from feeds.topics.reading import topic_files

    return topic_files(app.settings.topics_path, with_shipped=app.settings.topics.shipped)


def topic_file(app: App, name: str) -> Path:
    """File of one topic. Raises `ConfigError` that names what comes near if there is none."""
    from difflib import get_close_matches

    known = files(app)
    if name not in known:
        near = get_close_matches(name, known, n=1)
        raise ConfigError(f"there is no topic {name!r}", hint=f"did you mean {near[0]}?" if near else "topic list")
    return known[name]


def topic_named(app: App, name: str) -> Topic:
    """One topic, its concepts checked. Raises `ConfigError` or `ParseError`."""
    from feeds.topics.reading import read_topic

    return read_topic(topic_file(app, name), ontology=app.lexicon)


def is_shipped(app: App, path: Path) -> bool:
    """Whether a topic's file came with Cordwatch."""
    return path.parent != app.settings.topics_path


def readable(
    names: Iterable[str], read: Callable[[str], Topic]
) -> tuple[list[Topic], list[tuple[str, CordwatchError]]]:
    """The topics that can be read, and what is wrong with the others, which goes to stderr too."""
    topics, wrong = [], []
    for name in names:
        try:
            topics.append(read(name))
        except CordwatchError as error:
            wrong.append((name, error))
            complain(error)
    return topics, wrong


@contextmanager
def opened_window(app: App, since: str) -> Iterator[Window]:
    """The records first collected since ``--window``."""
    from feeds.topics.window import first_seen_between, open_window

    start = dt.datetime.combine(parse_since(since), dt.time(), dt.UTC)
    with app.library() as library:
        uids = first_seen_between(library, start, dt.datetime.now(dt.UTC))
        with open_window(library, app.lexicon, uids) as window:
            yield window


def match_rows(found: Iterable[Match], window: Window) -> Iterator[dict[str, object]]:
    """One flat row a match."""
    for match in found:
        record = window.records[match.uid].record
        yield {
            "uid": match.uid,
            "kind": str(record.kind),
            "status": str(record.status),
            "caution": next(map(caution_called, record.cautions), ""),
            "title": record.title,
            "published": record.published.iso() if record.published else "",
            "score": round(match.score, 3),
            "why": "; ".join(match.why),
        }


def print_matches(rows: Iterable[Row], columns: Sequence[str], format: Format) -> None:
    """Print rows of matches; for people as short blocks, because titles and reasons are long."""
    if format is not Format.TABLE:
        print_rows(rows, columns, format)
        return
    screen = console()
    for row in rows:
        status = STANDING_LABELS.get(PublicationStatus(row["status"]), "")
        head = Text({"gained": "+ ", "lost": "- "}.get(row.get("change", ""), ""), style="bold")
        head.append(f"[{KIND_NOTES.get(row['kind'], row['kind'])}]", style="cyan not bold")
        for said in filter(None, (status, row["caution"])):
            head.append(f" {said}", style="bold red")
        head.append(f" {row['title']}", style="bold")
        screen.print(head)
        facts = filter(None, (row["uid"], row["published"], f"{row['score']:.2f}", row["why"]))
        screen.print(Padding(Text(" · ".join(facts), style="dim"), (0, 0, 0, 4)))
