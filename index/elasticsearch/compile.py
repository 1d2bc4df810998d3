"""How Elasticsearch's query DSL writes the parts of a query.

Texts are indexed as the words that `index.analysis` makes of them, so that both backends know the same words: the
server only cuts at blanks. ``_`` stands where a stop word stood, and keeps its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from index.analysis import GAP
from index.compile import Compiler

Dsl = dict[str, Any]
TEXT: Final = "text"


class DslCompiler(Compiler[Dsl]):
    """Turns nodes into query DSL."""

    def everything(self) -> Dsl:
        """Every record."""
        return {"match_all": {}}

    def all_of(self, parts: Sequence[Dsl]) -> Dsl:
        """All must match."""
        return {"bool": {"must": list(parts)}}

    def any_of(self, parts: Sequence[Dsl]) -> Dsl:
        """One must match."""
        return {"bool": {"should": list(parts), "minimum_should_match": 1}}

    def none_of(self, part: Dsl) -> Dsl:
        """Everything else."""
        return {"bool": {"must_not": [part]}}

    def best_of(self, parts: Sequence[Dsl]) -> Dsl:
        """The best score."""
        return {"dis_max": {"queries": list(parts)}}

    def unscored(self, part: Dsl) -> Dsl:
        """Filters, which the server may keep."""
        return {"bool": {"filter": [part]}}

    def words(self, words: Sequence[str]) -> Dsl:
        """One of the words, in the field of all texts."""
        return {"match": {TEXT: {"query": " ".join(words)}}}

    def phrase(self, field: str, places: Sequence[tuple[int, str]], boost: float) -> Dsl:
        """A phrase with gaps where stop words stand."""
        filled = [GAP] * (places[-1][0] + 1)
        for place, word in places:
            filled[place] = word
        return {"match_phrase": {field: {"query": " ".join(filled), "boost": boost}}}

    def keyword(self, name: str, value: str) -> Dsl:
        """A keyword."""
        return {"term": {f"f_{name}": value}}

    def between(self, field: str, low: int, high: int) -> Dsl:
        """A range of integers."""
        return {"range": {field: {"gte": low, "lte": high}}}
