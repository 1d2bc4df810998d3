"""Which records a topic holds, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from feeds.topics.algebra import Uids, evaluate, facet_node, leaves, topic_node
from feeds.topics.nearness import Near
from feeds.topics.references import find_reference
from feeds.topics.types import Match, Topic
from feeds.topics.window import Window
from index.query import format_query
from library.types import StoredRecord
from records.query import Node, Term

_SHOWN = 4
"""So many words, phrases and fields are named as reasons."""


def matches(topic: Topic, window: Window) -> list[Match]:
    """The records of the window that the topic holds, best first; equal scores in the order of uids.

    Retracted and withdrawn records are kept: whoever shows them marks them.

    Raises:
        QueryError: The query or a facet does not parse, or names a concept that the vocabulary does not have.
    """
    node = topic_node(topic.query)
    selected = _selected(node, window)
    nearest = _nearest(topic, window)
    near = {uid: one for uid, one in nearest.items() if one.cosine >= topic.threshold}
    held = (selected | frozenset(near)) & _passing(topic, window)
    asked = _asked(node, window)
    found = [
        Match(
            uid=uid,
            score=round(nearest[uid].cosine if uid in nearest else _share(uid, asked), 6),
            why=tuple(_reasons(uid, selected, near.get(uid), asked)),
        )
        for uid in held
    ]
    return sorted(found, key=lambda match: (-match.score, match.uid))


def _selected(node: Node | None, window: Window) -> Uids:
    found = evaluate(node, window.universe, window.leaf) if node is not None else None
    return found if found is not None else frozenset()


def _nearest(topic: Topic, window: Window) -> dict[str, Near]:
    """Each record's nearest example; an example is nearest to itself."""
    if not topic.examples:
        return {}
    uids = [uid for reference in topic.examples for uid in find_reference(window.library, reference)]
    nearest = window.vectors.nearest(window.library.embeddings(uids))
    return nearest | {uid: Near(uid, 1.0) for uid in uids if uid in window.universe}


def _passing(topic: Topic, window: Window) -> Uids:
    """Uids that pass every filter of the topic."""
    passing = frozenset(uid for uid, stored in window.records.items() if _is_wanted(topic, stored))
    for field, values in topic.include.items():
        bearing = evaluate(facet_node(field, values), window.universe, window.leaf)
        passing = passing if bearing is None else passing & bearing
    for field, values in topic.exclude.items():
        passing -= evaluate(facet_node(field, values), window.universe, window.leaf) or frozenset()
    return passing


def _is_wanted(topic: Topic, stored: StoredRecord) -> bool:
    record = stored.record
    return (not topic.kinds or record.kind in topic.kinds) and (not topic.sources or record.source in topic.sources)


def _asked(node: Node | None, window: Window) -> dict[str, Uids]:
    """What the query asks for, as text, and who bears it."""
    asked = {} if node is None else {_shown(leaf): window.leaf(leaf) for leaf in leaves(node)}
    return {text: uids for text, uids in asked.items() if uids is not None}


def _shown(leaf: Node) -> str:
    return leaf.text if isinstance(leaf, Term) else format_query(leaf)


def _share(uid: str, asked: Mapping[str, Uids]) -> float:
    return sum(uid in uids for uids in asked.values()) / len(asked) if asked else 0.0


def _reasons(uid: str, selected: Uids, near: Near | None, asked: Mapping[str, Uids]) -> Iterator[str]:
    if uid in selected:
        borne = [text for text, uids in asked.items() if uid in uids]
        rest = f" and {len(borne) - _SHOWN} more" if len(borne) > _SHOWN else ""
        yield f"matches {' · '.join(borne[:_SHOWN])}{rest}" if borne else "bears nothing that the query excludes"
    if near is not None:
        own = near.example == uid
        yield "is an example of the topic" if own else f"near {near.example} ({near.cosine:.2f})"
