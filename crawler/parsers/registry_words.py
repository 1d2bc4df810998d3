"""Phase and allocation of a trial from the words that registries have for them.

EUCTR answers questions (``Human pharmacology (Phase I): no``), Japan's registries write ``第Ⅰ相``; what is not surely
a phase, the 3 of ``3 centres`` for instance, is none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_ROMAN: Final = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
_NUMERAL: Final = r"(?:iv|i{1,3}|[0-4])[a-c]?(?![a-z0-9])"
# A number that a comma or a word joins may count something else: ``Phase 1, 3 centres``.
_WITH: Final = r"(?:,|&|\+|\band\b|\bor\b|\bto\b)\s*(?!\d\s+(?!and\b|or\b|to\b)[a-z])"
_JOINED: Final = rf"\s*(?:[/|~–-]\s*|{_WITH})(?:phase\s*)?{_NUMERAL}"
_SEVERAL: Final = rf"{_NUMERAL}(?:{_JOINED})*"
_PHASE: Final = re.compile(
    rf"(?P<early>early[\s_]+)?(?:phases?|フェーズ)[\s:]*(?P<named>{_SEVERAL})"
    rf"|(?<![a-z0-9])(?P<counted>{_SEVERAL})\s*(?:相|期(?!間))",
)
_ALONE: Final = re.compile(rf"\s*{_SEVERAL}\s*")
_EACH: Final = re.compile(_NUMERAL)
_LINE: Final = re.compile(r"<br\s*/?>|&lt;br\s*/?&gt;|[\n;]", re.IGNORECASE)
_ANSWER: Final = re.compile(r"(.*?):\s*(yes|no)\b")
_NOT_RANDOM: Final = re.compile(r"\b(?:non|not)[\s-]*random")
_RANDOM: Final = re.compile(r"\brandomi[sz](?:ed|ation)\b(?:\s*:\s*(\w*))?")


def phases_in(text: str) -> tuple[str, ...]:
    """``Phase Ib/IIa`` → two phases; of a list of questions those that are answered with yes; nothing where none is."""
    found = {number for line in _said(text) for number in _numbers(line)}
    return tuple(f"PHASE{number}" if number != "0" else "EARLY_PHASE1" for number in sorted(found))


def allocation_in(text: str) -> str:
    """``RANDOMIZED`` or ``NON_RANDOMIZED``; ``""`` where it is not said, or a question is answered with no.

    A trial of a single arm is not randomised either, but for want of a second.
    """
    words = text.lower()
    if _NOT_RANDOM.search(words):
        return "NON_RANDOMIZED"
    answers = [match[1] for match in _RANDOM.finditer(words)]
    return "RANDOMIZED" if any(one is None or one == "yes" or one.startswith("random") for one in answers) else ""


def _said(text: str) -> Iterator[str]:
    """Each line in small letters and plain numerals; of questions those that are answered with yes."""
    for line in _LINE.split(unicodedata.normalize("NFKC", text).lower()):
        answers = _ANSWER.findall(line)
        yield from (question for question, answer in answers if answer == "yes") if answers else (line,)


def _numbers(line: str) -> Iterator[str]:
    if _ALONE.fullmatch(line):
        yield from _digits(line)
    for match in _PHASE.finditer(line):
        first, *others = _digits(match["named"] or match["counted"])
        yield "0" if match["early"] and first == "1" else first
        yield from others


def _digits(several: str) -> Iterator[str]:
    for match in _EACH.finditer(several):
        bare = match.group().rstrip("abc")
        yield _ROMAN.get(bare, bare)
