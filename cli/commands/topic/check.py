"""cordwatch topic check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from cli.app import App, pass_app
from cli.commands.topic._shared import files, topic_named
from cli.output import Format, format_options, print_rows
from records.errors import CordwatchError

if TYPE_CHECKING:
    from feeds.topics.types import Topic


CHECK_COLUMNS: Final = ("topic", "record", "expected", "outcome", "why")


@click.command(name="check")
@click.argument("names", nargs=-1)
@format_options
@pass_app
def command(app: App, names: tuple[str, ...], format: Format) -> int:
    """Read topic files and run their known-item tests; all topics if no NAMES are given. 1 if anything fails."""
    from feeds.topics.known import Outcome, check_known_items

    topics, wrong = _readable(app, names)
    tests = []
    if app.settings.library_path.exists():
        with app.library() as library:
            tests = check_known_items(topics, library, app.lexicon)
    else:
        app.note("there is no library yet: the files were read, the known items were not looked for")
    rows = [
        {
            "topic": test.topic,
            "record": test.reference,
            "expected": "find" if test.expected else "not find",
            "outcome": str(test.outcome),
            "why": test.why,
        }
        for test in tests
    ]
    print_rows(rows, CHECK_COLUMNS, format)
    count = {outcome: sum(test.outcome is outcome for test in tests) for outcome in Outcome}
    app.note(
        f"{len(topics)} {'topic' if len(topics) == 1 else 'topics'} read, {wrong} wrong; known items: "
        + ", ".join(f"{number} {outcome.lower()}" for outcome, number in count.items())
    )
    return 1 if wrong or count[Outcome.FAILED] else 0


def _readable(app: App, names: tuple[str, ...]) -> tuple[list[Topic], int]:
    """The topics that can be read, and how many cannot; what is wrong with those goes to stderr."""
    topics, wrong = [], 0
    for name in names or files(app):
        try:
            topics.append(topic_named(app, name))
        except CordwatchError as error:
            wrong += 1
            click.echo(f"error: {error.message}" + (f"\n  try: {error.hint}" if error.hint else ""), err=True)
    return topics, wrong
