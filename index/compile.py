"""What a query means, once for all backends: each only says how its engine writes the smallest parts.

Bare words rank and filter nothing; everything else has to hold. Words are ranked in one field of all texts together,
phrases in the best of the texts.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Final, Generic, TypeVar

from index.analysis import fold, places_of, words_of
from index.fields import FIELDS, FieldType
from records.identifiers import normalise_identifier
from records.query import And, Field, Node, Not, Or, Phrase, Range, Term, Words

TEXTS: Final = ("title", "abstract", "body")
BOOSTS: Final = {"title": 1.0, "abstract": 1.0, "body": 0.5}
"""How much a phrase in each text counts."""
_LAST: Final = 9_999_12_31

Q = TypeVar("Q")


class Compiler(ABC, Generic[Q]):
    """Turns nodes into the queries of an engine."""

    @abstractmethod
    def everything(self) -> Q:
        """Every record."""

    @abstractmethod
    def all_of(self, parts: Sequence[Q]) -> Q:
        """What passes every part; scores are summed."""

    @abstractmethod
    def any_of(self, parts: Sequence[Q]) -> Q:
        """What passes a part; scores are summed."""

    @abstractmethod
    def none_of(self, part: Q) -> Q:
        """Everything that does not pass."""

    @abstractmethod
    def best_of(self, parts: Sequence[Q]) -> Q:
        """What passes a part; the best score counts, as in Elasticsearch's ``best_fields``."""

    @abstractmethod
    def unscored(self, part: Q) -> Q:
        """The part as a filter: it adds nothing to scores."""

    @abstractmethod
    def words(self, words: Sequence[str]) -> Q:
        """What contains one of the words in any text, by BM25 over all texts together."""

    @abstractmethod
    def phrase(self, field: str, places: Sequence[tuple[int, str]], boost: float) -> Q:
        """What contains the words (at least one) at these distances from each other in one text."""

    @abstractmethod
    def keyword(self, name: str, value: str) -> Q:
        """What bears a value, folded already."""

    @abstractmethod
    def between(self, field: str, low: int, high: int) -> Q:
        """What has an integer from ``low`` to ``high``, both included."""

    def ranking(self, node: Node | None) -> Q | None:
        """The part of a query that gives BM25 scores; ``None`` where there are no words."""
        parts = [self._ranked(leaf) for leaf in _leaves(node)]
        found = [part for part in parts if part is not None]
        if len(found) == 1:
            return found[0]
        return self.any_of(found) if found else None

    def filter(self, node: Node | None, *, embargo: bool) -> Q | None:
        """The part of a query that every hit must pass; bare words filter nothing.

        Args:
            node: The query.
            embargo: Whether there may be records to be held back.

        Returns:
            ``None`` where every record passes.
        """
        required = None if node is None else self._required(node)
        held_back = self.between("embargo", 0, int(time.time())) if embargo else None
        parts = [part for part in (held_back, required) if part is not None]
        return self.all_of(parts) if parts else None

    def matching(self, node: Node | None, *, embargo: bool) -> Q:
        """Filter and, where there are words, at least one of them."""
        required, ranking = self.filter(node, embargo=embargo), self.ranking(node)
        if required is None:
            return self.everything() if ranking is None else ranking
        return self.unscored(required) if ranking is None else self.all_of([self.unscored(required), ranking])

    def _ranked(self, leaf: Words | Term | Phrase) -> Q | None:
        if isinstance(leaf, Phrase):
            return self._in_texts(leaf.text, TEXTS)
        words = words_of(leaf.text)
        return self.words(words) if words else None

    def _in_texts(self, text: str, fields: Sequence[str]) -> Q | None:
        places = places_of(text)
        return self.best_of([self.phrase(field, places, BOOSTS[field]) for field in fields]) if places else None

    def _required(self, node: Node) -> Q | None:
        """What must hold; ``None`` for bare words, which filter nothing."""
        if isinstance(node, Words):
            return None
        if isinstance(node, And):
            parts = [part for part in map(self._required, _same_finding(node)) if part is not None]
            return self.all_of(parts) if parts else None
        if isinstance(node, Or):
            parts = [part for part in map(self._chosen, node.clauses) if part is not None]
            return self.any_of(parts) if parts else None
        if isinstance(node, Not):
            part = self._chosen(node.clause)
            return None if part is None else self.none_of(part)
        if isinstance(node, Term | Phrase):
            return self._in_texts(node.text, TEXTS)
        if isinstance(node, Range):
            low = _ordinal(node.low, first=True) if node.low else 1
            return self.between("published", low, _ordinal(node.high, first=False) if node.high else _LAST)
        return self._field(node)

    def _chosen(self, clause: Node) -> Q | None:
        """What must hold of a clause of OR and NOT, where bare words count too."""
        return self.ranking(clause) if isinstance(clause, Words) else self._required(clause)

    def _field(self, node: Field) -> Q | None:
        spec = FIELDS.get(node.name)
        if spec is not None and spec.type is FieldType.TEXT:
            return self._in_texts(node.value, (node.name,))
        # A number that no normaliser knows (a registry of its own) is looked for as typed.
        return self.keyword(node.name, fold(normalise_identifier(node.name, node.value) or node.value))


def _leaves(node: Node | None) -> list[Words | Term | Phrase]:
    """Words, terms and phrases that are not excluded."""
    if isinstance(node, Words | Term | Phrase):
        return [node]
    if isinstance(node, And | Or):
        return [leaf for clause in node.clauses for leaf in _leaves(clause)]
    return []


def _same_finding(node: And) -> list[Node]:
    """``measure:BBB outcome:improved`` in one group speaks of one finding."""
    measures = [values for clause in node.clauses if (values := _values(clause, "measure"))]
    outcomes = [values for clause in node.clauses if (values := _values(clause, "outcome"))]
    if not measures or not outcomes:
        return list(node.clauses)
    rest = [clause for clause in node.clauses if not _values(clause, "measure") and not _values(clause, "outcome")]
    return rest + [_one_of(some, others) for some in measures for others in outcomes]


def _values(clause: Node, name: str) -> list[str]:
    """The values of a field, or of several by that name joined by OR; none of any other clause."""
    if isinstance(clause, Or):
        each = [_values(one, name) for one in clause.clauses]
        return [value for values in each for value in values] if all(each) else []
    return [clause.value] if isinstance(clause, Field) and clause.name == name else []


def _one_of(measures: Sequence[str], outcomes: Sequence[str]) -> Node:
    """A finding of one of the measures that went one of the ways."""
    return Or(tuple(Field("finding", f"{measure}={outcome}") for measure in measures for outcome in outcomes))


def _ordinal(text: str, *, first: bool) -> int:
    """``YYYYMMDD`` of the first or the last day that a partial date means."""
    year, month, day = [*text.split("-"), "", ""][:3]
    return int(year) * 10_000 + int(month or (1 if first else 12)) * 100 + int(day or (1 if first else 31))
