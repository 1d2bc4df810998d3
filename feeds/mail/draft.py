"""A message before it is put together: headers, and bodies made of pieces that many messages share.

A draft is written once, when a digest is bound. Putting it together reads nothing but the draft and its parts, so
the same draft gives the same bytes each time: boundaries come from the Message-ID, the date is a header.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from typing import Final, TypeAlias

import msgspec


class Shared(msgspec.Struct, frozen=True, array_like=True):
    """Text that is kept once for all messages."""

    part: bytes
    """Its SHA-256."""


Piece: TypeAlias = str | Shared
"""A piece of a body."""


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """A picture within the HTML."""

    cid: str
    """Content id that the HTML names."""
    part: bytes
    """SHA-256 of its PNG."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A message, not yet put together."""

    headers: tuple[tuple[str, str], ...]
    """Name and value; among them ``Message-ID`` and ``Date``."""
    text: tuple[Piece, ...]
    html: tuple[Piece, ...] = ()
    """Empty for plain text alone."""
    images: tuple[Image, ...] = ()

    def parts(self) -> list[bytes]:
        """Hashes of everything that it shares with others."""
        pieces = (*self.text, *self.html)
        shared = [piece.part for piece in pieces if isinstance(piece, Shared)] + [image.part for image in self.images]
        return list(dict.fromkeys(shared))


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Draft)


def encode_draft(draft: Draft) -> bytes:
    """The draft as it is stored."""
    return _ENCODER.encode(draft)


def decode_draft(encoded: bytes) -> Draft:
    """The draft that `encode_draft` wrote."""
    return _DECODER.decode(encoded)


def part_hash(content: bytes) -> bytes:
    """Name of a shared part."""
    return hashlib.sha256(content).digest()


def join(pieces: Iterable[Piece], parts: Mapping[bytes, bytes]) -> str:
    """The whole text of a body."""
    return "".join(piece if isinstance(piece, str) else parts[piece.part].decode() for piece in pieces)


class _Policy(EmailPolicy):
    """Lines as SMTP wants them; what is ASCII stays on one, for folding can leave the first line empty."""

    def fold_binary(self, name: str, value: str) -> bytes:
        line = f"{name}: {value}"
        # RFC 5322 asks for 78 characters a line and allows 998.
        if line.isascii() and line.isprintable() and len(line) <= _LONGEST_LINE:
            return line.encode("ascii") + b"\r\n"
        return super().fold_binary(name, value)


_LONGEST_LINE: Final = 990
_POLICY: Final = _Policy(linesep=SMTP.linesep)


def assemble(draft: Draft, parts: Mapping[bytes, bytes]) -> bytes:
    """The message as it goes over the wire, with CRLF.

    Args:
        draft: What to put together.
        parts: Content of each of ``draft.parts()``.

    Raises:
        KeyError: A part is missing.
    """
    message = EmailMessage(policy=_POLICY)
    for name, value in draft.headers:
        message[name] = value
    message.set_content(join(draft.text, parts), cte="quoted-printable")
    if draft.html:
        message.add_alternative(join(draft.html, parts), subtype="html", cte="quoted-printable")
        html = message.get_payload()[1]  # type: ignore[index]
        for image in draft.images:
            html.add_related(  # type: ignore[union-attr]
                parts[image.part], "image", "png", cid=f"<{image.cid}>", disposition="inline", filename="chart.png"
            )
    seed = part_hash(str(message["Message-ID"]).encode()).hex()[:24]
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{seed}_{number}")
    return message.as_bytes()
