"""Known-item tests: what a topic has to hold, and what it must not."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from feeds.topics.matching import explain_miss, matches
from feeds.topics.references import find_reference
from feeds.topics.types import Topic
from feeds.topics.window import Window, open_window

if TYPE_CHECKING:
    from library import Library
    from records.protocols import Ontology


class Outcome(StrEnum):
    """How a test went."""

    PASSED = "passed"
    FAILED = "FAILED"
    ABSENT = "absent"
    """The library has no such record: nothing was tested."""


class KnownItem(msgspec.Struct, frozen=True, kw_only=True):
    """One test of one topic."""

    topic: str
    reference: str
    """As the topic file names the record."""
    expected: bool
    """Whether the topic has to hold it."""
    outcome: Outcome
    why: str
    """Why the topic holds it, or does not."""


def check_known_items(topics: Iterable[Topic], library: Library, ontology: Ontology) -> list[KnownItem]:
    """Run the tests of all topics, in their order.

    Raises:
        QueryError: A topic names a concept that the vocabulary does not have.
    """
    topics = list(topics)
    named = {
        reference: find_reference(library, reference)
        for topic in topics
        for reference in (*topic.must_find, *topic.must_not_find)
    }
    uids = {uid for found in named.values() for uid in found}
    with open_window(library, ontology, uids) as window:
        return [test for topic in topics for test in _check(topic, window, named)]


def absent_examples(topics: Iterable[Topic], library: Library) -> list[tuple[str, str]]:
    """Topic and reference of each example that the library does not have: nothing is near it."""
    return [
        (topic.name, reference)
        for topic in topics
        for reference in topic.examples
        if not find_reference(library, reference)
    ]


def _check(topic: Topic, window: Window, named: dict[str, tuple[str, ...]]) -> Iterable[KnownItem]:
    held = {match.uid: match for match in matches(topic, window)}
    for expected, references in ((True, topic.must_find), (False, topic.must_not_find)):
        for reference in references:
            uids = [uid for uid in named[reference] if uid in window.universe]
            found = [held[uid] for uid in uids if uid in held]
            outcome = Outcome.PASSED if bool(found) is expected else Outcome.FAILED
            reasons = found[0].why if found else explain_miss(topic, window, uids[0]) if uids else ()
            yield KnownItem(
                topic=topic.name,
                reference=reference,
                expected=expected,
                outcome=outcome if uids else Outcome.ABSENT,
                why="; ".join(reasons) if uids else "not in the library",
            )
