"""Titles of notices: corrections, retractions and expressions of concern are called after what they do."""

from __future__ import annotations

import re
from typing import Final

from records.record import Kind, Record, RelationType

_NOTE: Final = r"(?:notes?|notices?|statements?)"
_TO: Final = (
    rf"(?:(?:\s+(?:{_NOTE}|to|on|for|of))*\s*(?::|\.(?=\s|$)|(?=[“‘\"])|$)"
    rf"|\s+{_NOTE}\s+(?:to|on|for|of)\s"
    # As PNAS has it: "Correction for Doe et al., …".
    r"|\s+(?:to|for|of)\s+(?:[^\s:]+\s+){1,6}?et\s+al\.?[,:])\s*"
)
_PLACE: Final = re.compile(r"\s*\[[^\[\]]*\b(?:19|20)\d\d\b[^\[\]]*\]\.?$")
"""Where the work stands, behind its title: ``[J Example 1 (2020) 1–9]``."""
_NOTICE_TITLES: Final = tuple(
    (re.compile(rf"(?:{words}){_TO}", re.IGNORECASE), type_)
    for words, type_ in (
        (
            (
                r"(?:(?:notice|statement)\s+of\s+)?retract(?:ed|ion(?:\s+and\s+replacement)?)"
                r"|(?:notice|statement)\s+of\s+withdrawal|withdrawal(?=\s+(?:notice|statement)\b)"
            ),
            RelationType.RETRACTS,
        ),
        (
            r"(?:(?:author|publisher)(?:[’']?s)?\s+)?(?:correction|corrigendum|erratum|addendum)",
            RelationType.CORRECTS,
        ),
        (r"(?:editorial\s+)?expression\s+of\s+concern", RelationType.RAISES_CONCERN_ABOUT),
    )
)


def notice_of(title: str) -> tuple[RelationType, str] | None:
    """What a title (without mark) says that a notice does, and the title of the work; ``None`` if it is no notice's."""
    for form, type_ in _NOTICE_TITLES:
        match = form.match(title)
        if match:
            return type_, _PLACE.sub("", title[match.end() :]).strip('“”‘’" ')
    return None


def tells_of_another_work(record: Record) -> bool:
    """Whether a record is a notice, by its kind or its title; "Retracted: …" may as well be the paper itself."""
    if record.kind is Kind.NOTICE:
        return True
    title = " ".join(record.title.split())
    return not title.casefold().startswith("retracted") and notice_of(title) is not None
