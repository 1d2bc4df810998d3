"""Sentences with their positions, found by rules; sections of an abstract end sentences too.

A text's own line breaks separate paragraphs and labelled sections, as `records.record.Record.text_of` writes them; a
line that ends in mid-sentence and goes on in lower case was only wrapped.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final, NamedTuple

VERSION: Final = "1"
"""Changes with every change of what is found."""
LONGEST: Final = 2_000
"""Code points after which a sentence ends at the next blank: tables and lists have no full stops."""

# It begins with a set of characters, so that the others are passed over quickly.
_CANDIDATE: Final = re.compile(
    r"[.!?。;\n](?:(?<=[.!?。])[.!?。]*[\"'”’)\]]*(?=\s|$)|(?<=\n)\n*|(?<=;)\n"
    r"|(?P<glued>(?<=[a-z\d)][.!?])(?=[A-Z][a-z])))"
)
_LABEL: Final = re.compile(r"(?:^|\n)[ \t]*([A-Z][A-Z &/,’'()-]{2,60}|[A-Z][A-Za-z &/]{2,40}):[ \t]+(?=\S)")
_SPACE: Final = re.compile(r"\s*")
_KNOWN_LABEL: Final = re.compile(
    r"(?:abstract|aims?|approach|background|case|conclusions?|context|design|discussion|ethics|findings|funding|hypothesis"
    r"|importance|interpretation|interventions?|introduction|limitations?|main|materials?|measurements?|methods?"
    r"|methodology|objectives?|outcomes?|participants|patients|procedures?|purpose|rationale|registration|results?"
    r"|setting|significance|study|subjects|summary|trial)\b",
    re.IGNORECASE,
)
# fmt: off
_ABBREVIATIONS: Final = frozenset((
    "al", "approx", "ca", "cf", "dr", "e.g", "eg", "et", "etc", "fig", "figs", "i.e", "ie", "mr", "mrs", "ms", "no",
    "nos", "p.o", "i.p", "i.v", "i.m", "s.c", "ph.d", "prof", "ref", "refs", "resp", "sp", "spp", "st", "suppl",
    "tab", "u.k", "u.s", "vol", "vs", "viz", "jr", "sr", "inc", "ltd", "co", "dept", "ed", "eds", "eq", "eqs",
    "approx.", "incl", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "a.m",
    "p.m", "b.i.d", "t.i.d", "q.d", "exp", "ext", "min", "max",
))
# fmt: on
# fmt: off
_NEVER_LAST: Final = frozenset((
    "al", "approx", "ca", "cf", "dr", "e.g", "eg", "fig", "figs", "i.e", "ie", "mr", "mrs", "ms", "prof", "ref",
    "refs", "u.k", "u.s", "vs", "viz", "eq", "eqs", "st",
))
# fmt: on


class Sentence(NamedTuple):
    """One sentence; code points of the text, end exclusive, without blanks around it."""

    start: int
    end: int
    section: str
    """Label of the section that it stands in, in capitals; empty where there is none."""


def split_sentences(text: str) -> list[Sentence]:
    """The sentences of ``text`` in order; together they cover everything but blanks and section labels."""
    labels = [match for match in _LABEL.finditer(text) if _KNOWN_LABEL.match(match[1])]
    cuts = sorted({0, len(text), *(m.start(1) for m in labels), *(m.end() for m in labels), *_boundaries(text)})
    names = {match.end(): match[1].upper() for match in labels}
    is_label = {match.start(1) for match in labels}
    sentences: list[Sentence] = []
    section = ""
    for start, end in pairwise(cuts):
        section = names.get(start, section)
        if start in is_label:
            continue
        sentences.extend(Sentence(first, last, section) for first, last in _pieces(text, start, end))
    return sentences


def _boundaries(text: str) -> list[int]:
    """Where one sentence ends and the next begins."""
    return [match.end() for match in _CANDIDATE.finditer(text) if _ends_sentence(text, match)]


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    mark = match.group()
    if match.lastgroup == "glued":
        return True
    after = _SPACE.match(text, match.end())
    following = text[after.end() : after.end() + 1] if after else ""
    if mark.startswith("\n") or mark == ";\n":
        return not (following.islower() and _goes_on(text, match.start()))
    if not following:
        return True
    if "\n" in text[match.end() : after.end() if after else None]:
        return True
    if mark[0] not in ".。":
        return not following.islower()
    return _full_stop(_last_word(text[max(0, match.start() - 40) : match.start()]), following)


def _last_word(text: str) -> str:
    """What the text ends with, in lower case, without an opening bracket; empty where it ends with a blank."""
    words = text.replace("(", " ").replace("[", " ").split()
    return words[-1].lower() if words and text.endswith(words[-1]) else ""


def _full_stop(word: str, following: str) -> bool:
    """Whether a full stop after ``word`` and before ``following`` ends a sentence."""
    if word in _NEVER_LAST:
        return False
    if following.islower():
        return False
    if word in _ABBREVIATIONS:
        return (not following.isdigit() and word not in {"no", "nos"}) or (
            word in {"no", "nos"} and following.isupper()
        )
    # An initial ("J. Smith"), unless it is a level, a group or a unit: "treated with vitamin C."
    return not (len(word) == 1 and word.isalpha() and word not in "abcdi" and following.isupper())


def _goes_on(text: str, end: int) -> bool:
    """Whether the line that ends at ``end`` stops in mid-sentence."""
    last = text[:end].rstrip()[-1:] if end < 200 else text[end - 200 : end].rstrip()[-1:]
    return last.isalnum() or last in ",-–"


def _pieces(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The stretch without blanks around it, in pieces no longer than about `LONGEST`."""
    pieces: list[tuple[int, int]] = []
    while start < end:
        stop = end
        if end - start > LONGEST:
            blank = text.rfind(" ", start + 1, start + LONGEST)
            stop = blank if blank > 0 else start + LONGEST
        piece = text[start:stop]
        lead = len(piece) - len(piece.lstrip())
        if lead < len(piece):
            pieces.append((start + lead, start + len(piece.rstrip())))
        start = stop
    return pieces
