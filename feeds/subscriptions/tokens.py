"""Signed links: who holds one may confirm or end the one subscription that it names, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from enum import StrEnum
from typing import Final

_BYTES: Final = 20
_TOKEN: Final = re.compile(r"([cu])(\d{1,15})-([a-z2-7]{32})")


class Purpose(StrEnum):
    """What a token allows."""

    CONFIRM = "c"
    UNSUBSCRIBE = "u"


def sign(purpose: Purpose, id: int, secret: bytes) -> str:
    """The token of a subscription: letters, digits and a hyphen, the same in any case and line wrapping."""
    return f"{purpose}{id}-{_signature(purpose, id, secret)}"


def read(token: str) -> tuple[Purpose, int, str] | None:
    """Purpose, subscription and signature of a token; ``None`` if it is none. Nothing is verified yet."""
    match = _TOKEN.fullmatch(token.strip().lower())
    return (Purpose(match[1]), int(match[2]), match[3]) if match else None


def is_signed(purpose: Purpose, id: int, signature: str, secret: bytes) -> bool:
    """Whether the signature was made with the subscription's secret, in constant time."""
    return hmac.compare_digest(signature, _signature(purpose, id, secret))


def _signature(purpose: Purpose, id: int, secret: bytes) -> str:
    digest = hmac.new(secret, f"{purpose.name} {id}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:_BYTES]).decode().lower()
