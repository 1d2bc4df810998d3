"""Topic files: TOML in, topics out, mistakes with their line and column."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from feeds.topics import shipped
from feeds.topics.checking import Checker
from feeds.topics.types import Topic
from records.errors import ConfigError, ParseError

if TYPE_CHECKING:
    from records.protocols import Ontology

SUFFIX: Final = ".toml"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_RESERVED: Final = "index"
"""``index.html`` lists all topics."""
_TOML_PLACE: Final = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


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
        ParseError: It cannot be read, or is not a topic; ``where`` is ``file:line:column``. Of several mistakes it
            holds them all (`feeds.topics.checking.TopicError`).
        ConfigError: The file's name cannot name a topic.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ParseError(error.strerror or "cannot be read", where=str(path)) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ParseError("is not UTF-8", where=f"{path}:{line}", hint="save it as UTF-8") from error
    try:
        checked = check_name(name or path.stem)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error.message}", hint=error.hint) from error
    return parse_topic(text, name=checked, where=str(path), ontology=ontology)


def parse_topic(text: str, *, name: str, where: str, ontology: Ontology | None = None) -> Topic:
    """The topic in a TOML text; ``where`` names it in errors.

    Raises:
        ParseError: It is none; a `feeds.topics.checking.TopicError` where there are several mistakes.
    """
    # Some editors put a byte order mark before it.
    text = text.removeprefix("\ufeff")
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _toml_error(error, text, where) from error
    return Checker(text.replace("\r\n", "\n"), where, ontology).topic(raw, name)


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
