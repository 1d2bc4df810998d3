"""cordwatch topic check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from cli.app import App, pass_app
from cli.commands.topic._hearsay import unheard_of
from cli.commands.topic._shared import files, readable, topic_named
from cli.output import Format, format_options, print_rows
from records.errors import CordwatchError, ParseError

if TYPE_CHECKING:
    from feeds.topics.known import KnownItem
    from feeds.topics.types import Topic


CHECK_COLUMNS: Final = ("topic", "record", "expected", "outcome", "why")
_WRONG: Final = "wrong"
_EXAMPLE: Final = "example"
_VALUE: Final = "value"


@click.command(name="check")
@click.argument("names", nargs=-1)
@click.option(
    "--strict",
    is_flag=True,
    help="Fail too where none of a topic's known items was tested, or an example, source or value is absent.",
)
@format_options
@pass_app
def command(app: App, names: tuple[str, ...], strict: bool, format: Format) -> int:
    """Read topic files and run their known-item tests; all topics if no NAMES are given. 1 if anything fails.

    With --json, --nl or --csv every mistake of a file is a row too, with its place and what to do about it.
    """
    from feeds.topics.known import Outcome

    topics, wrong = readable(names or files(app), lambda name: topic_named(app, name))
    tests, absent, unheard = _tested(app, topics)
    rows = [_test_row(test) for test in tests] + [_example_row(*one) for one in absent]
    rows += [_row(name, record=value, expected=_VALUE, outcome="absent", why=why) for name, value, why in unheard]
    mistakes = [row for name, error in wrong for row in _mistake_rows(name, error)]
    columns = CHECK_COLUMNS if format is Format.TABLE else (*CHECK_COLUMNS, "where", "hint")
    print_rows(rows if format is Format.TABLE else mistakes + rows, columns, format)
    count = {outcome: sum(test.outcome is outcome for test in tests) for outcome in Outcome}
    app.note(
        f"{len(topics)} {'topic' if len(topics) == 1 else 'topics'} read, {len(wrong)} wrong; known items: "
        + ", ".join(f"{number} {outcome.lower()}" for outcome, number in count.items())
    )
    untested = _untested(topics, tests)
    if untested:
        app.note(f"NOT TESTED, for the library has none of their known items: {', '.join(untested)}")
    for topic, reference in absent:
        app.note(f"{topic}: the example {reference} is not in the library, so that nothing is near it")
    for topic, value, why in unheard:
        app.note(f"{topic}: {value}: {why}")
    return 1 if wrong or count[Outcome.FAILED] or (strict and (untested or absent or unheard)) else 0


def _tested(
    app: App, topics: Sequence[Topic]
) -> tuple[list[KnownItem], list[tuple[str, str]], list[tuple[str, str, str]]]:
    """The known-item tests, the examples that are absent, and the values that no record bears, with the reason."""
    from feeds.topics.known import absent_examples, check_known_items

    if not app.settings.library_path.exists():
        app.note("there is no library yet: the files were read, the known items were not looked for")
        return [], [], []
    with app.library() as library:
        absent = absent_examples(topics, library)
        return check_known_items(topics, library, app.lexicon), absent, list(unheard_of(app, topics, library))


def _untested(topics: Sequence[Topic], tests: Sequence[KnownItem]) -> list[str]:
    """Names of topics that have known items, none of which could be tested."""
    from feeds.topics.known import Outcome

    tested = {test.topic for test in tests if test.outcome is not Outcome.ABSENT}
    return [topic.name for topic in topics if (topic.must_find or topic.must_not_find) and topic.name not in tested]


def _test_row(test: KnownItem) -> dict[str, Any]:
    expected = "find" if test.expected else "not find"
    return _row(test.topic, record=test.reference, expected=expected, outcome=str(test.outcome), why=test.why)


def _example_row(topic: str, reference: str) -> dict[str, Any]:
    return _row(topic, record=reference, expected=_EXAMPLE, outcome="absent", why="not in the library")


def _mistake_rows(topic: str, error: CordwatchError) -> list[dict[str, Any]]:
    return [
        _row(
            topic,
            outcome=_WRONG,
            why=problem.message,
            where=problem.where if isinstance(problem, ParseError) else "",
            hint=problem.hint,
        )
        for problem in error.problems
    ]


def _row(topic: str, *, outcome: str, why: str, record: str = "", expected: str = "", **others: str) -> dict[str, Any]:
    row = {"topic": topic, "record": record, "expected": expected, "outcome": outcome, "why": why}
    return row | {"where": "", "hint": ""} | others
