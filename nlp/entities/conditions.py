"""Conditions by MONDO, and injuries of the cord as experiments name them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from nlp.entities.base import Match, Passage, longest
from nlp.lexicon import VERSION
from records.annotation import EntityKind

KIND: Final = EntityKind.CONDITION
TABLE: Final = "conditions"
RULE: Final = f"injury@{VERSION}"

_ACRONYM: Final = re.compile(r"[A-Z0-9][A-Za-z0-9/-]{0,6}")
_OF_DISORDER: Final = re.compile(r"^([\w' -]+) (disorder|neoplasm)$")
_SAME: Final = {"disorder": ("disease",), "neoplasm": ("tumor",)}

_SPINAL_CORD_INJURY: Final = ("MONDO:0043797", "spinal cord injury")
_CORD: Final = re.compile(r"\bspinal cord|\bSCI\b|\bmyelopath", re.IGNORECASE)
_CORD_TELLS: Final = ("cord", "sci", "myelopath")
"""Without one of these the slower pattern need not be tried."""
_INJURED: Final = re.compile(
    r"""\b(?:
    (?:(?:complete(?:ly)?|partial(?:ly)?|incomplete(?:ly)?|dorsal|lateral|unilateral|bilateral|mid-?thoracic|thoracic
        |cervical|lumbar|spinal|cord|severe|moderate|mild|right|left|over)[\s-]){0,4}
      (?:(?:hemi|tran)sect(?:ion|ed|ions)|contus(?:ion|ions|ed)|clip[\s-]compress(?:ion|ed))
      (?:[\s-](?:injur(?:y|ies)|lesions?|models?))?
    | (?:compression|crush|weight[\s-]drop|photothrombotic|photochemical|pyramidotomy|dorsal[\s-]column
        |corticospinal(?:[\s-]tract)?|CST)[\s-](?:crush[\s-])?(?:injur(?:y|ies)|lesions?)
    | dorsal[\s-]column[\s-]crush
    | (?:injured|lesioned|crushed|damaged|compressed)\s(?:adult\s|rat\s|mouse\s|human\s)?(?:spinal\s)?cords?
    | (?:spinal[\s-])?cord[\s-](?:lesion(?:s|ed)?|injured|damage|trauma|compression)
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
"""How experiments name what they did to the cord."""
_OTHER_ORGAN: Final = re.compile(
    r"(?:brain|cerebral|cortical|cortex|nerve|liver|lung|pulmonary|cardiac|myocardial|muscle|head|optic|sciatic)"
    r"[\s-](?:\w+[\s-])?$",
    re.IGNORECASE,
)


def variants(name: str) -> Iterable[str]:
    """A ``neurological disorder`` is also a neurological disease, a ``brain neoplasm`` also a brain tumor."""
    if found := _OF_DISORDER.match(name):
        for noun in _SAME[found[2]]:
            yield f"{found[1]} {noun}"


def tells(synonym: str) -> bool:
    """Not an acronym: ``NPC`` is a carcinoma to MONDO and a progenitor cell to others; a document defines its own."""
    return not (_ACRONYM.fullmatch(synonym) and sum(letter.isupper() or letter.isdigit() for letter in synonym) > 1)


def refine(passage: Passage, found: list[Match]) -> list[Match]:
    """With the injuries of the cord, where the text speaks of it at all."""
    lowered = passage.text.lower()
    if not any(tell in lowered for tell in _CORD_TELLS) or not _CORD.search(passage.text):
        return found
    return longest([*found, *_injuries(passage.text)])


def _injuries(text: str) -> Iterator[Match]:
    id, name = _SPINAL_CORD_INJURY
    for one in _INJURED.finditer(text):
        if not _OTHER_ORGAN.search(text, max(0, one.start() - 30), one.start()):
            yield Match(KIND, id, name, one.start(), one.end(), RULE)
