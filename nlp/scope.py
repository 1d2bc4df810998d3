"""How far the denial of an event reaches: "there were no deaths, and one serious adverse event" has one."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_NUMBER: Final = (
    r"(?:\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|several|some|many|most|all)"
)
# A number after a determiner counts those who are told of already: "none of the 12 patients had".
_KNOWN: Final = "".join(
    rf"(?<!\b{word} )"
    for word in (
        *("of", "the", "these", "our", "no", "or", "to", "at", "in", "within", "after", "during", "for", "by", "than"),
        *("grade", "grades", "type", "class", "stage", "level", "day", "week", "month", "year", "phase"),
    )
)
_VERB: Final = (
    r"(?:is|are|was|were|had|has|have|did|appeared|arose|became|began|developed|died|dropped|experienced|formed|grew"
    r"|improved|needed|occurred|relapsed|required|showed|suffered|survived|withdrew)"
)
_NEW: Final = re.compile(
    rf"{_KNOWN}(?<![\w/≥>≤<.–-])\b{_NUMBER}\b(?![\w/–-])|\bthe most\b"
    r"|\band (?:an?|the|these|those|their|its|his|her)\b"
    r"|(?=\band\b)",
    re.IGNORECASE,
)
_VERB_WORD: Final = re.compile(rf"\b{_VERB}\b", re.IGNORECASE)
_LIST: Final = re.compile(r"\b(?:or|and|nor)\b", re.IGNORECASE)
_LIST_GOES_ON: Final = re.compile(r"\W+(?:[\w-]+\W+){0,4}?(?:or|and|nor)\b", re.IGNORECASE)
_QUALITY: Final = re.compile(
    r"(?:al|ed|ous|ive|ant|ic|or|ate|[ai]ble|ary|severe|acute|new|early|late|other|(?:recurr|persist|perman)ent)$",
    re.IGNORECASE,
)
"""An adjective: "no serious, unexpected adverse events" is no list of things."""
_AND_LAST: Final = re.compile(r"\band (?!no\b)(?:[\w-]+ )*$", re.IGNORECASE)
_ITS_VERB: Final = re.compile(
    r"(?: \w+ly)? (?:(?P<seen>occurred|(?:was|were) (?:\w+ly )?(?:observed|reported|seen|detected|noted|found"
    r"|identified|experienced|recorded|encountered|documented|associated|related|attribut\w+))|was|were)\b",
    re.IGNORECASE,
)
_ASIDE: Final = re.compile(r"\([^()]*\)?")
_DENIAL: Final = re.compile(
    r"\b(?:no|without|neither|nor|none of|absence of|free of|free from|lack of|zero(?! to))(?=\W)", re.IGNORECASE
)
_OF_WHAT_FOLLOWS: Final = ("without", "absence of", "lack of")
_NEGATIVE: Final = (*_OF_WHAT_FOLLOWS, "free of", "free from")
_NOT_BEFORE: Final = re.compile(
    r"\b(?:not|never|cannot|hardly|rarely|\w+n['’]t)\b(?:[^\w,;]+[\w-]+){0,5}?\W*$", re.IGNORECASE
)
_CAME: Final = re.compile(
    r"(?: \w+ly)? (?:formed|occurred|developed|arose|appeared|grew|emerged|ensued|being|having)\b", re.IGNORECASE
)
_IS: Final = re.compile(r"(?: \w+ly)? (?:is|are|was|were|had|have|has)\b", re.IGNORECASE)
_EXCEPT: Final = re.compile(
    r"\b(?:other than|except(?:ing|ion)?|apart from|besides|aside from|beyond|but for|all but)\b"
    rf"|\bbut (?:only )?{_NUMBER} (?:did|occurred|appeared|arose|(?:was|were) (?:later |then )?"
    r"(?:detected|found|noted|observed|recorded|reported|seen))\b",
    re.IGNORECASE,
)
_EXCEPT_BEFORE: Final = re.compile(
    r"\b(?:other than|(?<!without )except(?:ing|ion)?|apart from|aside from|besides|all but|save for"
    r"|others|the (?:rest|remaining|remainder))\b",
    re.IGNORECASE,
)
"""Before a denial; "the others had none" tells of some who had."""
_UNTIL_THEN: Final = re.compile(
    r"[^;]{0,40}?\b(?:before|until|till|prior to) (?:the )?(?:\w+ )?(?:day|week|month|year)s?\b", re.IGNORECASE
)
"""Behind a denial: it holds of the time before only."""


class Reach(NamedTuple):
    """The last denial before an event."""

    start: int
    """Where it begins."""
    broken: int | None
    """Where what it denies ends before the event; `None` where it denies the event."""


def last_denial(before: str, after: str, start: int) -> Reach:
    """The last denial of ``before`` from ``start`` on, and whether it reaches the end.

    Args:
        before: The clause as far as an event, with a denial behind ``start``.
        after: The rest of the clause.
        start: Where its denials begin.
    """
    plain = _ASIDE.sub(lambda aside: "_" * len(aside.group()), before)
    found = list(_DENIAL.finditer(plain, start))
    if not found:
        return Reach(start, None)
    last = found[-1]
    named = last.group().lower()
    begins = start if named == "nor" else last.start()
    if named in _NEGATIVE and _NOT_BEFORE.search(plain, 0, last.start()):
        # "not all patients were free of adverse events"
        return Reach(begins, len(before))
    broken = _break(plain, last.end(), after)
    if (
        broken is None
        and named in _OF_WHAT_FOLLOWS
        and (_CAME.match(after) or (named == "without" and _IS.match(after)))
    ):
        broken = len(before)
    return Reach(begins, broken)


def _break(before: str, start: int, after: str) -> int | None:
    """Where between a denial, which ends at ``start``, and an event something new begins.

    That is a count, a clause of its own, or no item of a list.
    """
    found = _NEW.finditer(before, start)
    cuts = [new.start() for new in found if new.group() or _VERB_WORD.search(before, start, new.start())]
    if (own := _AND_LAST.search(before, start)) and _has_own_verb(before[:start], after):
        cuts.append(own.start())
    comma = before.rfind(",", start)
    if comma >= 0 and not _joins(before, comma, after):
        cuts.append(comma + 1)
    return min(cuts, default=None)


def _has_own_verb(head: str, after: str) -> bool:
    """Whether an event behind "and" has a verb of its own: "there were no deaths, and adverse events were rare"."""
    verb = _ITS_VERB.match(after)
    if verb is None:
        return False
    return not verb["seen"] or bool(_VERB_WORD.search(head))


def _joins(before: str, comma: int, after: str) -> bool:
    """Whether a comma stands in a list or between adjectives."""
    return bool(_QUALITY.search(before[:comma]) or _LIST.search(before, comma) or _LIST_GOES_ON.match(after))


def has_exceptions(before: str, behind: str) -> bool:
    """Whether a denial does not hold of all: "except for one mouse, no tumour was found".

    Args:
        before: The clause as far as the event.
        behind: The sentence behind it.
    """
    return bool(_EXCEPT_BEFORE.search(before) or _EXCEPT.search(behind))


def holds_until(after: str) -> bool:
    """Whether a denial is of the time before only, by the rest of its clause: "no tumours before week 12"."""
    return bool(_UNTIL_THEN.match(after))
