"""Which findings of a hit come first: what was asked for, then harm, then the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from records.annotation import Direction
from records.hit import HitFinding
from records.query import And, Field, Node, Or
from records.wording import is_harm

Order: TypeAlias = Callable[[Sequence[HitFinding]], tuple[HitFinding, ...]]


def order_of(node: Node | None) -> Order:
    """How a resolved query orders the findings of its hits; equals stay in the order of the text."""
    measures = frozenset(field.value.casefold() for field in _asked(node) if field.name == "measure")
    directions = frozenset(field.value for field in _asked(node) if field.name == "outcome")

    def place(finding: HitFinding) -> tuple[bool, bool]:
        right = not measures or finding.measure.casefold() in measures
        asked = (right and finding.direction in directions) if directions else (bool(measures) and right)
        return not asked, not _harms(finding)

    return lambda findings: tuple(sorted(findings, key=place))


def _harms(finding: HitFinding) -> bool:
    return finding.direction == Direction.WORSENED or (is_harm(finding.measure) and finding.affirmed)


def _asked(node: Node | None) -> Iterator[Field]:
    """Every field that a hit may pass by; none that is excluded."""
    if isinstance(node, And | Or):
        for clause in node.clauses:
            yield from _asked(clause)
    elif isinstance(node, Field):
        yield node
