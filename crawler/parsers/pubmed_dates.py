"""PubMed's dates: years with months as numbers, names or seasons, ranges in prose, and a history of states."""

from __future__ import annotations

from typing import Final

import msgspec
from lxml import etree

from crawler.parsers.xml_text import text_of
from records.dates import MONTHS, PartialDate, earliest, make_date, parse_date

_PUBLIC: Final = frozenset({"epublish", "aheadofprint", "ppublish", "ecollection", "pmc-release"})
"""States of the history at which anybody could read the article."""
_LISTED: Final = frozenset({"entrez", "medline", "pubmed"})
"""States at which PubMed knew of it: where nothing better is said, it was public by then."""


def date_of(element: etree._Element | None) -> PartialDate | None:
    """A date element; what is not said stays unknown, and prose is kept as ``raw``."""
    if element is None:
        return None
    parts = {str(child.tag): text_of(child) for child in element}
    year, month, day = (parts.get(name, "") for name in ("Year", "Month", "Day"))
    if not year.isdecimal():
        return parse_date(parts.get("MedlineDate") or " ".join(filter(None, (year, month, day))))
    number = int(month) if month.isdecimal() else MONTHS.get(month[:3].lower(), 0)
    date = make_date(int(year), number, int(day) if day.isdecimal() else 0)
    season = parts.get("Season", "")
    if date is None or not (season or (month and not date.month) or (day and not date.day)):
        return date
    return msgspec.structs.replace(date, raw=" ".join(filter(None, (year, month, day, season))))


def first_published(
    electronic: etree._Element | None, printed: etree._Element | None, history: etree._Element | None
) -> PartialDate | None:
    """The first day on which it could be read: of an electronic and a printed edition the earlier.

    A date known to the day counts before one of the same year that is not. The history speaks where both are silent.
    """
    date = earliest((date_of(electronic), date_of(printed)))
    if date or history is None:
        return date
    states: dict[bool, list[PartialDate]] = {True: [], False: []}
    for moment in history:
        state = moment.get("PubStatus", "")
        known = date_of(moment) if state in _PUBLIC or state in _LISTED else None
        if known:
            states[state in _PUBLIC].append(known)
    return earliest(states[True] or states[False]) or date
