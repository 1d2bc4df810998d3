"""What a sentence denies: NegEx with negspacy's terms, our own beside them, and narrower scopes.

NegEx (Chapman et al., J Biomed Inform 2001) was made for notes of clinicians. Papers deny in more ways ("neither …
nor", "was absent", "was not detected", "failed to") and deny actions more often than things: in "did not affect the
survival of microglia" nobody says that there were no microglia. Hence a denied verb denies what follows only where it
is a verb of being, having or finding, and a denial ends at the words that tell place, time and comparison.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final, NamedTuple

from nlp.lowered import lowered

VERSION: Final = "2"
"""Changes with every change of what is found."""

_PSEUDO: Final = (
    "no doubt",
    "no clear difference",
    "no difference",
    "no differences",
    "no fewer than",
    "no less than",
    "no longer",
    "no longer than",
    "no more than",
    "no sooner",
    "no significant difference",
    "no significant differences",
    "no statistically significant difference",
    "no statistically significant differences",
    "not all",
    "not always",
    "not every",
    "not exclude",
    "not just",
    "not known",
    "not merely",
    "not previously",
    "not surprising",
    "not surprisingly",
    "not to mention",
    "not yet known",
    "whether or not",
)
_PRECEDING: Final = (
    "absence of",
    "deficient in",
    "depleted of",
    "devoid of",
    "exclude",
    "excludes",
    "excluding",
    "failed to detect",
    "failed to find",
    "failed to reveal",
    "failed to show",
    "lack",
    "lack of",
    "lacked",
    "lacking",
    "lacks",
    "neither",
    "nor",
    "none of",
    "resolution of",
)
_FOLLOWING: Final = (
    "absent",
    "excluded",
    "are negative",
    "is negative",
    "was negative",
    "were negative",
    "not detected",
    "not detectable",
    "not evident",
    "not found",
    "not identified",
    "not noted",
    "not observed",
    "not present",
    "not seen",
    "not visible",
    "not visualized",
    "resolved",
    "undetectable",
)
_TERMINATION: Final = ("because", "due to", "even though", "in contrast", "instead", "whereas", "while", "who", "with")
_DROPPED: Final = frozenset(
    [
        "declined",
        "evaluate for",
        "no change",
        "no increase",
        "no significant change",
        "r/o",
        "ro",
        "rule her out",
        "rule him out",
        "rule out",
        "rule patient out",
        "rule the patient out",
        "rules out",
        "versus",
    ]
)
"""Terms of negspacy that deny nothing: "evaluate for", or that deny something after all: "no change in pain"."""
_PLACE: Final = re.compile(
    r"\b(?:after|among|at|between|by|compared|during|from|than|through|using|versus|via|within|into|in)\b",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[a-z]+")
_COMMON: Final = frozenset({"are", "can", "did", "is", "patient", "symptoms", "was", "were"})
"""First words of terms that most sentences have, whether they deny or not: the next word of the term tells."""
_VERB_NEXT: Final = re.compile(r"\s+(?:\w+ly\s+)?([a-z]+)\b")
_OF_BEING: Final = frozenset(
    [
        "a",
        "able",
        "admit",
        "all",
        "allergic",
        "an",
        "any",
        "appear",
        "appreciate",
        "appreciated",
        "as",
        "associated",
        "be",
        "been",
        "being",
        "cause",
        "complain",
        "consistent",
        "contain",
        "contained",
        "demonstrate",
        "demonstrated",
        "describe",
        "detect",
        "detected",
        "develop",
        "developed",
        "endorse",
        "evident",
        "exhibit",
        "experience",
        "express",
        "expressed",
        "feel",
        "felt",
        "find",
        "found",
        "generate",
        "give",
        "given",
        "had",
        "has",
        "have",
        "having",
        "identified",
        "identify",
        "include",
        "indicate",
        "indicative",
        "noted",
        "note",
        "observe",
        "observed",
        "on",
        "present",
        "produce",
        "receive",
        "received",
        "report",
        "reported",
        "reveal",
        "revealed",
        "see",
        "seem",
        "seen",
        "show",
        "showed",
        "significant",
        "significantly",
        "suffer",
        "suggest",
        "suggestive",
        "take",
        "taking",
        "the",
        "want",
        "notice",
        "become",
        "believe",
        "seems",
        "support",
        "visualized",
        "demonstrated",
    ]
)
_VERBAL: Final = re.compile(
    r"(?:not|never|cannot|(?:ca|could|did|do|does|is|are|was|were|had|has|have|would)n['’]?t)$", re.IGNORECASE
)
_DOING: Final = re.compile(
    r"\b(?:did|do|does|could|can|would|will)(?:n['’]?t|\s*not|\s+never)$|\b(?:cannot|can['’]?t)$", re.IGNORECASE
)


class Denial(NamedTuple):
    """A stretch of the text that is denied; code points, end exclusive."""

    start: int
    end: int
    before: bool = False
    """Whether the term stands after what it denies."""


def _alternatives(terms: Iterable[str]) -> str:
    ordered = sorted(set(terms), key=lambda term: (-len(term), term))
    return "|".join(re.escape(term).replace(r"\ ", r"\s+") for term in ordered)


class _Triggers(NamedTuple):
    terms: re.Pattern[str]
    """All terms in one expression, in lower case; the longest term that begins at a place wins."""
    words: frozenset[str]
    """One of each term; a sentence without any of these denies nothing."""


@cache
def _triggers() -> _Triggers:
    from negspacy.termsets import termset

    terms: dict[str, list[str]] = termset("en_clinical").get_patterns()  # type: ignore[no-untyped-call]
    groups = {
        "pseudo": {*terms["pseudo_negations"], *_PSEUDO},
        "after": {*terms["following_negations"], *_FOLLOWING},
        "before": {*terms["preceding_negations"], *_PRECEDING},
        "stop": {*terms["termination"], *_TERMINATION},
    }
    kinds = {term: kind for kind, members in groups.items() for term in members - _DROPPED}
    parts = [rf"(?P<{kind}>{_alternatives(t for t in kinds if kinds[t] == kind)})" for kind in groups]
    terms_of_denial = (term for term, kind in kinds.items() if kind in ("before", "after"))
    return _Triggers(
        re.compile(rf"(?<![\w-])(?:{'|'.join(parts)})(?![\w-])"),
        frozenset(next(word for word in _WORD.findall(term) if word not in _COMMON) for term in terms_of_denial),
    )


def denials(text: str, start: int, end: int) -> list[Denial]:
    """What the sentence at ``start`` … ``end`` denies.

    A term before what it denies reaches to the next stop; a term after it reaches back to the one before.
    """
    triggers = _triggers()
    if triggers.words.isdisjoint(_WORD.findall(text[start:end].lower())):
        return []
    marks = list(triggers.terms.finditer(lowered(text), start, end))
    if not marks or all(mark.lastgroup in ("stop", "pseudo") for mark in marks):
        return []
    found: list[Denial] = []
    stops = [start, *(mark.start() for mark in marks if mark.lastgroup == "stop"), end]
    for mark in marks:
        if mark.lastgroup == "after":
            found.append(Denial(max(stop for stop in stops if stop <= mark.start()), mark.start(), before=True))
        if mark.lastgroup == "before" or _VERBAL.search(mark.group()):
            reach = min(stop for stop in stops if stop >= mark.end())
            found.extend(_ahead(text, mark, reach))
    return found


def _ahead(text: str, mark: re.Match[str], reach: int) -> list[Denial]:
    """What a term denies of the words after it."""
    verbal = _VERBAL.search(mark.group())
    if verbal and _denies_an_action(text, mark):
        return []
    if mark.group().startswith("den"):
        return [Denial(mark.end(), reach)]
    place = _PLACE.search(text, mark.end() + 1 + len("among"), reach)
    return [Denial(mark.end(), place.start() if place else reach)]


def _denies_an_action(text: str, mark: re.Match[str]) -> bool:
    """Whether the verb after "not" is one of doing: "did not affect", "was not changed"."""
    verb = _VERB_NEXT.match(text, mark.end())
    if not verb or verb[1].lower() in _OF_BEING:
        return False
    before = f"{text[max(0, mark.start() - 12) : mark.start()]}{mark.group()}"
    return bool(_DOING.search(before)) or verb[1].endswith("ed")
