"""Where things stand in a TOML file: the standard library reads values, but not their lines and columns.

Reads only files that `tomllib` has accepted, so that it need not check them again.
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

import msgspec

Path: TypeAlias = tuple[str | int, ...]
"""Keys and places in arrays: ``("include", "species", 0)``."""

_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY: Final = re.compile(r"[ \t]*(?:\"((?:[^\"\\]|\\.)*)\"|'([^']*)'|([A-Za-z0-9_-]+))[ \t]*")
_STRING: Final = re.compile(
    r'"""(?P<mb>(?:[^\\]|\\.)*?"{0,2})"""(?!")'
    r"|'''(?P<ml>.*?'{0,2})'''(?!')"
    r'|"(?P<b>(?:[^"\\]|\\.)*)"'
    r"|'(?P<l>[^']*)'",
    re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{2}|.)")
_JOINED_LINES: Final = re.compile(r"\\[ \t]*\n\s*")
_SCALAR: Final = re.compile(r"[^,\]}\s#]+")


class Places(msgspec.Struct, frozen=True):
    """Where keys and values of one file stand."""

    text: str
    keys: dict[Path, int]
    """Offset of each key."""
    values: dict[Path, int]
    """Offset of each value; of a string, that of its opening quote."""
    ends: dict[Path, int]
    """Offset of what follows each value."""

    def replaced(self, path: Path, written: str) -> str:
        """The text with another value, as TOML writes it, at ``path``, which must have one."""
        return self.text[: self.values[path]] + written + self.text[self.ends[path] :]

    def of(self, path: Path, *, within: int | None = None) -> tuple[int, int]:
        """Line and column, from 1, of a value, of its key where it has none, or of its parent where it is absent.

        Args:
            path: Of the value.
            within: For a string, a place in it, in code points.
        """
        while path and path not in self.values and path not in self.keys:
            path, within = path[:-1], None
        offset = self.values.get(path, self.keys.get(path, 0))
        return self._line_and_column(offset if within is None else _inside(self.text, offset, within))

    def key(self, path: Path) -> tuple[int, int]:
        """Line and column, from 1, of a key."""
        return self._line_and_column(self.keys.get(path, 0))

    def _line_and_column(self, offset: int) -> tuple[int, int]:
        before = self.text[:offset]
        return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def find_places(text: str) -> Places:
    """Where everything stands in a TOML text that `tomllib` has accepted."""
    places = Places(text, {}, {}, {})
    table: Path = ()
    at = _skip(text, 0)
    while at < len(text):
        if text[at] == "[":
            double = text.startswith("[[", at)
            table, at = _read_key(text, at + 1 + double, (), places)
            at += 1 + double
        else:
            path, at = _read_key(text, at, table, places)
            at = _read_value(text, at + 1, path, places)
        at = _skip(text, at)
    return places


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _read_key(text: str, at: int, table: Path, places: Places) -> tuple[Path, int]:
    """The path of a key, dotted or not, and where it ends."""
    path = table
    while match := _KEY.match(text, at):
        name = next((part for part in match.groups() if part is not None), "")
        path = (*path, name)
        places.keys.setdefault(path, match.start() + len(match.group()) - len(match.group().lstrip()))
        at = match.end()
        if text[at : at + 1] != ".":
            break
        at += 1
    return path, at


def _read_value(text: str, at: int, path: Path, places: Places) -> int:
    """Where the value ends."""
    at = _skip(text, at)
    places.values[path] = at
    if text[at] == "[":
        end = _read_array(text, at + 1, path, places)
    elif text[at] == "{":
        end = _read_inline_table(text, at + 1, path, places)
    else:
        match = _STRING.match(text, at) or _SCALAR.match(text, at)
        end = match.end() if match else len(text)
    places.ends[path] = end
    return end


def _read_array(text: str, at: int, path: Path, places: Places) -> int:
    number = 0
    while (at := _skip(text, at)) < len(text) and text[at] != "]":
        if text[at] == ",":
            at += 1
            continue
        at = _read_value(text, at, (*path, number), places)
        number += 1
    return at + 1


def _read_inline_table(text: str, at: int, path: Path, places: Places) -> int:
    while (at := _skip(text, at)) < len(text) and text[at] != "}":
        if text[at] == ",":
            at += 1
            continue
        inner, at = _read_key(text, at, path, places)
        at = _read_value(text, at + 1, inner, places)
    return at + 1


def _inside(text: str, offset: int, place: int) -> int:
    """Offset in the file of one code point of a string, escapes counted as what they mean."""
    match = _STRING.match(text, offset)
    if match is None:
        return offset
    kind = match.lastgroup or "b"
    at = match.start(kind)
    if kind.startswith("m"):
        # A line break right after the opening quotes does not belong to the string.
        at += len(re.match(r"\r?\n|", text[at:])[0])  # type: ignore[index]  # the empty pattern always matches
    escaped = kind in ("b", "mb")
    while at < match.end(kind):
        if escaped and (joined := _JOINED_LINES.match(text, at)):
            at = joined.end()
            continue
        if place == 0:
            break
        escape = _ESCAPE.match(text, at) if escaped else None
        at = escape.end() if escape else at + 1
        place -= 1
    return at
