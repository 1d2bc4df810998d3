"""Cuts elements out of XML of any length, each as its own bytes.

An element that is broken harms no other one, and nothing is ever held but the element at hand. Entities that a
document declares are refused, and none is expanded: each element is parsed without its document.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO, Final

import msgspec

from records.errors import ParseError

CHUNK: Final = 1 << 16
LONGEST: Final = 1 << 26
"""No element is longer: 64 MiB."""
_COMMENT: Final = re.compile(rb"<!--.*?-->", re.DOTALL)
_DOCTYPE: Final = re.compile(rb"<!DOCTYPE[^>\[]*(\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_ENTITY: Final = re.compile(rb"<!ENTITY", re.IGNORECASE)
_ROOT: Final = re.compile(rb"<(?![?!])([^\s/>]+)([^>]*)>")
_DECLARED: Final = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.-]+)[\"']")
_NAMESPACE: Final = re.compile(rb"\sxmlns(?::[\w.-]+)?\s*=\s*(?:\"[^\"]*\"|'[^']*')")


class Piece(msgspec.Struct, frozen=True):
    """Bytes of a document."""

    content: bytes
    name: str = ""
    """The element's name; empty for bytes that are no whole element."""


class ElementStream:
    """The elements of a document, in its order.

    Args:
        stream: The document, unpacked, in UTF-8 or any encoding that its first bytes declare.
        names: Names of the elements to cut out; they do not contain each other.

    Raises:
        ParseError: The document is empty, no XML, or declares entities.
    """

    def __init__(self, stream: BinaryIO, names: tuple[str, ...]) -> None:
        self._stream = stream
        self._buffer = stream.read(CHUNK)
        self._decoder = _decoder(self._buffer)
        self._buffer = self._to_utf8(self._buffer)
        either = b"|".join(re.escape(name.encode()) for name in names)
        self._start = re.compile(rb"<(" + either + rb")(?=[\s>/])")
        self._ends = {name.encode(): re.compile(rb"</" + name.encode() + rb"\s*>") for name in names}
        self.root, self._namespaces = self._read_root()
        self.closed = False
        """Whether the root element has come to its end."""

    def _read_root(self) -> tuple[str, bytes]:
        head = _COMMENT.sub(b"", self._buffer[:CHUNK]).lstrip(b"\xef\xbb\xbf \t\r\n")
        if not head:
            raise ParseError("it is empty")
        if not head.startswith(b"<"):
            raise ParseError(f"not XML: it begins with {head[:40].decode('utf-8', 'replace')!r}")
        doctype = _DOCTYPE.search(head)
        if doctype and _ENTITY.search(doctype.group()):
            raise ParseError("it declares entities, which are refused", hint="No source of records needs them.")
        found = _ROOT.search(head[doctype.end() :] if doctype else head)
        if not found or _ENTITY.search(head[: found.start()]):
            raise ParseError(f"not XML: it begins with {head[:40].decode('utf-8', 'replace')!r}")
        return found.group(1).decode("utf-8", "replace"), b"".join(_NAMESPACE.findall(found.group(2)))

    def __iter__(self) -> Iterator[Piece]:
        while True:
            start = self._start.search(self._buffer)
            if start is None:
                if not self._more(keep=self._buffer[-200:]):
                    break
                continue
            self._buffer = self._buffer[start.start() :]
            yield from self._element(start.group(1))
        self.closed = f"</{self.root}" in self._buffer[-200:].decode("utf-8", "replace")

    def _element(self, name: bytes) -> Iterator[Piece]:
        searched = 0
        while (end := self._ends[name].search(self._buffer, searched)) is None:
            searched = max(len(self._buffer) - 200, 0)
            if len(self._buffer) > LONGEST or not self._more(keep=self._buffer):
                yield Piece(self._buffer)
                self._buffer = b""
                return
        whole, self._buffer = self._buffer[: end.end()], self._buffer[end.end() :]
        # An element that was never closed would swallow the next one.
        last = max(whole.rfind(b"<" + name + b">"), whole.rfind(b"<" + name + b" "), 0)
        if last:
            yield Piece(whole[:last])
        yield Piece(whole[last:], name.decode())

    def _more(self, *, keep: bytes) -> bool:
        chunk = self._stream.read(CHUNK)
        self._buffer = keep + self._to_utf8(chunk)
        return bool(chunk)

    def _to_utf8(self, chunk: bytes) -> bytes:
        return chunk if self._decoder is None else self._decoder.decode(chunk, final=not chunk).encode()

    def in_context(self, piece: Piece) -> bytes:
        """The piece with the namespaces that the root declares, ready to be parsed by itself."""
        if not self._namespaces:
            return piece.content
        at = 1 + len(piece.name)
        return piece.content[:at] + self._namespaces + piece.content[at:]


def _decoder(head: bytes) -> codecs.IncrementalDecoder | None:
    """What turns the document into text; ``None`` for UTF-8."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return codecs.getincrementaldecoder("utf-16")("replace")
    declared = _DECLARED.search(head[:200].removeprefix(codecs.BOM_UTF8))
    if declared is None:
        return None
    name = declared.group(1).decode("ascii", "replace")
    try:
        codec = codecs.lookup(name)
    except LookupError as error:
        raise ParseError(f"unknown encoding {name!r}") from error
    return None if codec.name in ("utf-8", "ascii") else codecs.getincrementaldecoder(codec.name)("replace")
