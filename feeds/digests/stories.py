"""Works of one digest that are about each other stand together: a paper with its comment, its notice, its press."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from feeds.digests.items import LEADING, WorkItem
from records.record import Kind

Story: TypeAlias = tuple[int, ...]
"""Places of works in what was given, that of the work which the others are about first."""


def stories_of(items: Sequence[WorkItem]) -> list[Story]:
    """The works, each in one story, in the order in which the first of each story stands.

    A work belongs to the story of the one work that it is about; what is about several of them (a round-up, a review
    of many trials) joins nothing.
    """
    bearers: dict[str, int] = {}
    papers: dict[str, int] = {}
    for place, item in enumerate(items):
        bearers.update((key, place) for key in item.keys if key not in bearers)
        papers.update(dict.fromkeys(item.preprints, place))
    found = ((place, _parent(place, items, bearers, papers)) for place in range(len(items)))
    parents = {place: parent for place, parent in found if parent is not None}
    members: dict[int, list[int]] = {}
    for place in range(len(items)):
        members.setdefault(_root(place, parents), []).append(place)
    stories = (tuple(sorted(story, key=lambda one: (one != root, one))) for root, story in members.items())
    return sorted(stories, key=min)


def _parent(place: int, items: Sequence[WorkItem], bearers: Mapping[str, int], papers: Mapping[str, int]) -> int | None:
    """The one work that this one is about, if it can lead: a paper never stands under its press."""
    item = items[place]
    subjects = {bearers[key] for key in item.about if key in bearers}
    subjects |= {papers[key] for key in item.keys & papers.keys()}
    subjects -= {place}
    if len(subjects) != 1:
        return None
    (subject,) = subjects
    return subject if _rank(items, subject) <= _rank(items, place) else None


def _rank(items: Sequence[WorkItem], place: int) -> int:
    return LEADING.index(Kind(items[place].kind))


def _root(place: int, parents: Mapping[int, int]) -> int:
    """The end of the chain; two works that are each about the other have the first of them."""
    seen = [place]
    while (parent := parents.get(seen[-1])) is not None:
        if parent in seen:
            return min(seen[seen.index(parent) :])
        seen.append(parent)
    return seen[-1]
