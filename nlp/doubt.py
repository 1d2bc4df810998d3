"""Statements that the same sentence doubts, refutes or leaves to somebody who sells: what they say is no result.

All texts are given in lower case.
"""

from __future__ import annotations

import re
from typing import Final

_NOT: Final = (
    r"\b(?:not|cannot|never|hardly|unable to|fail(?:ed|s)? to|(?:could|can|did|do|does|was|were|is|are)n['’]?t)"
)
_REFUTED: Final = re.compile(
    r"\b(?:contradict\w*|disput(?:e[ds]?|ing)|refut\w+|rebut\w*|disprov\w+|incorrect(?:ly)?|inaccurate(?:ly)?|untrue"
    r"|false(?! (?:positiv|negativ|discover))|falsely|wrong(?:ly)?|mislead\w*|unfounded|unsubstantiated|fabricated"
    r"|falsified|discredited|disagree[sd]?|contested|debunked|called into question"
    r"|(?:was|were|been) (?:\w+ )?questioned"
    r"|(?:is|are|was|were) doubt(?:ed|ful)|with (?:great |due |some )?caution|cautiously)\b"
)
_NOT_SHOWN: Final = re.compile(
    rf"{_NOT} (?:yet )?(?:be |been )?(?:\w+ly )?(?:[\w-]+ (?:or|and) )?(?:verif|confirm|substantiat|corroborat|reproduc"
    r"|replicat|repeated\b|conclud|taken (?:as|for|to)\b|assum|be sure\b|supported\b"
    r"|supports? (?:the|this|that|any) claim"
    r"|guarantee|prove\b)\w*"
)
_CLAIMED: Final = re.compile(
    r"\b(?:advertis\w+|claim(?:s|ed|ing)?|alleg\w+|boast(?:s|ed|ing)?|purport\w*|tout(?:s|ed|ing)?)\b"
    r"|\bclinics?(?: [\w-]+){0,4}? (?:says?|said|states?|stated|report(?:s|ed)?|maintains?|insists?|promis\w+|assur\w+"
    r"|announc\w+)\b"
    r"|\baccording to (?:the |its |their |an? )?(?:[\w-]+ ){0,2}?(?:clinics?|website|brochure|advert\w*"
    r"|testimonials?)\b|\btestimonials?\b"
)
_ABSENCE: Final = re.compile(r"\b(?:absence|lack) of\b")
_BUT_NOT_SHOWN: Final = re.compile(
    r"(?:[\w()-]+\W+){0,10}?(?:cannot|could not|can not|(?:do|does|did|is|are|was|were)(?: not|n['’]?t)|should|must|may"
    r"|might|remains?|needs?|ha[sd] (?:not|yet))\b"
)


def is_doubted(clause: str, sentence: str) -> bool:
    """Whether a statement is refuted, not confirmed, or only claimed.

    Args:
        clause: The clause it stands in: "could not be confirmed" may be said of something else in another one.
        sentence: The whole sentence: what is refuted is refuted from anywhere.
    """
    return any(words.search(sentence) for words in (_REFUTED, _CLAIMED)) or bool(_NOT_SHOWN.search(clause))


def is_absence_in_doubt(before: str, after: str) -> bool:
    """Whether the "absence of" an event is only spoken about: "the absence of tumours does not prove safety".

    Args:
        before: The clause as far as the event.
        after: The rest of the clause.
    """
    return bool(_ABSENCE.search(before) and _BUT_NOT_SHOWN.match(after.lstrip()))
