"""The query language: text to `records.query` and back. Described in ``docs/query.md``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from index.dates import bounds_of
from index.fields import FIELDS, FieldType
from index.tokens import Token, exact, tokens_of
from records.errors import QueryError
from records.query import And, Field, Node, Not, Or, Phrase, Query, Range, Term, Words

MAX_LENGTH: Final = 10_000
MAX_DEPTH: Final = 50
FLAGS: Final = frozenset({"retracted"})
"""Words that, excluded, mean the status and not the word: ``-retracted``."""
DOUBTFUL: Final = Field("is", "doubtful")
"""What no count may show as sound."""


def parse_query(text: str) -> Query:
    """Parse a query. Raises `QueryError` that says where it went wrong and what was expected."""
    if len(text) > MAX_LENGTH:
        raise QueryError(f"the query has {len(text)} characters; {MAX_LENGTH} is the most", position=MAX_LENGTH)
    if not text.strip():
        return Query(text=text, node=None)
    try:
        return Query(text=text, node=_Parser(text).parse())
    except QueryError as error:
        error.query = text
        raise


def literal(question: str) -> str:
    """A question as a query in which nothing means an operator or a field: what a program passes on from a user."""
    words = re.sub(r"[()\":*~]", " ", question).split()
    plain = (word.lower() if word in ("AND", "OR", "NOT") else word.lstrip("-") for word in words)
    return " ".join(filter(None, plain))


def caret(error: QueryError) -> str:
    """The query with a caret under the place of the error."""
    start = max(0, error.position - 60)
    return f"{error.query[start : start + 100]}\n{' ' * (error.position - start)}^"


class _Parser:
    """Recursive descent: or, and, not, primary. Clauses side by side are joined by AND, bare words into a question."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(tokens_of(text))
        self.at = 0
        self.depth = 0

    def parse(self) -> Node:
        node = self._or()
        if self.at < len(self.tokens):
            raise self._error("unexpected )", "remove it, or open a group before it")
        return node

    def _peek(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _or(self) -> Node:
        clauses = [self._and()]
        while self._operator("OR"):
            clauses.append(self._and())
        return clauses[0] if len(clauses) == 1 else Or(tuple(_operand(clause) for clause in clauses))

    def _and(self) -> Node:
        clauses: list[Node] = []
        while True:
            token = self._peek()
            if token is None or token.kind == "close" or (token.kind == "word" and token.text == "OR"):
                break
            if token.kind == "word" and token.text == "AND":
                if not clauses:
                    raise self._error("AND has nothing before it", "a word, a phrase or a field")
                self.at += 1
                self._need_operand("AND")
                clauses[-1] = _operand(clauses[-1])
                clauses.append(_operand(self._not()))
                continue
            clauses.append(self._not())
        if not clauses:
            raise self._error("something is missing here", "a word, a phrase, a field or a group")
        return _join(clauses)

    def _not(self) -> Node:
        token = self._peek()
        if token and token.kind == "minus":
            self.at += 1
            return Not(_excluded(self._primary()))
        if self._operator("NOT"):
            return Not(_excluded(self._primary()))
        return self._primary()

    def _primary(self) -> Node:
        token = self._peek()
        if token is None:
            raise self._error("the query ends too early", "a word, a phrase, a field or a group")
        self.at += 1
        if token.kind == "open":
            return self._group(token)
        if token.kind == "quote":
            return Phrase(exact(token).text)
        if token.kind == "field":
            return self._field(token)
        if token.kind == "word" and token.text not in ("AND", "OR", "NOT"):
            return Words(exact(token).text)
        self.at -= 1
        raise self._error(f"unexpected {token.text or token.kind!r}", "a word, a phrase, a field or a group")

    def _group(self, token: Token) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise QueryError(f"groups are nested more than {MAX_DEPTH} deep", position=token.position)
        node = self._or()
        closing = self._peek()
        if closing is None or closing.kind != "close":
            raise QueryError("this ( is never closed", position=token.position, hint="add ) where the group ends")
        self.at += 1
        self.depth -= 1
        return node

    def _field(self, token: Token) -> Node:
        name = token.text.lower()
        if name not in FIELDS:
            near = get_close_matches(name, FIELDS, n=1)
            hint = (f"did you mean {near[0]}? " if near else "") + f"fields: {', '.join(FIELDS)}"
            raise QueryError(f"there is no field {token.text!r}", position=token.position, hint=hint)
        value = self._peek()
        if value is not None and value.kind == "open":
            self.at += 1
            return self._values(name, value)
        if value is None or value.kind not in ("word", "quote"):
            raise self._error(f"{name}: has no value", FIELDS[name].example)
        self.at += 1
        return _field_value(name, value)

    def _values(self, name: str, opening: Token) -> Node:
        """``field:(a OR b)``: any of the values; side by side they mean OR too."""
        values: list[Node] = []
        while (token := self._peek()) is not None and token.kind != "close":
            self.at += 1
            if token.kind == "word" and token.text == "OR":
                continue
            if token.kind not in ("word", "quote"):
                self.at -= 1
                raise self._error(f"unexpected {token.text or token.kind!r} among the values of {name}", "a value")
            values.append(_field_value(name, token))
        if self._peek() is None:
            raise QueryError("this ( is never closed", position=opening.position, hint="add ) after the last value")
        self.at += 1
        if not values:
            raise QueryError(f"{name}:() has no value", position=opening.position, hint=FIELDS[name].example)
        return values[0] if len(values) == 1 else Or(tuple(values))

    def _operator(self, name: str) -> bool:
        token = self._peek()
        if token is None or token.kind != "word" or token.text != name:
            return False
        self.at += 1
        self._need_operand(name)
        return True

    def _need_operand(self, name: str) -> None:
        token = self._peek()
        if token is None or token.kind == "close":
            raise self._error(f"{name} has nothing after it", "a word, a phrase or a field")

    def _error(self, message: str, expected: str) -> QueryError:
        token = self._peek()
        position = token.position if token else len(self.text)
        return QueryError(message, position=position, hint=f"expected: {expected}")


def _field_value(name: str, token: Token) -> Node:
    spec = FIELDS[name]
    if spec.type is FieldType.DATE:
        return _date_value(name, token)
    if spec.values:
        matching = [value for value in spec.values if value.lower() == token.text.lower()]
        if not matching:
            raise QueryError(
                f"{name}: has no value {token.text!r}",
                position=token.position,
                hint=f"values: {', '.join(spec.values)}",
            )
        return Field(name, str(matching[0]))
    return Field(name, (exact(token) if token.kind == "word" else token).text)


def _date_value(name: str, token: Token) -> Node:
    bounds = bounds_of(token.text)
    if bounds is None:
        raise QueryError(
            f"{name}: cannot read {token.text!r}",
            position=token.position,
            hint="year:2020..2025, year:2020.., year:>2020, date:2024-05-17",
        )
    low, high = bounds
    if low and high and low > high and not low.startswith(high):
        raise QueryError(f"{name}: {low} comes after {high}", position=token.position, hint=f"{name}:{high}..{low}")
    return Range(name, low, high)


def _operand(node: Node) -> Node:
    return Term(node.text) if isinstance(node, Words) else node


def _excluded(node: Node) -> Node:
    if isinstance(node, Words) and node.text.lower() in FLAGS:
        return Field("is", node.text.lower())
    return _operand(node)


def _join(clauses: list[Node]) -> Node:
    """Neighbouring bare words become one question; an outcome and a measure side by side speak of the same finding."""
    words = [clause.text for clause in clauses if isinstance(clause, Words)]
    rest = [clause for clause in clauses if not isinstance(clause, Words)]
    joined: list[Node] = [Words(" ".join(words))] if words else []
    joined += rest
    return joined[0] if len(joined) == 1 else And(tuple(joined))


def format_query(node: Node | None) -> str:
    """The query as text that parses to the same node."""
    if node is None:
        return ""
    if isinstance(node, And):
        return _format_and(node)
    if isinstance(node, Or):
        return " OR ".join(
            _grouped(clause) if isinstance(clause, And | Or) else format_query(clause) for clause in node.clauses
        )
    if isinstance(node, Not):
        return f"-{_grouped(node.clause) if isinstance(node.clause, And | Or | Not) else format_query(node.clause)}"
    if isinstance(node, Field):
        return f"{node.name}:{_quoted(node.value)}"
    if isinstance(node, Range):
        return f"{node.name}:{node.low if node.low == node.high else f'{node.low}..{node.high}'}"
    return f'"{node.text}"' if isinstance(node, Phrase) else node.text


def narrowed(node: Node | None, clause: Node) -> Node:
    """The clause and the query; the query's own clauses stay side by side with it, as in one that was typed."""
    if node is None:
        return clause
    return And((*(node.clauses if isinstance(node, And) else (node,)), clause))


def fields_of(node: Node | None) -> Iterator[Field]:
    """Every field that a query asks for, those that are excluded too."""
    if isinstance(node, And | Or):
        for clause in node.clauses:
            yield from fields_of(clause)
    elif isinstance(node, Not):
        yield from fields_of(node.clause)
    elif isinstance(node, Field):
        yield node


def filters_of(node: Node | None) -> list[str]:
    """The clauses of a query that name a field, as text."""
    clauses = node.clauses if isinstance(node, And) else (node,)
    return [format_query(clause) for clause in clauses if _names_field(clause)]


def _names_field(node: Node | None) -> bool:
    if isinstance(node, And | Or):
        return any(map(_names_field, node.clauses))
    return _names_field(node.clause) if isinstance(node, Not) else isinstance(node, Field | Range)


def _format_and(node: And) -> str:
    """Words come last: an AND before them would make a term of the first."""
    words = [clause.text for clause in node.clauses if isinstance(clause, Words)]
    terms = [clause.text for clause in node.clauses if isinstance(clause, Term)]
    rest = [clause for clause in node.clauses if not isinstance(clause, Words | Term)]
    shown = " ".join(_grouped(clause) if isinstance(clause, And | Or) else format_query(clause) for clause in rest)
    return " ".join(filter(None, (" AND ".join(filter(None, (shown, *terms))), *words)))


def _grouped(node: Node) -> str:
    return f"({format_query(node)})"


def _quoted(value: str) -> str:
    return value if re.fullmatch(r'[^\s()"]+', value) else f'"{value}"'
