"""Levels of the spine and the cord by rule: ``T10``, ``Th8–9``, ``C5/6``, ``the tenth thoracic vertebra``.

C3 is also complement, T2 a magnetic resonance weighting, L1 an adhesion molecule, S1 a cortical field: a short name is
a level only where the words around it speak of the spine, or where it is one end of a range. Both ends of a range are
levels, those between are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from nlp.entities.base import Match, Passage
from nlp.lexicon import VERSION
from nlp.lexicon.levels import level_of
from records.annotation import EntityKind

KIND: Final = EntityKind.LEVEL
TABLE: Final = ""
RULE: Final = f"level@{VERSION}"

_REGION: Final = r"(?:C|Th?|TH|D|L|S)"
_JOIN: Final = r"\s?(?:[-‐-―−/]|to|through|and|,|&)\s?"
_SHORT: Final = re.compile(
    # It begins with a set of letters, so that the others are passed over quickly.
    r"(?P<first>[CDLST](?<![\w.-]\w)(?:(?<=T)[Hh])?[ -]?\d{1,2})"
    rf"(?:(?P<join>{_JOIN})(?P<last>(?:{_REGION}-?)?\d{{1,2}}))?(?![\w%])"
    r"(?!\.\d)(?!\+)"
)
_ORDINALS: Final = (
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
)
_LONG: Final = re.compile(
    rf"\b(?P<number>{'|'.join(_ORDINALS)}|1?\d(?:st|nd|rd|th))\s(?P<region>cervical|thoracic|lumbar|sacral)\b",
    re.IGNORECASE,
)
_REGIONS: Final = ("cervical", "thoracic", "lumbar", "sacral")
_OF_SPINE: Final = re.compile(
    r"(?i:\b(?:spin(?:e|al)|vertebra\w*|(?:hemi)?laminectom\w+|cord|cervical|thoracic|lumbar|sacral|segment\w*|levels?"
    r"|neurological level|contus\w+|(?:hemi)?(?:tran)?sect\w+|dermatom\w+|myelopath\w+|paraplegi\w*|tetraplegi\w*"
    r"|quadriplegi\w*|dorsal roots?|ventral roots?|root ganglia|intrathecal\w*))\b|\bSCI\b|\bAIS\b|\bASIA\b|\bDRGs?\b"
)
_NO_LEVEL_AFTER: Final = re.compile(
    r"(?i:[\s-]*(?:-?weight\w*|-?relaxation|-?mapping|RNA|polymerase|promoter|glioma|complement|receptor|adhesion"
    r"|CAM\b|phase|peptide|transferase|cortex|-deficient|knock|mRNA|protein|antibod|hormone|stage|tumou?r|cells?\b"
    r"|(?:larvae|mutants?)\b))"
)
_NO_LEVEL_BEFORE: Final = re.compile(
    r"(?i:\b(?:complement|component|anti|grade|stage|phase|figs?\.?|figures?|tables?|cortex|field|area|group|factor"
    r"|interleukin|cohort|supplementary)[\s-]+)$"
)
_OF_INJURY: Final = re.compile(r"(?i:\b(?:injur\w*|lesion\w*|trauma\w*|compression|damage)\b)")
"""Enough beside a name that hardly means another thing."""
_NAMESAKES: Final = frozenset({*(f"C{number}" for number in range(1, 10)), "T1", "T2", "T3", "T4", "T7", "L1", "S1"})
"""Complement, hormones, weightings, a polymerase, an adhesion molecule, a cortical field."""
_NEAR: Final = 70
"""Code points around a name in which the spine is spoken of."""


def variants(name: str) -> Iterable[str]:
    """None: there is no table."""
    return ()


def tells(synonym: str) -> bool:
    """Every synonym does."""
    return True


def refine(passage: Passage, found: list[Match]) -> list[Match]:
    """The levels that the rules find; ``found`` is empty for want of a table."""
    return sorted([*found, *_short(passage), *_long(passage.text)], key=lambda match: match.start)


def _short(passage: Passage) -> Iterator[Match]:
    text = passage.text
    for one in _SHORT.finditer(text):
        if not _speaks_of_spine(text, one) or one["first"] in passage.abbreviations:
            continue
        first = level_of(one["first"])
        if first is None:
            continue
        yield _match(first, one.start("first"), one.end("first"))
        if one["last"] and (last := _last(one, first)):
            yield _match(last, one.start("last"), one.end("last"))


def _last(one: re.Match[str], first: str) -> str | None:
    """The other end of a range: ``T9-11`` leaves the region out, and so does ``C5/6``; ``T9, 11`` is no range."""
    if not one["last"].isdecimal():
        return level_of(one["last"])
    is_range = one["join"].strip() not in (",", "&", "and", "to")
    return level_of(first[0] + one["last"]) if is_range and int(one["last"]) > int(first[1:]) else None


def _speaks_of_spine(text: str, one: re.Match[str]) -> bool:
    if _NO_LEVEL_AFTER.match(text, one.end()) or _NO_LEVEL_BEFORE.search(text[max(0, one.start() - 20) : one.start()]):
        return False
    near = text[max(0, one.start() - _NEAR) : one.start()] + " " + text[one.end() : one.end() + _NEAR]
    if _OF_SPINE.search(near):
        return True
    is_range = bool(one["last"]) and not one["last"].isdecimal()
    return (is_range or one["first"] not in _NAMESAKES) and bool(_OF_INJURY.search(near))


def _long(text: str) -> Iterator[Match]:
    lowered = text.lower()
    if not any(region in lowered for region in _REGIONS):
        return
    for one in _LONG.finditer(text):
        word = one["number"].lower()
        number = _ORDINALS.index(word) + 1 if word in _ORDINALS else int(word[:-2])
        if level := level_of(f"{one['region'][0]}{number}"):
            yield _match(level, one.start(), one.end())


def _match(level: str, start: int, end: int) -> Match:
    return Match(KIND, f"LEVEL:{level}", level, start, end, RULE)
