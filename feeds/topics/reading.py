"""Topic files: TOML in, topics out, mistakes with their line and column."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import msgspec

from feeds.topics import places, shipped
from feeds.topics.algebra import fields, topic_node
from feeds.topics.references import normalise_reference
from feeds.topics.types import Topic
from index.fields import FIELDS, FieldType
from index.query import parse_query
from records.errors import ConfigError, ParseError, QueryError
from records.query import Field
from records.record import Kind

if TYPE_CHECKING:
    from records.protocols import Ontology

Parsed = TypeVar("Parsed")
SUFFIX: Final = ".toml"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_RESERVED: Final = "index"
"""``index.html`` lists all topics."""
_TOML_PLACE: Final = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_KEYS: Final = tuple(field for field in Topic.__struct_fields__ if field != "name")
_TEXTS: Final = ("title", "description", "curator", "query")
_LISTS: Final = ("kinds", "sources", "examples", "must_find", "must_not_find")
_REFERENCES: Final = ("examples", "must_find", "must_not_find")
_TABLES: Final = ("include", "exclude")
_FACETS: Final = tuple(name for name, spec in FIELDS.items() if spec.type in (FieldType.KEYWORD, FieldType.CONCEPT))


def load_topics(folder: Path, *, with_shipped: bool = True, ontology: Ontology | None = None) -> dict[str, Topic]:
    """All topics by name, in the order of names; a file in ``folder`` takes the place of a shipped one.

    Args:
        folder: Need not exist.
        with_shipped: Whether those that come with Cordwatch count.
        ontology: If given, names of concepts are checked against it.

    Raises:
        ParseError: A file is not a topic, or its query does not parse; the message names file, line and column.
    """
    files = topic_files(folder, with_shipped=with_shipped)
    return {name: read_topic(path, ontology=ontology) for name, path in files.items()}


def topic_files(folder: Path, *, with_shipped: bool = True) -> dict[str, Path]:
    """File of each topic by name, in the order of names."""
    own = {path.stem: path for path in _tomls(folder)}
    others = {path.stem: path for path in _tomls(shipped_folder())} if with_shipped else {}
    return dict(sorted((others | own).items()))


def shipped_folder() -> Path:
    """Where the topics that come with Cordwatch lie."""
    return Path(shipped.__path__[0])


def _tomls(folder: Path) -> Iterable[Path]:
    return (path for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))


def check_name(name: str) -> str:
    """The name, if it can be one. Raises `ConfigError`."""
    if not _NAME.fullmatch(name) or name == _RESERVED:
        raise ConfigError(
            f"{name!r} cannot name a topic", hint="lower-case letters, digits and hyphens, 64 at most: cell-trials"
        )
    return name


def read_topic(path: Path, *, name: str = "", ontology: Ontology | None = None) -> Topic:
    """The topic in a file.

    Args:
        path: The file.
        name: Of the topic; the file's name without its suffix if not given.
        ontology: If given, names of concepts are checked against it.

    Raises:
        ParseError: It cannot be read, or is not a topic; ``where`` is ``file:line:column``.
        ConfigError: The file's name cannot name a topic.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ParseError(error.strerror or "cannot be read", where=str(path)) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ParseError("is not UTF-8", where=f"{path}:{line}", hint="save it as UTF-8") from error
    return parse_topic(text, name=check_name(name or path.stem), where=str(path), ontology=ontology)


def parse_topic(text: str, *, name: str, where: str, ontology: Ontology | None = None) -> Topic:
    """The topic in a TOML text; ``where`` names it in errors. Raises `ParseError`."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _toml_error(error, text, where) from error
    return _Reader(text.replace("\r\n", "\n"), where, ontology).topic(raw, name)


def _toml_error(error: tomllib.TOMLDecodeError, text: str, where: str) -> ParseError:
    match = _TOML_PLACE.fullmatch(str(error))
    if match is None:
        return ParseError(str(error), where=where)
    lines = text.splitlines() or [""]
    line, column = (match[2], match[3]) if match[2] else (len(lines), len(lines[-1]) + 1)
    return ParseError(
        f"not TOML: {match[1][:1].lower()}{match[1][1:]}",
        where=f"{where}:{line}:{column}",
        hint="text stands in quotes, lists in [ ]; docs/topics.md shows a whole file",
    )


class _Reader:
    """Checks one file's values and says where a wrong one stands."""

    def __init__(self, text: str, where: str, ontology: Ontology | None) -> None:
        self._places = places.find_places(text)
        self._where = where
        self._ontology = ontology

    def topic(self, raw: dict[str, Any], name: str) -> Topic:
        for key in raw:
            if key not in _KEYS:
                near = get_close_matches(key, _KEYS, n=1)
                hint = f"did you mean {near[0]}?" if near else f"keys: {', '.join(_KEYS)}"
                self._fail(f"there is no key {key!r} in a topic", self._places.key((key,)), hint)
        for keys, check in ((_TEXTS, self._text), (_LISTS, self._list), (_TABLES, self._table)):
            for key in keys:
                if key in raw:
                    check(key, raw[key])
        self._title(raw)
        self._threshold(raw)
        self._kinds(raw.get("kinds", ()))
        self._query(raw.get("query", ""))
        for key in _REFERENCES:
            if key in raw:
                raw[key] = self._references(key, raw[key])
        self._selects(raw)
        return msgspec.convert({**raw, "name": name}, Topic)

    def _fail(self, message: str, place: tuple[int, int], hint: str = "") -> NoReturn:
        line, column = place
        raise ParseError(message, where=f"{self._where}:{line}:{column}", hint=hint)

    def _text(self, key: str, value: object) -> None:
        if not isinstance(value, str):
            self._fail(f"{key} must be text", self._places.of((key,)), f'{key} = "…"')

    def _list(self, key: str, value: object, *, path: places.Path = ()) -> None:
        path = path or (key,)
        if not isinstance(value, list):
            self._fail(f"{key} must be a list of texts", self._places.of(path), f'{key} = ["…", "…"]')
        for number, entry in enumerate(value):
            if not isinstance(entry, str) or not entry.strip():
                self._fail(f"{key} must hold texts", self._places.of((*path, number)), f'{key} = ["…", "…"]')

    def _table(self, key: str, value: object) -> None:
        if not isinstance(value, dict):
            self._fail(f"{key} must be a table of facets", self._places.of((key,)), f'[{key}]\nspecies = ["human"]')
        for field, values in value.items():
            if field not in _FACETS:
                near = get_close_matches(field, _FACETS, n=1)
                hint = f"did you mean {near[0]}?" if near else f"facets: {', '.join(_FACETS)}"
                self._fail(f"there is no facet {field!r}", self._places.key((key, field)), hint)
            self._list(field, values, path=(key, field))
            if not values:
                self._fail(f"{field} has no values", self._places.of((key, field)), FIELDS[field].example)
            for number, entry in enumerate(values):
                self._facet(field, entry, (key, field, number))

    def _facet(self, field: str, value: str, path: places.Path) -> None:
        if '"' in value:
            self._fail(f"{field}: a value cannot hold a quote", self._places.of(path))
        self._parsed(lambda: parse_query(f'{field}:"{value}"'), lambda _: self._places.of(path))
        self._concept(Field(field, value), self._places.of(path))

    def _title(self, raw: dict[str, Any]) -> None:
        if not str(raw.get("title", "")).strip():
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
        for field in fields(node):
            place = re.search(rf"\b{field.name}:[^:]*?{re.escape(field.value)}", query, re.IGNORECASE)
            self._concept(field, self._places.of(("query",), within=place.start() if place else 0))

    def _concept(self, field: Field, place: tuple[int, int]) -> None:
        spec = FIELDS[field.name]
        if self._ontology is None or spec.type is not FieldType.CONCEPT:
            return
        if not self._ontology.resolve(spec.kind, field.value):
            hint = f"search for the words instead, or see `cordwatch facets --by {field.name}`"
            self._fail(f"{field.name}: the vocabulary has no {field.value!r}", place, hint)

    def _parsed(
        self, parse: Callable[[], Parsed], place: Callable[[QueryError], tuple[int, int]], prefix: str = ""
    ) -> Parsed:
        try:
            return parse()
        except QueryError as error:
            self._fail(f"{prefix}{error.message}", place(error), error.hint)

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
        if not str(raw.get("query", "")).strip() and not raw.get("examples"):
            self._fail("a topic needs a query or examples", self._places.of(("query",)), 'query = "exosome"')
