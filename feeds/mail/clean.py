"""Foreign text made harmless: one line, no control or direction characters, bounded. Escaping is the template's."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import quote, urlsplit

_BIDI: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNSEEN: Final = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0\ufff0-\uffff"
)
_HIDDEN: Final = re.compile(f"[{_BIDI}{_UNSEEN}\ud800-\udfff\U000e0000-\U000e0fff]")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_MARKS: Final = 4
"""So many combining marks on one letter, no more: enough for any language, too few to paint over other lines."""
_URL_SAFE: Final = "/:?#[]@!$&'()*+,;=%-._~"


def clean(text: str, limit: int) -> str:
    """``text`` as one line of at most ``limit`` code points, with "…" where it was cut."""
    # What is looked at is bounded too: a title of a megabyte costs no more than a long one.
    line = " ".join(_CONTROL.sub(" ", _HIDDEN.sub("", text[: limit * 8])).split())
    line = _unpainted(unicodedata.normalize("NFC", line))
    if len(line) <= limit:
        return line
    head, space, _ = line[: limit - 1].rpartition(" ")
    return (head if space and len(head) > limit // 2 else line[: limit - 1]) + "…"


def clean_url(url: str) -> str:
    """The address if it is plain http or https, percent-encoded; else ``""``."""
    if len(url) > 2000 or any(ord(character) < 33 for character in url):
        return ""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return ""
    return quote(url, safe=_URL_SAFE)


def _unpainted(line: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in line:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MARKS:
            kept.append(character)
    return "".join(kept)
