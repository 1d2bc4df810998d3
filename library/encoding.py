"""How bytes lie in the library: zstd where it pays, times as ISO text in UTC."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Final

import zstandard

_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_SMALL: Final = 200
_local = threading.local()


def pack(content: bytes) -> bytes:
    """Compressed, unless so small that it would not shrink."""
    if len(content) < _SMALL and not content.startswith(_MAGIC):
        return content
    if not hasattr(_local, "compressor"):
        _local.compressor = zstandard.ZstdCompressor(level=3)
    packed: bytes = _local.compressor.compress(content)
    return packed


def unpack(stored: bytes) -> bytes:
    """What `pack` was given. Raises `zstandard.ZstdError` for damaged bytes."""
    if not stored.startswith(_MAGIC):
        return stored
    if not hasattr(_local, "decompressor"):
        _local.decompressor = zstandard.ZstdDecompressor()
    content: bytes = _local.decompressor.decompress(stored)
    return content


def now() -> str:
    """This moment, as it is stored."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")


def moment(stored: str) -> dt.datetime:
    """A stored moment."""
    return dt.datetime.fromisoformat(stored)
