"""Queries as sets: each word, phrase and field is looked up once, however many topics name it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from index.query import format_query, parse_query
from records.query import And, Field, Node, Not, Or, Term, Words

Uids: TypeAlias = frozenset[str]
Leaf: TypeAlias = Callable[[Node], Uids | None]
"""Uids that bear a leaf; ``None`` for one that says nothing, such as a stop word."""
_OF_ONE_FINDING: Final = ("measure", "outcome")


def deciding(node: Node) -> Node:
    """The query with every bare word required: what ranks in a search decides in a topic."""
    if isinstance(node, Words):
        terms = tuple(Term(word) for word in node.text.split())
        return terms[0] if len(terms) == 1 else And(terms)
    if isinstance(node, And):
        return And(tuple(map(deciding, node.clauses)))
    if isinstance(node, Or):
        return Or(tuple(map(deciding, node.clauses)))
    if isinstance(node, Not):
        return Not(deciding(node.clause))
    return node


def topic_node(query: str) -> Node | None:
    """A topic's query as a tree; ``None`` if it is empty. Raises `records.errors.QueryError`."""
    node = parse_query(query).node
    return None if node is None else deciding(node)


def facet_node(field: str, values: tuple[str, ...]) -> Node:
    """``field`` bears one of the values. Raises `records.errors.QueryError`."""
    quoted = " OR ".join(f'"{value}"' for value in values)
    node = parse_query(f"{field}:({quoted})").node
    if node is None:
        raise ValueError(f"{field} has no values")
    return node


def evaluate(node: Node, universe: Uids, leaf: Leaf) -> Uids | None:
    """Uids for which the query holds; ``None`` where it says nothing (stop words only)."""
    if isinstance(node, And) and not _is_finding(node):
        parts = [part for part in (evaluate(clause, universe, leaf) for clause in _grouped(node)) if part is not None]
        return frozenset.intersection(*parts) if parts else None
    if isinstance(node, Or):
        parts = [part for part in (evaluate(clause, universe, leaf) for clause in node.clauses) if part is not None]
        return frozenset.union(*parts) if parts else None
    if isinstance(node, Not):
        inner = evaluate(node.clause, universe, leaf)
        return None if inner is None else universe - inner
    return leaf(node)


def leaves(node: Node) -> Iterator[Node]:
    """What the query asks for, in order; nothing that it excludes."""
    if isinstance(node, And) and not _is_finding(node):
        for clause in _grouped(node):
            yield from leaves(clause)
    elif isinstance(node, Or):
        for clause in node.clauses:
            yield from leaves(clause)
    elif not isinstance(node, Not):
        yield node


def leaf_text(node: Node) -> str:
    """A leaf as a query of its own, for looking it up."""
    if isinstance(node, Term):
        # A bare word alone would be a question; quoted, it must occur, as it must where it stands.
        return f'"{node.text}"'
    return format_query(node)


def _grouped(node: And) -> list[Node]:
    """The clauses, with measures and outcomes side by side as one: they speak of one finding, as in a search."""
    named = {name: [c for c in node.clauses if isinstance(c, Field) and c.name == name] for name in _OF_ONE_FINDING}
    if not all(named.values()):
        return list(node.clauses)
    finding = [clause for clauses in named.values() for clause in clauses]
    return [*(clause for clause in node.clauses if clause not in finding), And(tuple(finding))]


def _is_finding(node: And) -> bool:
    return _grouped(node) == [node]
