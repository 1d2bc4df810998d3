"""Which records a topic holds, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import shorten
from typing import Final

from feeds.topics.algebra import Uids, evaluate, facet_node, leaves, topic_node
from feeds.topics.nearness import Near
from feeds.topics.references import find_reference
from feeds.topics.types import Match, Topic
from feeds.topics.window import Window
from index.query import format_query
from library.types import StoredRecord
from records.query import And, Node, Phrase, Term

_SHOWN: Final = 4
"""So many words, phrases and fields are named as reasons."""
_FAILING_WIDTH: Final = 100


def matches(topic: Topic, window: Window, *, with_excluded: bool = False) -> list[Match]:
    """The records of the window that the topic holds, best first; equal scores in the order of uids.

    What curators included is held, and what they excluded is not (`feeds.review`). Retracted and withdrawn records are
    kept: whoever shows them marks them.

    Args:
        topic: Whose.
        window: The records in question.
        with_excluded: Whether to hold what curators excluded all the same.

    Raises:
        QueryError: The query or a facet does not parse, or names a concept that the vocabulary does not have.
    """
    node = topic_node(topic.query)
    selected = _selected(node, window)
    nearest = _nearest(topic, window)
    near = {uid: one for uid, one in nearest.items() if one.cosine >= topic.threshold}
    held = (selected | frozenset(near)) & passing(topic, window)
    reviewed = window.reviewed(topic.name)
    if not with_excluded:
        held -= {uid for uid, wanted in reviewed.items() if not wanted}
    asked = _asked(node, window)
    found = [
        Match(
            uid=uid,
            score=round(nearest[uid].cosine if uid in nearest else _share(uid, asked), 6),
            why=tuple(_reasons(uid, selected, near.get(uid), asked, included=reviewed.get(uid, False))),
        )
        for uid in held
    ]
    return sorted(found, key=lambda match: (-match.score, match.uid))


def explain_miss(topic: Topic, window: Window, uid: str) -> tuple[str, ...]:
    """Why the topic does not hold a record of the window; empty if it does."""
    node = topic_node(topic.query)
    why = tuple(_barred(topic, window, uid))
    if uid not in _selected(node, window):
        near = _nearest(topic, window).get(uid)
        if near is not None and near.cosine < topic.threshold:
            why += (f"nearest example {near.example} ({near.cosine:.2f}) is farther than {topic.threshold:.2f}",)
        if near is None or near.cosine < topic.threshold:
            why += tuple(_failing(node, window, uid))
    return why


def _failing(node: Node | None, window: Window, uid: str) -> Iterator[str]:
    """The parts of the query that must hold and do not hold for a record."""
    clauses = node.clauses if isinstance(node, And) else () if node is None else (node,)
    for clause in clauses:
        held = evaluate(clause, window.universe, window.leaf)
        if held is not None and uid not in held:
            yield shorten(f"fails {format_query(clause)}", _FAILING_WIDTH, placeholder=" …")


def _barred(topic: Topic, window: Window, uid: str) -> Iterator[str]:
    """The filters that a record does not pass."""
    record = window.records[uid].record
    if not window.reviewed(topic.name).get(uid, True):
        yield "excluded in review"
    if topic.kinds and record.kind not in topic.kinds:
        yield f"kinds: it is a {record.kind}"
    if topic.sources and record.source not in topic.sources:
        yield f"sources: it comes from {record.source}"
    for field, values in topic.include.items():
        if uid not in _bearing(field, values, window):
            yield f"include: not {field} {' or '.join(values)}"
    for field, values in topic.exclude.items():
        if uid in _bearing(field, values, window):
            yield f"exclude: {field} {' or '.join(values)}"


def _bearing(field: str, values: tuple[str, ...], window: Window) -> Uids:
    found = evaluate(facet_node(field, values), window.universe, window.leaf)
    return window.universe if found is None else found


def _selected(node: Node | None, window: Window) -> Uids:
    found = evaluate(node, window.universe, window.leaf) if node is not None else None
    return found if found is not None else frozenset()


def _nearest(topic: Topic, window: Window) -> dict[str, Near]:
    """Each record's nearest example; an example, and what was included in review, is nearest to itself.

    Only a topic with examples is wide in meaning, and there what was included is one more. A topic that is a query
    alone stays as precise as its query, however much is included.
    """
    included = {uid for uid, wanted in window.reviewed(topic.name).items() if wanted}
    held = {uid: Near(uid, 1.0) for uid in included & window.universe}
    if not topic.examples:
        return held
    uids = included.union(*(find_reference(window.library, reference) for reference in topic.examples))
    nearest = window.vectors.nearest(window.library.embeddings(uids)) if uids else {}
    return nearest | {uid: Near(uid, 1.0) for uid in uids & window.universe}


def passing(topic: Topic, window: Window) -> Uids:
    """Uids that pass every filter of the topic."""
    passing = frozenset(uid for uid, stored in window.records.items() if _is_wanted(topic, stored))
    for field, values in topic.include.items():
        passing &= _bearing(field, values, window)
    for field, values in topic.exclude.items():
        passing -= _bearing(field, values, window)
    return passing


def _is_wanted(topic: Topic, stored: StoredRecord) -> bool:
    record = stored.record
    return (not topic.kinds or record.kind in topic.kinds) and (not topic.sources or record.source in topic.sources)


def _asked(node: Node | None, window: Window) -> dict[str, Uids]:
    """What the query asks for, as text, and who bears it; words of one stem count once."""
    asked: dict[tuple[str, ...], tuple[str, Uids]] = {}
    for leaf in leaves(node) if node is not None else ():
        uids, text = window.leaf(leaf), _shown(leaf)
        if uids is not None:
            asked.setdefault(window.words(text) if isinstance(leaf, Term | Phrase) else (text,), (text, uids))
    return dict(asked.values())


def _shown(leaf: Node) -> str:
    return leaf.text if isinstance(leaf, Term) else format_query(leaf)


def _share(uid: str, asked: Mapping[str, Uids]) -> float:
    return sum(uid in uids for uids in asked.values()) / len(asked) if asked else 0.0


def _reasons(
    uid: str, selected: Uids, near: Near | None, asked: Mapping[str, Uids], *, included: bool
) -> Iterator[str]:
    if uid in selected:
        borne = [text for text, uids in asked.items() if uid in uids]
        rest = f" and {len(borne) - _SHOWN} more" if len(borne) > _SHOWN else ""
        yield f"matches {' · '.join(borne[:_SHOWN])}{rest}" if borne else "bears nothing that the query excludes"
    if included:
        yield "was included in review"
    elif near is not None:
        own = near.example == uid
        yield ("is an example of the topic" if own else f"is near {near.example} ({near.cosine:.2f})")
