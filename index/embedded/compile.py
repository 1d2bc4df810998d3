"""How tantivy writes the parts of a query.

Queries are built from objects, never by tantivy's own parser: it takes ``spin*`` and ``term~1`` without meaning them.
"""

from __future__ import annotations

from collections.abc import Sequence

import tantivy

from index.compile import Compiler
from index.embedded.schema import META, TEXT


class TantivyCompiler(Compiler[tantivy.Query]):
    """Turns nodes into tantivy queries.

    Args:
        schema: The index's.
    """

    def __init__(self, schema: tantivy.Schema) -> None:
        self._schema = schema

    def everything(self) -> tantivy.Query:
        """Every record, without the document that holds ``seq``."""
        seq = tantivy.Query.term_query(self._schema, "uid", META, index_option="basic")
        return tantivy.Query.boolean_query(
            [(tantivy.Occur.Must, tantivy.Query.all_query()), (tantivy.Occur.MustNot, seq)]
        )

    def all_of(self, parts: Sequence[tantivy.Query]) -> tantivy.Query:
        """All must match."""
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, part) for part in parts])

    def any_of(self, parts: Sequence[tantivy.Query]) -> tantivy.Query:
        """One must match."""
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for part in parts])

    def none_of(self, part: tantivy.Query) -> tantivy.Query:
        """Everything else."""
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, self.everything()), (tantivy.Occur.MustNot, part)])

    def best_of(self, parts: Sequence[tantivy.Query]) -> tantivy.Query:
        """The best score; tantivy's parser would sum them."""
        return tantivy.Query.disjunction_max_query(list(parts))

    def unscored(self, part: tantivy.Query) -> tantivy.Query:
        """Every hit scores nothing."""
        return tantivy.Query.const_score_query(part, 0.0)

    def words(self, words: Sequence[str]) -> tantivy.Query:
        """One of the words, in the field of all texts."""
        return self.any_of([tantivy.Query.term_query(self._schema, TEXT, word) for word in words])

    def phrase(self, field: str, places: Sequence[tuple[int, str]], boost: float) -> tantivy.Query:
        """A phrase with gaps where stop words stand; a single word is a term."""
        if len(places) == 1:
            query = tantivy.Query.term_query(self._schema, field, places[0][1])
        else:
            query = tantivy.Query.phrase_query(self._schema, field, list(places))
        return tantivy.Query.boost_query(query, boost)

    def keyword(self, name: str, value: str) -> tantivy.Query:
        """A raw term."""
        return tantivy.Query.term_query(self._schema, f"f_{name}", value, index_option="basic")

    def between(self, field: str, low: int, high: int) -> tantivy.Query:
        """A range of a fast field."""
        return tantivy.Query.range_query(self._schema, field, tantivy.FieldType.Integer, low, high)
