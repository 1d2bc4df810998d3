"""Names of authors as reference files write them in one string."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from records.record import Author

_GROUP: Final = re.compile(
    r"\b(?:association|board|center|centre|collaboration|collaborative|collaborators|committee|consortium|council"
    r"|foundation|group|initiative|institute|investigators|network|organi[sz]ation|panel|program|programme|registry"
    r"|society|task force|team|university|working party)\b",
    re.IGNORECASE,
)
"""What groups are called, and nobody's family."""
_INITIALS: Final = re.compile(r"^(?:[^\W\d_]\.?-?)+$")
_SUFFIX: Final = re.compile(r"^(?:jr|sr|2nd|3rd|4th|i{2,3}|iv)\.?$", re.IGNORECASE)


def person(name: str) -> Author:
    """``Family, Given``; a comma at the end or a group's word marks a group; initials at the end make ``Family GN``.

    Any other name without a comma ends with the family name.
    """
    name = " ".join(name.split())
    if name.endswith(","):
        return Author(collective=name.rstrip(", "))
    if "," in name:
        family, _, given = name.partition(",")
        return Author(family=family.strip(), given=given.strip())
    words = name.split()
    if len(words) > 1 and _GROUP.search(name):
        return Author(collective=name)
    end = len(words) - 1 if _SUFFIX.match(words[-1]) and len(words) > 2 else len(words)
    if end > 1 and _is_initials(words[end - 1], most=2 if name.isupper() else 3):
        return Author(family=" ".join(words[: end - 1]), given=" ".join(words[end - 1 :]))
    given, _, family = name.rpartition(" ")
    return Author(family=family, given=given)


def _is_initials(word: str, *, most: int) -> bool:
    """``J``, ``JA``, ``J.-P.``: capitals alone, ``most`` of them."""
    return bool(_INITIALS.match(word)) and word.isupper() and sum(map(str.isalpha, word)) <= most


def persons(names: Iterable[str]) -> tuple[Author, ...]:
    """Every name that is one."""
    return tuple(person(name) for name in names if name.strip(" ,;"))
