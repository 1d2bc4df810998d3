"""What a document's own abbreviations stand for."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from nlp.entities.base import Match, Passage
from nlp.lexicon import VERSION

_PREPOSITION: Final = re.compile(r"\b(?:of|for|from|in|to|by|with|against)\s")

_SHORTEST: Final = 2
"""A short form of no more letters is no plural: ``ES``."""
RULE: Final = f"abbreviation@{VERSION}"


def defined_matches(passage: Passage, found: list[Match], meaning: Callable[[str], list[Match]]) -> list[Match]:
    """``found`` with every occurrence of a defined short form replaced by what its long form means.

    A short form that the document defines as something outside the vocabulary means nothing here, whatever the
    vocabulary says: NSC is no neural stem cell where it is the National Science Council.
    """
    if not passage.abbreviations:
        return found
    places = _places(passage, frozenset(passage.abbreviations))
    if not places:
        return found
    longs = {short: passage.abbreviations[short] for _, _, short in places}
    meanings = {short: _head(long, meaning(long)) for short, long in longs.items()}
    spans = {(start, end) for start, end, _ in places}
    kept = [match for match in found if (match.start, match.end) not in spans]
    for start, end, short in places:
        kept += [match._replace(start=start, end=end, rule=RULE) for match in meanings[short]]
    return kept


def _head(long: str, matches: list[Match]) -> list[Match]:
    """The matches that are the head of the long form: they end it, and no preposition makes them describe another."""
    end = len(long.rstrip(" .,;"))
    return [match for match in matches if match.end >= end and not _PREPOSITION.search(long[: match.start])]


def _places(passage: Passage, shorts: frozenset[str]) -> list[tuple[int, int, str]]:
    """Where each short form stands as a word of its own; its plural and its singular too."""
    singulars = {short[:-1]: short for short in shorts if short.endswith("s") and len(short) > _SHORTEST}
    written = singulars | {short: short for short in shorts}
    lengths = sorted({len(short) for short in written}, reverse=True)
    initials = frozenset(short[0] for short in written)
    text = passage.text
    places: list[tuple[int, int, str]] = []
    reached = 0
    for start in [start for _, start, _ in passage.words if text[start] in initials]:
        if start < reached:
            continue
        for length in lengths:
            if start + length > len(text):
                continue  # what is left of the text could be a shorter form
            short = written.get(text[start : start + length])
            if short and (end := _whole(text, start + length)):
                places.append((start, end, short))
                reached = end
                break
    return places


def _whole(text: str, end: int) -> int:
    """The end of a word that ends at ``end`` or one letter s later; 0 where it goes on."""
    following = text[end : end + 2]
    if not following[:1].isalnum():
        return end
    return end + 1 if following[0] == "s" and not following[1:].isalnum() else 0
