"""cordwatch topic review."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from cli.app import App, pass_app
from cli.commands.topic._reviewing import LOG_COLUMNS, QUEUE_COLUMNS, log_rows, print_status, queue_rows
from cli.commands.topic._shared import topic_named, window_option
from cli.output import Format, format_options, print_rows
from cli.since import parse_since
from records.errors import ConfigError

if TYPE_CHECKING:
    from feeds.review.queue import Queue

_MOST_RANDOM: Final = 2


@click.command(name="review")
@click.argument("name", metavar="TOPIC")
@click.option("--curator", default="", help="Who decides; review.curator or the login name if not given.")
@click.option(
    "--second", is_flag=True, help="Judge what other curators have judged; their verdicts are not shown before."
)
@click.option("--sample", is_flag=True, help="Draw every record at random, to learn how much is still to be found.")
@click.option("--status", is_flag=True, help="How far the review has come, and whether to go on.")
@click.option("--log", "show_log", is_flag=True, help="Who decided what, when and why, with what was taken back.")
@click.option(
    "-n", "--limit", default=20, show_default=True, type=click.IntRange(0), help="Records of the queue to list."
)
@window_option
@format_options
@pass_app
def command(
    app: App,
    name: str,
    curator: str,
    second: bool,
    sample: bool,
    status: bool,
    show_log: bool,
    limit: int,
    window: str,
    format: Format,
) -> int:
    """Decide which candidates belong to TOPIC, the likeliest first.

    \b
    On a terminal by single keys: i include, e exclude (then a reason), s skip, u undo, o whole abstract, q quit.
    From a script by lines on stdin:
      next                   print the next record as JSON
      include UID [REASON]   UID may be - for the one that `next` printed
      exclude UID [REASON]
      skip UID
      undo
    With --json, --nl or --csv, what waits is listed. Every decision is kept the moment it is made.
    """
    if show_log:
        # The log outlives the topic's file.
        with app.library() as library:
            print_rows(log_rows(library, name, plain=format is Format.TABLE), LOG_COLUMNS, format)
        return 0
    with _opened(app, name, curator, window) as queue:
        if status:
            print_status(queue, format)
        elif format is not Format.TABLE:
            print_rows(queue_rows(queue, second=second, limit=limit), QUEUE_COLUMNS, format)
        elif sys.stdin.isatty():
            from cli.commands.topic._keys import review_by_keys

            review_by_keys(queue, second=second, sample=sample)
        else:
            from cli.commands.topic._lines import review_by_lines

            return review_by_lines(queue, sys.stdin, second=second, sample=sample)
    return 0


@contextmanager
def _opened(app: App, name: str, curator: str, since: str) -> Iterator[Queue]:
    from feeds.review.queue import open_queue
    from feeds.topics.window import first_seen_between

    topic = topic_named(app, name)
    start = dt.datetime.combine(parse_since(since), dt.time(), dt.UTC)
    every = app.settings.review.random_every
    if every < _MOST_RANDOM:
        raise ConfigError(
            f"review.random_every is {every}", hint="2 or more: every so many-th record is drawn at random"
        )
    with app.library() as library:
        yield open_queue(
            library,
            app.lexicon,
            topic,
            first_seen_between(library, start, _now()),
            curator=_curator(app, curator),
            random_every=every,
            clock=_now,
        )


def _curator(app: App, given: str) -> str:
    import getpass

    from feeds.review.log import check_curator

    try:
        name = given or app.settings.review.curator or getpass.getuser()
    except (OSError, KeyError) as error:
        raise ConfigError("the login name is not known", hint="--curator NAME, or review.curator") from error
    return check_curator(name)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
