"""Files that can be imported, one format a file: each module has a ``FORMAT``."""

from __future__ import annotations

import codecs
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from crawler.formats.unread import recognise
from crawler.items import Item
from records.errors import ParseError


class FileFormat(Protocol):
    """What a module of this folder offers as ``FORMAT``."""

    @property
    def name(self) -> str:
        """Short name, for ``cordwatch import --as``."""

    @property
    def description(self) -> str:
        """One line."""

    def sniff(self, head: bytes, path: Path) -> bool:
        """Whether the first bytes (up to 64 kB, unpacked) look like this format."""

    def read(self, stream: BinaryIO, *, source: str, path: str) -> Iterator[Item]:
        """Every record of the file, in constant memory.

        Raises:
            ParseError: It is not this format after all.
        """


def formats() -> list[FileFormat]:
    """All formats, by name."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    found: list[FileFormat] = [module.FORMAT for module in modules if hasattr(module, "FORMAT")]
    return sorted(found, key=lambda format: format.name)


def find_format(head: bytes, path: Path, *, name: str | None = None) -> FileFormat:
    """The format called ``name``, or else the one that recognises the file.

    Raises:
        ParseError: There is none; it says which there are, or what the file is and what to save in its place.
    """
    if not head.strip():
        raise ParseError("the file is empty", where=str(path))
    known = formats()
    if name is not None:
        for format in known:
            if format.name == name:
                return format
        listed = ", ".join(format.name for format in known)
        raise ParseError(f"there is no file format {name!r}", hint=f"one of {listed}")
    head = _xml_in_utf8(head)
    for format in known:
        if format.sniff(head, path):
            return format
    known_as = recognise(head)
    if known_as is not None:
        raise ParseError(f"{known_as.what}, no format that Cordwatch reads", where=str(path), hint=known_as.instead)
    raise ParseError("no format that Cordwatch reads", where=str(path))


def _xml_in_utf8(head: bytes) -> bytes:
    """The head of an XML file in UTF-16 as the formats look for it; any other as it is."""
    if not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head
    text = head.decode("utf-16", "ignore")
    return text.encode("utf-8", "ignore") if text.lstrip().startswith("<") else head
