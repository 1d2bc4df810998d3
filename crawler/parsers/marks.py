"""What titles and links to other works say of how a work stands, and whether it is a notice about another one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from records.record import Kind, PublicationStatus, Relation, RelationType

_NOTICES: Final = frozenset({RelationType.CORRECTS, RelationType.RAISES_CONCERN_ABOUT, RelationType.RETRACTS})
_STANDING: Final = (
    (RelationType.RETRACTED_BY, PublicationStatus.RETRACTED),
    (RelationType.CONCERN_RAISED_BY, PublicationStatus.CONCERN),
    (RelationType.CORRECTED_BY, PublicationStatus.CORRECTED),
)
"""The gravest first."""
_RETRACTED_TYPES: Final = frozenset({"retracted", "retracted article", "retracted publication"})
"""Types that mark the paper itself, in PubMed and Web of Science (``Retracted Publication``) and Scopus."""
_KINDS: Final = "(?:article|chapter|paper|preprint)"
# Without brackets in capitals alone: "Retracted: …" is how some publishers call the notice.
_MARKS: Final = (
    re.compile(r"^(RETRACTED|WITHDRAWN)(?: [A-Z]+)?\s*[:–—-]\s*"),
    re.compile(rf"^[(\[](retracted|withdrawn)(?: {_KINDS})?[)\]]\s*[:–—-]?\s*", re.IGNORECASE),
    re.compile(rf"\s*[(\[](retracted|withdrawn) {_KINDS}(?:[.,:;] [^()\[\]]*)?[)\]]\.?$", re.IGNORECASE),
)
"""Before the title, or behind it as Web of Science has it: ``(Retracted article. See vol. 1, pg. 2, 2020)``."""


def unmarked(title: str) -> tuple[str, PublicationStatus | None]:
    """The title without its mark, and what the mark says; ``None`` where there is none."""
    for pattern in _MARKS:
        mark = pattern.search(title)
        if mark and len(mark.group()) < len(title):
            return title[: mark.start()] + title[mark.end() :], PublicationStatus(mark[1].lower())
    return title, None


def marks_retraction(publication_type: str) -> bool:
    """Whether a publication type says of a paper that it is retracted."""
    return publication_type.strip().casefold() in _RETRACTED_TYPES


def is_notice(relations: Iterable[Relation]) -> bool:
    """Whether a work corrects, doubts or retracts another one."""
    return any(relation.type in _NOTICES for relation in relations)


def title_and_status(title: str, kind: Kind, relations: Iterable[Relation]) -> tuple[str, PublicationStatus]:
    """The title without the publisher's mark, and how the work stands; a notice is about another work, and stands."""
    if kind is Kind.NOTICE:
        return title, PublicationStatus.CURRENT
    plain, mark = unmarked(title)
    types = {relation.type for relation in relations}
    status = next((status for type_, status in _STANDING if type_ in types), PublicationStatus.CURRENT)
    return plain, mark if mark and status is not PublicationStatus.RETRACTED else status
