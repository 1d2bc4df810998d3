"""Text files line by line: UTF-8, UTF-16 by their mark, Windows-1252 where a line is neither."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO


def lines_of(stream: BinaryIO) -> Iterator[str]:
    """Lines without their ends, in constant memory."""
    return (line.rstrip("\r\n") for line in whole_lines_of(stream))


def whole_lines_of(stream: BinaryIO) -> Iterator[str]:
    """Lines with their ends; the last has none where the file breaks off in it, or nobody wrote one."""
    head = stream.peek(3)[:3] if isinstance(stream, io.BufferedReader) else b""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = io.TextIOWrapper(stream, encoding="utf-16", errors="replace")
        try:
            yield from text
        finally:
            text.detach()
        return
    for number, line in enumerate(stream):
        yield decoded(line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line)


def decoded(raw: bytes) -> str:
    """Bytes as UTF-8, or else as Windows-1252."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")
