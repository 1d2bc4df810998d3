"""Faults that last, and what a report has to say of each."""

from __future__ import annotations

from typing import Final

from tests.loopback import Fault, body, cut_short, gzip_bomb, html, hung_up, redirect, status, truncated

LAUGHS: Final = b"".join(
    b'<!ENTITY %c "%b">' % (97 + number, b"&%c;" % (96 + number) * 10 if number else b"ha") for number in range(9)
)
BOMB: Final = b'<?xml version="1.0"?><!DOCTYPE %s [' + LAUGHS + b"]><%s>%s</%s>"

LASTING: Final[dict[str, tuple[Fault, str]]] = {
    "server error": (status(500), "HTTP 500"),
    "asked to wait too long": (status(429, retry_after="3600"), "asked to wait 3600 s"),
    "hung up": (hung_up(), "the connection broke"),
    "cut short": (cut_short(), "cut short"),
    "empty": (body(b""), ""),
    "truncated": (truncated(), ""),
    "HTML": (html(), ""),
    "gzip bomb": (gzip_bomb(), "crawl.max_response_mb"),
    "redirect to a private address": (redirect("http://10.1.2.3/"), "10.1.2.3 is a private address"),
    "redirect loop": (redirect("?again=1"), "max redirections reached"),
}
"""Name → fault, words of the report."""


def xml_bomb(root: bytes, content: bytes) -> bytes:
    """A document whose entities would unfold to 200 MB where ``content`` names ``&i;``."""
    return BOMB % (root, root, content, root)
