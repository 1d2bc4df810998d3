"""Abbreviations that a text defines itself: "mesenchymal stem cells (MSCs)".

The algorithm of Schwartz and Hearst (Pacific Symposium on Biocomputing 2003): a short form stands in brackets beside its
long form, and its characters are found in the long form from right to left. An abbreviation that is defined once holds for
every field of a document.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Abbreviation(NamedTuple):
    """One definition; the positions are code points of the text it was found in."""

    short: str
    long: str
    short_start: int
    short_end: int
    long_start: int
    long_end: int


def find_abbreviations(text: str) -> list[Abbreviation]:
    """Every definition in ``text``, in text order."""
    return []


def document_abbreviations(texts: Iterable[str]) -> dict[str, str]:
    """Short form to long form over all fields of a document; the first definition of a short form holds."""
    found: dict[str, str] = {}
    for text in texts:
        for abbreviation in find_abbreviations(text):
            found.setdefault(abbreviation.short, abbreviation.long)
    return found
