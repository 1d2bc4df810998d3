"""Compiles a parsed query to tantivy queries.

Queries are built from objects, never by tantivy's own parser: it takes ``spin*`` and ``term~1`` without meaning them.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import tantivy

from index.embedded.schema import META, TEXT, TEXTS, fold
from index.fields import FIELDS, FieldType
from records.query import And, Field, Node, Not, Or, Phrase, Range, Term, Words

BOOSTS: Final = {"title": 1.0, "abstract": 1.0, "body": 0.5}
"""How much a match in each text counts."""
_LAST: Final = 9_999_12_31


class Compiler:
    """Turns nodes into tantivy queries.

    Args:
        schema: The index's.
        analyzer: The same that the texts were analysed with.
    """

    def __init__(self, schema: tantivy.Schema, analyzer: tantivy.TextAnalyzer) -> None:
        self._schema = schema
        self._analyzer = analyzer

    def ranking(self, node: Node | None) -> tantivy.Query | None:
        """The part of a query that gives BM25 scores; ``None`` where there are no words."""
        parts = [self._ranked(leaf) for leaf in _leaves(node)]
        found = [part for part in parts if part is not None]
        if len(found) == 1:
            return found[0]
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for part in found]) if found else None

    def filter(self, node: Node | None, *, embargo: bool) -> tantivy.Query | None:
        """The part of a query that every hit must pass; bare words filter nothing.

        Args:
            node: The query.
            embargo: Whether there are records to be held back.

        Returns:
            ``None`` where every record passes.
        """
        required = None if node is None else self._required(node)
        parts = [part for part in (self._unembargoed() if embargo else None, required) if part is not None]
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, part) for part in parts]) if parts else None

    def everything(self) -> tantivy.Query:
        """Every record."""
        seq = tantivy.Query.term_query(self._schema, "uid", META, index_option="basic")
        return tantivy.Query.boolean_query(
            [(tantivy.Occur.Must, tantivy.Query.all_query()), (tantivy.Occur.MustNot, seq)]
        )

    def matching(self, node: Node | None, *, embargo: bool) -> tantivy.Query:
        """Filter and, where there are words, at least one of them."""
        parts = [part for part in (self.filter(node, embargo=embargo), self.ranking(node)) if part is not None]
        return (
            tantivy.Query.boolean_query([(tantivy.Occur.Must, part) for part in parts]) if parts else self.everything()
        )

    def _unembargoed(self) -> tantivy.Query:
        return self._range("embargo", 0, int(time.time()))

    def _ranked(self, leaf: Words | Term | Phrase) -> tantivy.Query | None:
        if isinstance(leaf, Phrase):
            return self._phrase(leaf.text, TEXTS)
        words = self._analyzer.analyze(leaf.text)
        parts = [(tantivy.Occur.Should, tantivy.Query.term_query(self._schema, TEXT, word)) for word in words]
        return tantivy.Query.boolean_query(parts) if parts else None

    def _word(self, word: str, fields: Sequence[str]) -> tantivy.Query:
        """The best field counts, as in Elasticsearch's ``best_fields``; tantivy's parser would sum them."""
        parts = [
            tantivy.Query.boost_query(tantivy.Query.term_query(self._schema, field, word), BOOSTS[field])
            for field in fields
        ]
        return tantivy.Query.disjunction_max_query(parts)

    def _phrase(self, text: str, fields: Sequence[str]) -> tantivy.Query | None:
        words = self._analyzer.analyze(text)
        if len(words) < 2:
            return self._word(words[0], fields) if words else None
        parts = [
            tantivy.Query.boost_query(tantivy.Query.phrase_query(self._schema, field, list(words)), BOOSTS[field])
            for field in fields
        ]
        return tantivy.Query.disjunction_max_query(parts)

    def _required(self, node: Node) -> tantivy.Query | None:
        """What must hold; ``None`` for bare words, which filter nothing."""
        if isinstance(node, Words):
            return None
        if isinstance(node, And):
            return self._all(node)
        if isinstance(node, Or):
            return self._any(node)
        if isinstance(node, Not):
            return self._none(node)
        if isinstance(node, Term | Phrase):
            return self._phrase(node.text, TEXTS)
        if isinstance(node, Range):
            return self._date(node)
        return self._field(node)

    def _all(self, node: And) -> tantivy.Query | None:
        parts = [part for part in map(self._required, _same_finding(node)) if part is not None]
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, part) for part in parts]) if parts else None

    def _any(self, node: Or) -> tantivy.Query | None:
        parts = [
            self.ranking(clause) if isinstance(clause, Words) else self._required(clause) for clause in node.clauses
        ]
        found = [part for part in parts if part is not None]
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for part in found]) if found else None

    def _none(self, node: Not) -> tantivy.Query | None:
        part = self.ranking(node.clause) if isinstance(node.clause, Words) else self._required(node.clause)
        if part is None:
            return None
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, self.everything()), (tantivy.Occur.MustNot, part)])

    def _field(self, node: Field) -> tantivy.Query | None:
        spec = FIELDS.get(node.name)
        if spec is not None and spec.type is FieldType.TEXT:
            return self._phrase(node.value, (node.name,))
        return tantivy.Query.term_query(self._schema, f"f_{node.name}", fold(node.value), index_option="basic")

    def _date(self, node: Range) -> tantivy.Query:
        low = _ordinal(node.low, first=True) if node.low else 1
        high = _ordinal(node.high, first=False) if node.high else _LAST
        return self._range("published", low, high)

    def _range(self, field: str, low: int, high: int) -> tantivy.Query:
        return tantivy.Query.range_query(self._schema, field, tantivy.FieldType.Integer, low, high)


def _leaves(node: Node | None) -> list[Words | Term | Phrase]:
    """Words, terms and phrases that are not excluded."""
    if isinstance(node, Words | Term | Phrase):
        return [node]
    if isinstance(node, And | Or):
        return [leaf for clause in node.clauses for leaf in _leaves(clause)]
    return []


def _same_finding(node: And) -> list[Node]:
    """``measure:BBB outcome:improved`` in one group speaks of one finding."""
    measures = [clause for clause in node.clauses if isinstance(clause, Field) and clause.name == "measure"]
    outcomes = [clause for clause in node.clauses if isinstance(clause, Field) and clause.name == "outcome"]
    if not measures or not outcomes:
        return list(node.clauses)
    rest: list[Node] = [clause for clause in node.clauses if clause not in measures and clause not in outcomes]
    return rest + [Field("finding", f"{measure.value}={outcome.value}") for measure in measures for outcome in outcomes]


def _ordinal(text: str, *, first: bool) -> int:
    """``YYYYMMDD`` of the first or the last day that a partial date means."""
    year, month, day = [*text.split("-"), "", ""][:3]
    return int(year) * 10_000 + int(month or (1 if first else 12)) * 100 + int(day or (1 if first else 31))
