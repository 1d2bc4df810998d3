"""Abbreviations that a text defines itself: "mesenchymal stem cells (MSCs)".

The algorithm of Schwartz and Hearst (Pacific Symposium on Biocomputing 2003): a short form stands in brackets beside
its long form, and its characters are found in the long form from right to left. An abbreviation that is defined once
holds for every field of a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

_PARENTHESIS: Final = re.compile(r"[()\[\]]")
_AFTER_SHORT: Final = re.compile(r"[,;:]|\s(?:or|and|see|hereafter)\s")
_SENTENCE_END: Final = re.compile(r"[.!?;:]\s+(?=\S)|\n\n")
_BALANCED: Final = re.compile(r"\([^()\[\]]*\)|\[[^()\[\]]*\]")
_APPOSITION: Final = re.compile(r"\([^()]*\)[^\w-]")
"""The bracket of another definition is no beginning of a long form."""
_MEASUREMENT: Final = re.compile(r"[<>=≤≥%±]|^\d+(?:\.\d+)?\s")
_WORD: Final = re.compile(r"\S+")
_PART: Final = re.compile(r"[^\W_]+")
_OPENING: Final = "([\"'“‘"
_MAX_SHORT: Final = 10
_MAX_SHORT_WORDS: Final = 2
_MAX_LONG: Final = 400
"""How far before a bracket a long form can begin, characters."""


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
    found = (_defined_by(text, bracket) for bracket in _brackets(text))
    return [abbreviation for abbreviation in found if abbreviation]


class _Bracket(NamedTuple):
    open: int
    """Position of the opening bracket."""
    close: int
    """Position of the closing bracket."""
    within: int
    """Where the bracket around this one begins its content; 0 where there is none."""


def _brackets(text: str) -> list[_Bracket]:
    """Every pair of brackets, inner ones too, by their opening."""
    pairs: list[_Bracket] = []
    unclosed: list[int] = []
    for found in _PARENTHESIS.finditer(text):
        if found.group() in "([":
            unclosed.append(found.start())
        elif unclosed:
            opening = unclosed.pop()
            pairs.append(_Bracket(opening, found.start(), unclosed[-1] + 1 if unclosed else 0))
    return sorted(pairs)


def document_abbreviations(texts: Iterable[str]) -> dict[str, str]:
    """Short form to long form over all fields of a document; the first definition of a short form holds."""
    found: dict[str, str] = {}
    for text in texts:
        for abbreviation in find_abbreviations(text):
            found.setdefault(abbreviation.short, abbreviation.long)
    return found


def _defined_by(text: str, bracket: _Bracket) -> Abbreviation | None:
    content = text[bracket.open + 1 : bracket.close]
    short = _AFTER_SHORT.split(content, maxsplit=1)[0].strip(" \"'“”‘’=")
    if is_short_form(short):
        return _long_before(text, bracket, short, bracket.open + 1 + content.index(short))
    return _short_before(text, bracket)


def is_short_form(short: str) -> bool:
    """Two to ten characters in at most two words, beginning with a letter or digit, with a letter in it."""
    if not 2 <= len(short) <= _MAX_SHORT or len(short.split()) > _MAX_SHORT_WORDS:
        return False
    return short[0].isalnum() and any(letter.isalpha() for letter in short) and not _MEASUREMENT.search(short)


def _long_before(text: str, bracket: _Bracket, short: str, short_start: int) -> Abbreviation | None:
    """``mesenchymal stem cell (MSC)``."""
    left = max(bracket.within, bracket.open - _MAX_LONG)
    left = max((end.end() for end in _SENTENCE_END.finditer(text, left, bracket.open)), default=left)
    window = text[left : bracket.open].rstrip()
    words = list(_WORD.finditer(window))[-_most_words(short) :]
    if not words:
        return None
    first = words[0].start()
    offset = best_long_form(short, window[first:])
    if offset is None:
        return None
    long = window[first + offset :]
    long_start = left + first + offset
    if not _plausible(short, long):
        return None
    return Abbreviation(short, long, short_start, short_start + len(short), long_start, long_start + len(long))


def _short_before(text: str, bracket: _Bracket) -> Abbreviation | None:
    """``MSC (mesenchymal stem cell)``."""
    before = text[max(0, bracket.open - 3 * _MAX_SHORT) : bracket.open]
    words = before.split()
    if not words:
        return None
    short = words[-1].lstrip(_OPENING)
    long = text[bracket.open + 1 : bracket.close]
    if not is_short_form(short) or not any(letter.isupper() for letter in short):
        return None
    if best_long_form(short, long) != 0 or not _plausible(short, long):
        return None
    end = bracket.open - len(before) + len(before.rstrip())
    return Abbreviation(short, long, end - len(short), end, bracket.open + 1, bracket.close)


def best_long_form(short: str, text: str) -> int | None:
    """Where the long form of ``short`` begins that ends with ``text``; ``None`` where there is none.

    The last words whose initials spell the short form, else the shortest end of the text in which every letter and
    digit of the short form is found in order, the first one at the beginning of a word.
    """
    letters = [letter for letter in short.lower() if letter.isalnum()]
    for spelled in (letters, letters[:-1] if letters[-1] == "s" else []):
        parts = list(_PART.finditer(text))[-len(spelled) :] if len(spelled) > 1 else []
        if parts and [part.group()[0].lower() for part in parts] == spelled:
            return _word_start(text, parts[0].start())
    if short.islower():
        return None
    lowered = text.lower()
    position = len(text)
    for letter in reversed(letters[1:]):
        position = lowered.rfind(letter, 0, position)
        if position < 0:
            return None
    return _initial_before(text, lowered, letters[0], position)


def _initial_before(text: str, lowered: str, initial: str, position: int) -> int | None:
    position = lowered.rfind(initial, 0, position)
    while position > 0 and lowered[position - 1].isalnum():
        position = lowered.rfind(initial, 0, position)
    return _word_start(text, position) if position >= 0 else None


def _word_start(text: str, position: int) -> int:
    """The beginning of the word at ``position``, without opening quotes or stray punctuation."""
    start = text.rfind(" ", 0, position) + 1
    while start < position and not (text[start].isalnum() or text[start] == "("):
        start += 1
    return start


def _most_words(short: str) -> int:
    return min(len(short) + 5, len(short) * 2)


def _plausible(short: str, long: str) -> bool:
    words = long.replace("-", " ").split()
    if len(long) <= len(short) or short in words or len(words) > _most_words(short):
        return False
    return not _PARENTHESIS.search(_BALANCED.sub("", long)) and not _APPOSITION.match(long)
