"""Digests: short numbers for texts, and by which `verify` sees whether the index holds what is made of a record.

``shown`` is of what a backend can give back, made anew from that; ``whole`` also of the keywords, which it only
searches: it is kept beside the document when that is written.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec

from records.hit import Summary

if TYPE_CHECKING:
    from index.document import IndexDocument

_BYTES: Final = 16
_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


class Shown(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What a backend gives back of a document."""

    uid: str
    seq: int
    content_hash: bytes
    summary: Summary
    texts: dict[str, str]
    published: int
    embargo: int
    vectors: bytes
    """float16, little-endian; empty where there are none."""

    def digest(self) -> bytes:
        """Of all of it."""
        return _digest(_ENCODER.encode(self))


def shown_digest(document: IndexDocument) -> bytes:
    """Digest of what a backend should give back of a document."""
    shown = Shown(
        uid=document.uid,
        seq=document.seq,
        content_hash=document.content_hash,
        summary=document.summary,
        texts=document.texts,
        published=document.published,
        embargo=document.embargo,
        vectors=document.embedding.vectors if document.embedding else b"",
    )
    return shown.digest()


def whole_digest(document: IndexDocument) -> bytes:
    """Digest of everything that is written of a document."""
    model = document.embedding.model if document.embedding else ""
    return _digest(shown_digest(document) + _ENCODER.encode((document.keywords, document.own, model)))


def key_of(text: str) -> int:
    """A text as a signed 64-bit number: among ten million two share one with a chance of 1 in 370,000."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little", signed=True)


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_BYTES).digest()
