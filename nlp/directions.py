"""Which way a quantity went: cue words, what denies them, and what makes them mean nothing.

A cue says how a quantity *changed* (higher, lower, better, worse, the same); whether that is an improvement is for the
measure to say (`nlp.findings`).
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple

VERSION: Final = "1"
"""Changes with every change of what is found."""


class Change(StrEnum):
    """How a quantity changed."""

    BETTER = "better"
    DIFFERENT = "different"
    """It changed, and the words do not say how."""
    HIGHER = "higher"
    LOWER = "lower"
    SAME = "same"
    WORSE = "worse"


class Cue(NamedTuple):
    """Words that say how something changed; code points of the text."""

    start: int
    end: int
    change: Change
    """What is meant in the end: a denied rise is `Change.SAME`."""
    denied: bool
    """Whether that is because the sentence denies what the words name."""
    weak: bool
    """Whether the word names an outcome as often as a change of it: "recovery"."""
    comparative: bool
    """Whether it is a comparative or a superlative: "higher"."""
    word_start: int
    """The cue word itself, without what denies it."""
    word_end: int
    """One past the cue word."""


# Verbs are given by their stems with every ending that occurs; the order of the kinds does not matter.
_CUES: Final = {
    Change.BETTER: (
        "alleviat(?:ed|es?|ing|ion)|ameliorat(?:ed|es?|ing|ion)|amend(?:ed|s)|better|beneficial|benefit(?:ed|s"
        "|ted)?"
        "|favou?rabl[ey]|improv(?:ed|es?|ing|ements?)|mitigat(?:ed|es?|ing|ion)|optimi[sz]ed|preserv(?:ed|es?"
        "|ing|ation)"
        "|protect(?:ed|s|ion|ive)?|recover(?:ed|s|ing)?|regain(?:ed|s|ing)?|reliev(?:ed|es?|ing)|rescu(?:ed|es?|ing)"
        "|restor(?:ed|es?|ing|ation)|revers(?:ed|es|al)|superior|normali[sz](?:ed|es?|ing|ation)"
        r"|(?:able|began|begun|learned|started) to (?:walk|stand|step)(?: again)?|(?:walk|stand|move)(?:ed|s)? again"
        r"|convert(?:ed|ing)? (?:from (?:(?:AIS|ASIA)(?: grade)? )?A )?to (?:(?:AIS|ASIA)(?: grade)? )?[BCDE]\b"
    ),
    Change.HIGHER: (
        "accelerat(?:ed|es?|ing|ion)|augment(?:ed|s|ing|ation)?|boost(?:ed|s|ing)?|climb(?:ed|s)|doubled"
        "|elevat(?:ed|es?|ing|ions?)"
        "|encourag(?:ed|es)|enhanc(?:ed|es?|ing|ements?)|exceed(?:ed|s)|facilitat(?:ed|es?|ing|ion)|faster"
        "|gain(?:ed|s)?"
        "|greater|grew|higher|highest|increas(?:ed|es?|ing)|increment|induc(?:ed(?! pluripotent)|es?|ing)"
        "|larger|longer"
        "|more(?! than)"
        "|potentiat(?:ed|es?|ing|ion)|promot(?:ed|es?|ing|ion)|prolong(?:ed|s|ation)|rais(?:ed|es)|rise|rises"
        "|risen|rose"
        "|stimulat(?:ed|es?|ing)|strengthen(?:ed|s|ing)?|stronger|support(?:ed|s)|tripled|up-?regulat(?:ed|es?"
        "|ing|ion)|yielded"
    ),
    Change.LOWER: (
        "abolish(?:ed|es|ing)?|abrogat(?:ed|es?)|attenuat(?:ed|es?|ing|ion)|block(?:ed|s)|declin(?:ed|es?|ing)"
        "|decreas(?:ed|es?|ing)|delay(?:ed|s)?|depress(?:ed|es)|diminish(?:ed|es|ing)?|diminution"
        "|down-?regulat(?:ed|es?|ing|ion)"
        "|drop(?:ped|s)?|eliminat(?:ed|es?|ing)|fall|fell|fewer|halved|inhibit(?:ed|s|ing|ion)?|less(?! than)"
        "|lesser"
        "|lower(?! (?:extremit|limb|thora|cervic|lumbar|back|urinary|body|half|leg|tract|part|spin))|lowered"
        "|lowest|lowering|minimi[sz](?:ed|es|ing)|prevent(?:ed|s|ing|ion)?|reduc(?:ed|es?|ing|tions?)"
        "|shorten(?:ed|s|ing)?|shorter|slower|smaller|suppress(?:ed|es|ing|ion)?|weaker"
    ),
    Change.WORSE: (
        "aggravat(?:ed|es?|ing|ion)|deteriorat(?:ed|es?|ing|ion)|exacerbat(?:ed|es?|ing|ion)|impair(?:ed|s|ing)"
        "|inferior"
        "|poorer|worse|worsen(?:ed|s|ing)?|worst|compromis(?:ed|es)|detrimental|hinder(?:ed|s)|hamper(?:ed|s)"
    ),
    Change.SAME: (
        "comparable|equal(?:ly)?|equivalent(?:ly)?|identical|indistinguishable|maintained"
        "|non-?significant(?:ly)?|insignificant(?:ly)?"
        "|remain(?:ed|s)? (?:constant|stable|the same|unaffected|unaltered|unchanged|similar|comparable|low|flaccid)"
        r"|similar(?:ly)?(?! to (?:those|that) (?:of|in) (?:sham|normal|intact|healthy|uninjured))"
        r"|stabili[sz]ed|stable|plateau(?:ed)?"
        r"|the same|unaffected|unaltered|unchanged|as (?:effective|good|high|low) as|n\.s\.|\bns\b|ineffective"
        r"|p(?:[- ]?values?)?\s*(?:=|>|of|≥|:)\s*(?:0?[.·](?:0(?:5[1-9]|[6-9]\d?)|[1-9]\d*)|1\.0+)\b"
        r"|p\s*>\s*0?[.·]0[1-5]\b"
    ),
    Change.DIFFERENT: (
        "affect(?:ed|s|ing)?|alter(?:ed|s|ing|ations?)?|chang(?:ed|es?|ing)|differ(?:ed|s|ences?|ent|ently)?"
        "|effects?|effective"
        "|impact(?:ed|s)?|influenc(?:ed|es?|ing)|modif(?:y|ied|ies)|var(?:y|ied|ies)|significan(?:t|tly|ce)"
        "|associat(?:ed|ion)"
    ),
}
_WEAK: Final = "recovery|regenerat(?:ed|es?|ing|ion)|relief|effective|protection|protective|preservation"
_WEAK_WORD: Final = re.compile(
    rf"(?:{_WEAK}|beneficial|benefit(?:s|ted)?|restoration|preservation|more|less|longer|larger|faster|gains?|changes?|supports?|support(?:ed)?)$",
    re.IGNORECASE,
)

_COMPARATIVE: Final = re.compile(r"(?:er|est|more|most|less|fewer|superior|inferior)$", re.IGNORECASE)
_DENIAL: Final = re.compile(
    r"\b(?:not|no|nor|neither|never|none|nobody|without|cannot|unable|fail(?:ed|s|ure|ing)?|lack(?:ed|s|ing)?"
    r"|absence|little"
    r"|hardly|rarely|unsuccessful|insufficient|(?:did|do|does|is|are|was|were|had|has|have|could|ca|wo"
    r"|would)n['’]?t)\b",
    re.IGNORECASE,
)
_NOT_DENIAL: Final = re.compile(
    r"\bnot (?:only|just|merely|yet known)|\bno (?:longer|doubt)|\b(?:little|not) (?:is )?known|\bnot (?:fully"
    r"|completely|entirely)"
    r"|\bno (?:\w+ ){0,3}?(?:treatments?|therap(?:y|ies)|cure|drugs?|options?|findings)\b|\bno[- ]treatment"
    r"|\bwithout (?:treatment|injury|surgery|cells?|therapy|any treatment)|\bno (?:fewer"
    r"|less) than",
    re.IGNORECASE,
)
_DENIED_AFTER: Final = re.compile(
    r"(?:\W+(?!(?:and|but|while|whereas)\b)[\w-]+){0,7}?\W+"
    r"(?:(?:was|were|is|are|did|does|do|has|have|had|could) not(?! (?:only|affected by|due))|(?:was|were|did"
    r"|could)n['’]?t|(?:was|were|is|are) (?:absent|lacking)"
    r"|(?:was|were) neither|failed to reach|never|but (?:this|it|these|the \w+) (?:\w+ )?(?:was|were|did) not"
    r"|but not (?:statistically )?significant(?:ly)?|(?:was|were) (?:non-?significant|insignificant|minimal"
    r"|negligible))\b",
    re.IGNORECASE,
)
_BUT_NOT_SIGNIFICANT: Final = re.compile(
    r"[^;.]{0,60}?\b(?:but|although|though|however|albeit)\b[^;.]{0,40}?\b(?:not|without|no"
    r"|non-?)\b[ \w]{0,30}?signific",
    re.IGNORECASE,
)
_SCOPE_END: Final = re.compile(
    r"[;:]|\b(?:but|while|whereas|although|though|however|because|which|who|except|whilst|yet|despite)\b"
    r"|,? and (?!\w+ly\b)|, ",
    re.IGNORECASE,
)
_LIST: Final = re.compile(r"\b(?:nor|neither|or)\b", re.IGNORECASE)
REACH: Final = 9
"""Words over which a denial reaches forward."""


@cache
def _cue_pattern() -> re.Pattern[str]:
    groups = "|".join(rf"(?P<{change.value}>{words})" for change, words in _CUES.items())
    return re.compile(rf"(?<![\w-])(?:{groups}|(?P<weak>{_WEAK}))(?![\w-])", re.IGNORECASE)


def find_cues(text: str, start: int, end: int) -> list[Cue]:
    """Every cue of the sentence at ``start`` … ``end``, denials already considered, in text order."""
    found = [_cue(text, match, start, end) for match in _cue_pattern().finditer(text, start, end)]
    return [cue for cue in found if cue.change is not Change.DIFFERENT]


def _cue(text: str, match: re.Match[str], start: int, end: int) -> Cue:
    kind = match.lastgroup or "weak"
    change = Change.BETTER if kind == "weak" else Change(kind)
    weak = bool(_WEAK_WORD.match(match.group()))
    first, last, denied = match.start(), match.end(), False
    if change is not Change.SAME:
        before = _denial_before(text, match.start(), start)
        after = None if before is not None else _denial_after(text, match.end(), end, change)
        denied = before is not None or after is not None
        first, last = before if before is not None else first, after or last
    elif _denial_before(text, match.start(), start, reach=2) is not None:
        change = Change.DIFFERENT
    comparative = bool(_COMPARATIVE.search(match.group()))
    return Cue(first, last, Change.SAME if denied else change, denied, weak, comparative, match.start(), match.end())


def _denial_before(text: str, cue: int, start: int, reach: int = REACH) -> int | None:
    """Where the denial begins that reaches the cue from before."""
    window = text[max(start, cue - 110) : cue]
    offset = cue - len(window)
    for match in reversed(list(_DENIAL.finditer(window))):
        if _NOT_DENIAL.match(window, match.start()):
            continue
        between = window[match.end() :]
        if len(between.split()) > reach:
            return None
        stop = _SCOPE_END.search(between)
        if stop and not (match.group().lower() in ("neither", "nor", "no", "without") and _LIST.search(between)):
            return None
        return offset + match.start()
    return None


def _denial_after(text: str, cue: int, end: int, change: Change) -> int | None:
    """Where the denial ends that follows the cue: "improvement was not seen"."""
    window = text[cue : min(end, cue + 130)]
    match = _DENIED_AFTER.match(window)
    if match and not _SCOPE_END.search(window[: match.end()].replace(", but", "").replace("but", "")):
        return cue + match.end()
    if change is not Change.DIFFERENT:
        match = _BUT_NOT_SIGNIFICANT.match(window)
        if match:
            return cue + match.end()
    return None


_BETWEEN_COSTS: Final = (
    (re.compile(r"\S+"), 1.0),
    (re.compile(r","), 2.0),
    (re.compile(r"\b(?:and|or)\b", re.IGNORECASE), 2.0),
    (re.compile(r"[;:]|\b(?:but|while|whereas|whilst|although|though|however|except)\b", re.IGNORECASE), 25.0),
)
WEAKNESS: Final = 6.0
"""Price of a word that names an outcome as often as a change of it."""
FARTHEST: Final = 45.0
"""Cost at which a cue no longer speaks of a thing."""


def cost(text: str, target: tuple[int, int], cue: Cue) -> float:
    """How unlikely it is that a cue speaks of ``target``: words between, and what separates them."""
    if cue.start < target[1] and target[0] < cue.end:
        return 1.0 + WEAKNESS * cue.weak
    between = text[target[1] : cue.start] if cue.start >= target[1] else text[cue.end : target[0]]
    return sum(price * len(pattern.findall(between)) for pattern, price in _BETWEEN_COSTS) + WEAKNESS * cue.weak


def nearest(text: str, target: tuple[int, int], cues: list[Cue]) -> Cue | None:
    """The cue that most likely speaks of ``target``; `None` where all are too far."""
    ranked = sorted((cost(text, target, cue), cue.start, cue) for cue in cues if cue.change is not Change.DIFFERENT)
    return ranked[0][2] if ranked and ranked[0][0] < FARTHEST else None
