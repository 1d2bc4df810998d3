"""Reading a JSON object by the types that its format promises, with an error that names the place."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import msgspec

from records.errors import ParseError

# Escapes such as \u0000 are valid JSON; control characters and lone surrogates are no text.
_NOT_TEXT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def clean_text(raw: str) -> str:
    """The text without control characters, with plain line ends and no white space around it."""
    return _NOT_TEXT.sub("", raw.replace("\r\n", "\n").replace("\r", "\n")).strip()


def decode_json(content: bytes | str) -> Any:
    """The value of a JSON document of unknown make; raw control characters in texts are let through.

    Raises:
        ParseError: It is no JSON, or nested too deeply to be read.
    """
    try:
        return json.loads(content, strict=False)
    except RecursionError as error:
        raise ParseError("JSON that is nested too deeply") from error
    except ValueError as error:
        raise ParseError(f"no JSON: {error}") from error


def decode_as(content: bytes, type_: Any, what: str) -> Any:
    """A JSON document of a known make, as msgspec reads it; raw control characters in texts are refused.

    Args:
        content: With or without a byte order mark.
        type_: What it is decoded into.
        what: What it should be, for the message.

    Raises:
        ParseError: It is something else.
    """
    try:
        content.decode("utf-8")  # what is left raw would be looked at only later, item by item
        return msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"), type=type_)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        start = content[:60].decode("utf-8", "replace").strip()
        raise ParseError(
            f"not the JSON of {what}: {error}; it begins with {start!r}",
            hint="The answer may be an error page or cut short; it is asked for again on the next run.",
        ) from error


class Node:
    """A JSON object. What is absent or null reads as empty; what has the wrong type raises `ParseError`.

    Args:
        value: The decoded object.
        where: What the object belongs to, for messages: a record's id.
        path: Dotted path of the object within it.
    """

    __slots__ = ("path", "value", "where")

    def __init__(self, value: dict[str, Any], *, where: str = "", path: str = "") -> None:
        self.value = value
        self.where = where
        self.path = path

    def __bool__(self) -> bool:
        return bool(self.value)

    def node(self, *names: str) -> Node:
        """The object under ``names``, one level after the other; empty where any is absent."""
        found = self
        for name in names:
            value = found.value.get(name)
            if value is None:
                value = {}
            elif not isinstance(value, dict):
                raise found.wrong(name, "an object", value)
            found = Node(value, where=found.where, path=found._path(name))
        return found

    def nodes(self, name: str) -> list[Node]:
        """The objects of a list."""
        found = []
        for number, value in enumerate(self._list(name)):
            if not isinstance(value, dict):
                raise self.wrong(f"{name}[{number}]", "an object", value)
            found.append(Node(value, where=self.where, path=self._path(f"{name}[{number}]")))
        return found

    def text(self, name: str) -> str:
        """A text; a number is taken as it is written."""
        value = self.value.get(name)
        if value is None:
            return ""
        return self._text(name, value)

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts of a list, empty ones left out."""
        found = (self._text(f"{name}[{number}]", value) for number, value in enumerate(self._list(name)))
        return tuple(text for text in found if text)

    def integer(self, name: str) -> int | None:
        """A whole number, also where it is written as a text of digits."""
        value = self.value.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, str) and re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", value):
            return int(value)
        raise self.wrong(name, "a whole number", value)

    def flag(self, name: str) -> bool | None:
        """True, false or, where the source does not say, ``None``."""
        value = self.value.get(name)
        if value is None or isinstance(value, bool):
            return value
        raise self.wrong(name, "true or false", value)

    def wrong(self, name: str, expected: str, value: object) -> ParseError:
        """The error for a field that is not what it should be."""
        found = repr(value) if len(repr(value)) <= 40 else repr(value)[:40] + "…"
        return ParseError(f"{expected} expected, found {found}", where=f"{self.where} {self._path(name)}".strip())

    def _list(self, name: str) -> list[Any]:
        value = self.value.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(name, "a list", value)
        return [entry for entry in value if entry is not None]

    def _text(self, name: str, value: object) -> str:
        if isinstance(value, str):
            return clean_text(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        raise self.wrong(name, "a text", value)

    def _path(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name
