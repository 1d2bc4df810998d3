"""The candidates of a topic: what it holds, and what comes near without being held."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import msgspec

from feeds.topics.matching import matches, passing
from feeds.topics.references import find_reference
from feeds.topics.types import Topic
from feeds.topics.window import Window

if TYPE_CHECKING:
    from library import Library

MARGIN: Final = 0.15
"""A near miss comes at most so much short of the topic's threshold."""
_LEAST: Final = 50
_SEEDS: Final = 20


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A record that may belong to a topic."""

    uid: str
    matched: bool
    """Whether the topic holds it by itself; else it is a near miss."""
    score: float
    """0–1, of the match, or the cosine of the near miss."""
    why: str
    """For people."""


def candidates(
    topic: Topic, window: Window, *, included: Iterable[str] = (), keep: Iterable[str] = ()
) -> list[Candidate]:
    """Matches of the topic, then near misses, best first.

    A near miss passes the topic's filters and is nearly as near to an example, to what was included, or (where there is
    neither) to one of the best matches, as the threshold asks. There are at most as many as matches, or 50.

    Args:
        topic: Whose.
        window: The records in question.
        included: Uids of what curators included.
        keep: Uids that stay candidates however near they are, as long as they pass the filters: they are in the queue.

    Raises:
        QueryError: As `feeds.topics.matching.matches`.
    """
    held = matches(topic, window, with_excluded=True)
    found = [Candidate(uid=match.uid, matched=True, score=match.score, why="; ".join(match.why)) for match in held]
    matched = {match.uid for match in held}
    seeds = {*included, *examples_of(topic, window.library)} or [match.uid for match in held[:_SEEDS]]
    nearest = window.vectors.nearest(window.library.embeddings(seeds))
    others = passing(topic, window) - matched
    kept = others & frozenset(keep)
    near = sorted(
        (
            Candidate(
                uid=uid, matched=False, score=round(one.cosine, 6), why=f"near miss of {one.example} ({one.cosine:.2f})"
            )
            for uid, one in nearest.items()
            if uid in others and (uid in kept or one.cosine >= topic.threshold - MARGIN)
        ),
        key=lambda one: (-one.score, one.uid),
    )
    most = max(len(held), _LEAST)
    found += [one for place, one in enumerate(near) if place < most or one.uid in kept]
    without_vectors = kept - {one.uid for one in near}
    return [
        *found,
        *(
            Candidate(uid=uid, matched=False, score=0.0, why="was in the queue before")
            for uid in sorted(without_vectors)
        ),
    ]


def examples_of(topic: Topic, library: Library) -> list[str]:
    """Uids of the topic's example records that stand in the library."""
    return [uid for reference in topic.examples for uid in find_reference(library, reference)]
