"""A parsed search query: what both index backends compile from."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

import msgspec


class Mode(StrEnum):
    """How hits are ranked."""

    HYBRID = "hybrid"
    LEXICAL = "lexical"
    SEMANTIC = "semantic"


class Words(msgspec.Struct, frozen=True, tag="words"):
    """Bare words side by side: a natural-language question. They rank; no single one of them must occur."""

    text: str


class Term(msgspec.Struct, frozen=True, tag="term"):
    """One word that is an operand of AND, OR or NOT: it must (or must not) occur."""

    text: str


class Phrase(msgspec.Struct, frozen=True, tag="phrase"):
    """Words that must occur side by side."""

    text: str


class Field(msgspec.Struct, frozen=True, tag="field"):
    """A filter on one value of a field: ``species:human``."""

    name: str
    value: str


class Range(msgspec.Struct, frozen=True, tag="range"):
    """A filter on a range, both ends included; an open end is ``""``: ``year:2020..``."""

    name: str
    low: str
    high: str


class And(msgspec.Struct, frozen=True, tag="and"):
    """All of the clauses hold."""

    clauses: tuple[Node, ...]


class Or(msgspec.Struct, frozen=True, tag="or"):
    """At least one of the clauses holds."""

    clauses: tuple[Node, ...]


class Not(msgspec.Struct, frozen=True, tag="not"):
    """The clause does not hold."""

    clause: Node


Node: TypeAlias = Words | Term | Phrase | Field | Range | And | Or | Not


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """A query as typed and as understood."""

    text: str
    """As typed."""
    node: Node | None
    """Its tree; ``None`` for the empty query, which matches everything."""

    def question(self) -> str:
        """What the embedding model reads: bare words, terms and phrases that are not negated, in order."""
        return " ".join(_question(self.node)) if self.node else ""


def _question(node: Node) -> list[str]:
    if isinstance(node, Words | Term | Phrase):
        return [node.text]
    if isinstance(node, And | Or):
        return [word for clause in node.clauses for word in _question(clause)]
    return []
