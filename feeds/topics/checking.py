"""What is wrong with a topic file: every mistake, each with its line and column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from feeds.topics import places
from feeds.topics.algebra import topic_node
from feeds.topics.references import normalise_reference
from feeds.topics.types import Topic
from index.analysis import words_of
from index.concepts import ids_of, names_concept
from index.fields import FIELDS, FieldType
from index.query import fields_of, parse_query
from records.errors import CordwatchError, ParseError, QueryError
from records.query import And, Field, Node, Not, Or, Range
from records.record import Kind

if TYPE_CHECKING:
    from records.protocols import Ontology

Parsed = TypeVar("Parsed")
_KEYS: Final = tuple(field for field in Topic.__struct_fields__ if field != "name")
_TEXTS: Final = ("title", "description", "curator", "query")
_LISTS: Final = ("kinds", "sources", "examples", "must_find", "must_not_find")
_REFERENCES: Final = ("examples", "must_find", "must_not_find")
_TABLES: Final = ("include", "exclude")
_FACETS: Final = tuple(name for name, spec in FIELDS.items() if spec.type in (FieldType.KEYWORD, FieldType.CONCEPT))


class TopicError(ParseError):
    """Several mistakes in one file; its message tells the first and where the others are.

    Args:
        problems: At least two, in the order of the file.
    """

    def __init__(self, problems: Sequence[ParseError]) -> None:
        first, *others = problems
        lines = ", ".join(dict.fromkeys(problem.where.split(":")[-2] for problem in others))
        super().__init__(f"{first.message} (and {len(others)} more in line {lines})", hint=first.hint)
        self.where = first.where
        self._problems = tuple(problems)

    @property
    def problems(self) -> Sequence[CordwatchError]:
        """Every mistake of the file."""
        return self._problems


def _asks(node: Node) -> bool:
    """Whether a query asks for anything at all; stop words say nothing."""
    if isinstance(node, And | Or):
        return any(map(_asks, node.clauses))
    if isinstance(node, Not):
        return _asks(node.clause)
    return isinstance(node, Field | Range) or bool(words_of(node.text))


class Checker:
    """Checks the values of one file and keeps what is wrong, with its place.

    Args:
        text: The file, lines ending in ``\\n``.
        where: Names it in errors.
        ontology: If given, names of concepts are checked against it.
    """

    def __init__(self, text: str, where: str, ontology: Ontology | None) -> None:
        self._places = places.find_places(text)
        self._where = where
        self._ontology = ontology
        self._meant: set[str] = set()
        self._wrong: list[tuple[tuple[int, int], ParseError]] = []

    def topic(self, raw: dict[str, Any], name: str) -> Topic:
        """The topic of what stands in the file. Raises `ParseError`, of several mistakes `TopicError`."""
        right = {key: value for key, value in raw.items() if self._is_key(key) and self._has_type(key, value)}
        self._title(raw)
        self._threshold(raw)
        self._kinds(right.get("kinds", ()))
        self._query(right.get("query", ""))
        for table in _TABLES:
            for field, values in right.get(table, {}).items():
                self._facets(table, field, values)
        references: dict[str, list[str]] = {
            key: self._references(key, right[key]) for key in _REFERENCES if key in right
        }
        self._selects(raw)
        if self._wrong:
            problems = [problem for _, problem in sorted(self._wrong, key=lambda one: one[0])]
            raise problems[0] if len(problems) == 1 else TopicError(problems)
        return msgspec.convert(raw | references | {"name": name}, Topic)

    def _fail(self, message: str, place: tuple[int, int], hint: str = "") -> bool:
        """Keeps a mistake; always false."""
        line, column = place
        self._wrong.append((place, ParseError(message, where=f"{self._where}:{line}:{column}", hint=hint)))
        return False

    def _is_key(self, key: str) -> bool:
        if key in _KEYS:
            return True
        near = get_close_matches(key, _KEYS, n=1)
        self._meant.update(near)
        hint = f"did you mean {near[0]}?" if near else f"keys: {', '.join(_KEYS)}"
        return self._fail(f"there is no key {key!r} in a topic", self._places.key((key,)), hint)

    def _has_type(self, key: str, value: object) -> bool:
        if key in _TEXTS and not isinstance(value, str):
            return self._fail(f"{key} must be text", self._places.of((key,)), f'{key} = "…"')
        if key in _LISTS:
            return self._is_list(key, value, (key,))
        if key in _TABLES and not isinstance(value, dict):
            return self._fail(
                f"{key} must be a table of facets", self._places.of((key,)), f'[{key}]\nspecies = ["human"]'
            )
        return True

    def _is_list(self, name: str, value: object, path: places.Path) -> bool:
        if not isinstance(value, list):
            return self._fail(f"{name} must be a list of texts", self._places.of(path), f'{name} = ["…", "…"]')
        wrong = [place for place, entry in enumerate(value) if not isinstance(entry, str) or not entry.strip()]
        for place in wrong:
            self._fail(f"{name} must hold texts", self._places.of((*path, place)), f'{name} = ["…", "…"]')
        return not wrong

    def _facets(self, table: str, field: str, values: object) -> None:
        if field not in _FACETS:
            near = get_close_matches(field, _FACETS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"facets: {', '.join(_FACETS)}"
            self._fail(f"there is no facet {field!r}", self._places.key((table, field)), hint)
        elif self._is_list(field, values, (table, field)) and isinstance(values, list):
            if not values:
                self._fail(f"{field} has no values", self._places.of((table, field)), FIELDS[field].example)
            for number, entry in enumerate(values):
                self._facet(field, entry, (table, field, number))

    def _facet(self, field: str, value: str, path: places.Path) -> None:
        if '"' in value:
            self._fail(f"{field}: a value cannot hold a quote", self._places.of(path))
        elif self._parsed(lambda: parse_query(f'{field}:"{value}"'), lambda _: self._places.of(path)):
            self._concept(Field(field, value), self._places.of(path))

    def _title(self, raw: dict[str, Any]) -> None:
        if not str(raw.get("title", "")).strip() and "title" not in self._meant:
            self._fail("a topic needs a title", self._places.of(("title",)), 'title = "Exosomes"')

    def _threshold(self, raw: dict[str, Any]) -> None:
        value = raw.get("threshold", 0.0)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            self._fail("threshold must be a number from 0 to 1", self._places.of(("threshold",)), "threshold = 0.6")

    def _kinds(self, kinds: Iterable[str]) -> None:
        for number, kind in enumerate(kinds):
            if kind not in list(Kind):
                self._fail(
                    f"there is no kind {kind!r}", self._places.of(("kinds", number)), f"kinds: {', '.join(Kind)}"
                )

    def _query(self, query: str) -> None:
        node = self._parsed(
            lambda: topic_node(query), lambda error: self._places.of(("query",), within=error.position), "query: "
        )
        if node is not None and not _asks(node):
            self._fail("query: its words are too common to be looked for", self._places.of(("query",), within=0))
        for field in fields_of(node):
            place = re.search(rf"\b{field.name}:[^:]*?{re.escape(field.value)}", query, re.IGNORECASE)
            self._concept(field, self._places.of(("query",), within=place.start() if place else 0))

    def _concept(self, field: Field, place: tuple[int, int]) -> None:
        if self._ontology is None or not names_concept(field):
            return
        try:
            ids_of(field, self._ontology)
        except QueryError as error:
            self._fail(error.message, place, error.hint)

    def _parsed(
        self, parse: Callable[[], Parsed], place: Callable[[QueryError], tuple[int, int]], prefix: str = ""
    ) -> Parsed | None:
        try:
            return parse()
        except QueryError as error:
            self._fail(f"{prefix}{error.message}", place(error), error.hint)
            return None

    def _references(self, key: str, references: list[str]) -> list[str]:
        found = []
        for number, text in enumerate(references):
            reference = normalise_reference(text)
            if not reference:
                self._fail(
                    f"{text!r} names no record",
                    self._places.of((key, number)),
                    "a uid (pubmed:99000010) or doi:…, pmid:…, registration:…",
                )
            found.append(reference)
        return found

    def _selects(self, raw: dict[str, Any]) -> None:
        if (
            not str(raw.get("query", "")).strip()
            and not raw.get("examples")
            and not self._meant & {"query", "examples"}
        ):
            self._fail("a topic needs a query or examples", self._places.of(("query",)), 'query = "exosome"')
