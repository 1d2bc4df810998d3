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
_OVERLAP: Final = 200
"""No tag that is looked for is longer."""
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
        self._buffer, self._at = stream.read(CHUNK), 0
        self._decoder = _decoder(self._buffer)
        self._buffer = self._to_utf8(self._buffer)
        either = b"|".join(re.escape(name.encode()) for name in names)
        self._start = re.compile(rb"<(" + either + rb")(?=[\s>/])")
        self._ends = {name.encode(): re.compile(rb"</" + name.encode() + rb"\s*>") for name in names}
        self.root, self._namespaces = self._read_root()
        self.too_long = False
        """Whether it ended at an element that is longer than `LONGEST`."""
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
        """The elements in order; bytes of one that is never closed come as a piece without a name."""
        while (start := self._find(self._start, keep=False)) is not None:
            self._drop_until(start.start())
            yield from self._element(start.group(1))
        self.closed = f"</{self.root}" in self._buffer[-_OVERLAP:].decode("utf-8", "replace")

    def _element(self, name: bytes) -> Iterator[Piece]:
        end = self._find(self._ends[name], keep=True)
        if end is None:
            yield Piece(self._buffer[self._at :])
            self._buffer, self._at = b"", 0
            return
        first, self._at = self._at, end.end()
        # An element that was never closed would swallow the next one.
        again = self._buffer.find(b"<" + name + b">", first + 1, self._at)
        if again > 0:
            last = self._buffer.rfind(b"<" + name + b">", again, self._at)
            yield Piece(self._buffer[first:last])
            first = last
        yield Piece(self._buffer[first : self._at], name.decode())

    def _find(self, pattern: re.Pattern[bytes], *, keep: bool) -> re.Match[bytes] | None:
        """The next match, reading on as long as there is none; ``None`` at the end.

        Args:
            pattern: Matches no more than `_OVERLAP` bytes.
            keep: Whether what comes before the match is needed.
        """
        searched = self._at
        while (found := pattern.search(self._buffer, searched)) is None:
            self.too_long = len(self._buffer) - self._at > LONGEST
            chunk = b"" if self.too_long else self._stream.read(CHUNK)
            if not chunk:
                return None
            searched = max(len(self._buffer) - _OVERLAP, self._at)
            kept = self._at if keep else searched
            self._buffer = self._buffer[kept:] + self._to_utf8(chunk)
            self._at, searched = 0, searched - kept
        return found

    def _drop_until(self, at: int) -> None:
        """Begin at ``at``; the bytes before it are given back now and then."""
        self._at = at
        if at > CHUNK // 2:
            self._buffer, self._at = self._buffer[at:], 0

    def _to_utf8(self, chunk: bytes) -> bytes:
        return chunk if self._decoder is None else self._decoder.decode(chunk, final=not chunk).encode()

    def in_context(self, piece: Piece) -> bytes:
        """The piece with the namespaces that the root declares, ready to be parsed by itself."""
        if not self._namespaces or piece.name == self.root:
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
