"""Which way a quantity went: cue words, what denies them, and what makes them mean nothing.

A cue says how a quantity *changed* (higher, lower, better, worse, the same); whether that is an improvement is for the
measure to say (`nlp.findings`).
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple

from nlp.lowered import lowered

VERSION: Final = "3"
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


_SAID_BEFORE: Final = (
    r"(?:(?<=was )|(?<=were )|(?<=is )|(?<=are )|(?<=be )|(?<=been )|(?<=remain )|(?<=remained )|(?<=statistically )"
    r"|(?<=not significantly )|(?<=also )|(?<=very )|(?<=quite )|(?<=largely )|(?<=broadly )|(?<=virtually ))"
)
"""Of "similar": a verb says it; "the same rat" and "a similar section" compare nothing."""
_LIKE_ANOTHER: Final = (
    r"(?! (?:to|with|as) (?!(?:[\w-]+ ){0,4}?[\w-]*(?:control|placebo|vehicle|saline|untreated|group|arm|treat|baseline"
    r"|pre-|before|alone|other)))"
    r"(?! to (?:those|that) (?:of|in) (?:the )?(?:sham|normal|intact|healthy|uninjured))"
)
"""What is similar to something is unchanged only where that is another group, or how it was before."""
_IN_GROUPS: Final = r"(?:among|between|in|across|for) (?:[\w-]+ ){0,3}?(?:groups|arms|cohorts|treatments|them|both)\b"
_ENDS: Final = r"(?= ?(?:$|[.,;:()]|(?:after|among|at|between|by|during|for|from|in|on|than|to|when|with)\b))"
"""After an adjective: its noun does not follow."""
_OF_A_RANK: Final = r"(?! (?:\w+ )?(?:categor|class|dos|grade|group|quartile|quintile|tertile|tier))"
"""After *highest*: it tells who, not how they fared."""

# Verbs are given by their stems with every ending that occurs; the order of the kinds does not matter.
_CUES: Final = {
    Change.BETTER: (
        "alleviat(?:ed|es?|ing|ion)|ameliorat(?:ed|es?|ing|ion)|amend(?:ed|s)|better|beneficial|benefit(?:ed|s"
        "|ted)?"
        "|favou?rabl[ey]|improv(?:ed|es?|ing|ements?)|mitigat(?:ed|es?|ing|ion)|optimi[sz]ed|preserv(?:ed|es?"
        "|ing|ation)"
        "|protect(?:ed|s|ion|ive)?|recover(?:ed|s|ing)?|regain(?:ed|s|ing)?|reliev(?:ed|es?|ing)|rescu(?:ed|es?"
        "|ing)(?! (?:analges|medication))"
        "|restor(?:ed|es?|ing|ation)|revers(?:ed|es|al)|superior|normali[sz](?:ed(?! (?:against|amplitude|as|and|by"
        "|data|for|to|values?))|es?|ing|ation)"
        r"|(?:able|began|begun|learned|started) to (?:walk|stand|step)(?: again)?|(?:walk|stand|move)(?:ed|s)? again"
        r"|convert(?:ed|ing)? (?:from (?:(?:ais|asia)(?: grade)? )?a )?to (?:(?:ais|asia)(?: grade)? )?[bcde]\b"
    ),
    Change.HIGHER: (
        "accelerat(?:ed|es?|ing|ion)|augment(?:ed|s|ing|ation)?|boost(?:ed|s|ing)?|climb(?:ed|s)|doubled"
        "|elevat(?:ed(?! plus)|es?|ing|ions?)"
        "|encourag(?:ed|es)|enhanc(?:ed|es?|ing|ements?)|exceed(?:ed|s)|facilitat(?:ed|es?|ing|ion)|faster"
        "|gain(?:ed|s)?"
        r"|greater|grew|higher(?! (?:\w+ )?(?:dos(?:es?|age)|concentrations?)\b)"
        rf"|highest{_OF_A_RANK}|increas(?:ed|es?|ing)"
        "|increment|induc(?:ed(?! pluripotent)|es?|ing)"
        "|larger|longer"
        "|more(?! than)"
        "|potentiat(?:ed|es?|ing|ion)|promot(?:ed|es?|ing|ion)|prolong(?:ed|s|ation)|rais(?:ed|es)|rise|rises"
        "|risen|rose(?! bengal)"
        "|stimulat(?:ed|es?|ing)|strengthen(?:ed|s|ing)?|stronger|support(?:ed|s)|tripled|up-?regulat(?:ed|es?"
        "|ing|ion)|yielded"
    ),
    Change.LOWER: (
        "abolish(?:ed|es|ing)?|abrogat(?:ed|es?)|attenuat(?:ed|es?|ing|ion)|block(?:ed|s)|declin(?:ed|es?|ing)"
        "|decreas(?:ed|es?|ing)|(?<!and )(?<!more )(?<!or )(?<!after )(?<!with )(?<!the )(?<!early )(?<!to )delay(?:ed"
        "|s)?(?! (?:admin|deliver|graft|implant|inject|interven|transplant|treat))|depress(?:ed|es)|diminish(?:ed|es"
        "|ing)?|diminution"
        "|down-?regulat(?:ed|es?|ing|ion)"
        "|drop(?:ped|s)?|eliminat(?:ed|es?|ing)|fall|fell|fewer|halved|inhibit(?:ed|s|ing|ion)?|less(?! than)"
        "|lesser"
        "|lower(?! (?:extremit|limb|thora|cervic|lumbar|back|urinary|body|half|leg|tract|part|spin))|lowered"
        rf"|lowest{_OF_A_RANK}|lowering|minimi[sz](?:ed|es|ing)|prevent(?:ed|s|ing|ion)?|reduc(?:ed|es?|ing|tions?)"
        "|shorten(?:ed|s|ing)?|shorter|slower|smaller|suppress(?:ed|es|ing|ion)?|weaker"
    ),
    Change.WORSE: (
        "aggravat(?:ed|es?|ing|ion)|deteriorat(?:ed|es?|ing|ion)|exacerbat(?:ed|es?|ing|ion)|impair(?:ed|s|ing)"
        "|inferior"
        "|poorer|worse|worsen(?:ed|s|ing)?|worst|compromis(?:ed|es)|detrimental(?= to)|hinder(?:ed|s)|hamper(?:ed|s)"
    ),
    Change.SAME: (
        r"p(?:[- ]?values?)?\s*(?:=|>|of|≥|:)\s*(?:0?[.·](?:0(?:5[1-9]|[6-9]\d?)|[1-9]\d*)|1\.0+)\b"
        r"|p\s*>\s*0?[.·]0[1-5]\b"
        r"|n\.s\.|\bns\b|non-?significant(?:ly)?|insignificant(?:ly)?"
        "|remain(?:ed|s)? (?:constant|stable|the same|unaffected|unaltered|unchanged|similar|comparable|low|flaccid)"
        "|unaffected|unaltered|unchanged|indistinguishable"
        rf"|{_SAID_BEFORE}(?:comparable|equal|equivalent|identical|ineffective|maintained|similar|stabili[sz]ed"
        rf"|stable|the same"
        r"|as (?:effective|good|high|low) as|equally (?:common|effective|frequent|good|likely|well))"
        rf"{_LIKE_ANOTHER}"
        rf"|(?:comparable|equal|equivalent|identical|similar|the same)(?= (?:[\w-]+ ){{0,8}}?{_IN_GROUPS})"
        "|plateau(?:ed)?"
    ),
    Change.DIFFERENT: (
        "affect(?:ed|s|ing)?|alter(?:ed|s|ing|ations?)?|chang(?:ed|es?|ing)|differ(?:ed|s|ences?|ently)?"
        rf"|different{_ENDS}|(?<!side )(?<!adverse )effects?|effective|impact(?:ed|s)?|influenc(?:ed|es?|ing)"
        rf"|modif(?:y|ied|ies)"
        rf"|var(?:y|ied|ies)|significan(?:t|ce){_ENDS}"
    ),
}
_WEAK: Final = "recovery|regenerat(?:ed|es?|ing|ion)|relief|effective|protection|protective|preservation"
_WEAK_WORD: Final = re.compile(
    rf"(?:{_WEAK}|beneficial|benefit(?:s|ted)?|restoration|preservation|more|less|longer|larger|faster|gains?"
    rf"|changes?|supports?|support(?:ed)?)$",
    re.IGNORECASE,
)

_COMPARATIVE: Final = re.compile(r"(?:er|est|more|most|less|fewer|superior|inferior|worse|worst)$", re.IGNORECASE)
_DENIAL: Final = re.compile(
    r"\b(?:not|no|nor|neither|never|none|nobody|without|cannot|unable|fail(?:ed|s)?|(?<!heart )failure(?= (?:to|of"
    r"|in)\b)|lack(?:ed|s|ing)?"
    r"|absence|little"
    r"|hardly|rarely|unsuccessful|insufficient|(?:did|do|does|is|are|was|were|had|has|have|could|ca|wo"
    r"|would)n['’]?t)\b",
    re.IGNORECASE,
)
_NOT_DENIAL: Final = re.compile(
    r"\bnot (?:only|just|merely|yet known)|\bno (?:longer|doubt|or)\b|\b(?:little|not) (?:is )?known|\bnot (?:fully"
    r"|completely|entirely)"
    r"|\bno (?:\w+ ){0,3}?(?:treatments?|therap(?:y|ies)|cure|drugs?|options?|findings)\b|\bno[- ]treatment"
    r"|\bwithout (?:treatment|injury|surgery|cells?|therapy|any treatment)|\bno (?:fewer"
    r"|less) than|(?<=\ba )little\b|(?<=\bor )without\b|\black(?:ed|s|ing)\b(?! (?:an?|any|significant)\b)",
    re.IGNORECASE,
)
_ATTRIBUTE: Final = re.compile(r"(?:without|lack\w*|absence|no)$", re.IGNORECASE)
"""Denials that may only tell one group from another: "rats without grafts improved"."""
_FINITE: Final = re.compile(
    r"\b(?:is|are|was|were|had|has|have|show(?:s|ed)?|exhibit(?:s|ed)?|demonstrat(?:es|ed)|display(?:s|ed)?"
    r"|experienc(?:es|ed)|result(?:s|ed)|caus(?:es|ed)|leads?|led|receiv(?:es|ed)|grafts?|transplants?|expression)\b",
    re.IGNORECASE,
)
_DENIES_ANOTHER: Final = re.compile(
    r"\b(?:accompan|account|accurate|consider|develop|focus|on\b|allow|assess|attribut|cause[ds]? by|compar|complete"
    r"|confound|contribut|correlat|depend"
    r"|determin"
    r"|due\b|entire|establish|evaluat|examin|explain|full(?:y)?\b|guarantee\b|how\b|investigat|known|mean\b|measur"
    r"|mediat|necess"
    r"|only\b|predict|prerequisite|prov(?:e|en|ide)\b|requir|role|solely|studied|sufficient(?! to)|until|whether"
    r"|why\b|yet\b)",
    re.IGNORECASE,
)
"""Between a denial and a cue: it is something else about the change that is denied, or a part of it."""
_RELATIVE: Final = re.compile(
    r"\b(?:that|which|who)(?: (?:did|do|does|had|have|has|were|was|are))?(?: (?:show\w*|exhibit\w*|received?))? $",
    re.IGNORECASE,
)
"""Before a denial: it only tells one group from another."""
_UP_TO: Final = re.compile(
    r"(?: \w+)?,? (?:to (?:the )?(?:level of )?(?:a )?(?:\w+ )?(?:normal|control|baseline|pre-?injury"
    r"|pre-?operative)|until|before|till)\b",
    re.IGNORECASE,
)
_THIRD_PERSON: Final = re.compile(
    r"(?:affect|alter|attenuat|enhanc|impair|improv|induc|influenc|inhibit|mitigat|prevent|promot|reduc"
    r"|restor)e?s$",
    re.IGNORECASE,
)
_BUT_NOT: Final = re.compile(r"\b(?:but|and|or),? $", re.IGNORECASE)
_FINITE_CUE: Final = re.compile(r"(?:ed|es|[^s]s|[^e]e|te|ve|ce|[bdkt])$", re.IGNORECASE)
_TREATED_NOUN: Final = re.compile(
    r"\b(?:(?:MS|NS|NP|OE|OP|S)Cs?|OEGs?|animals|cells?|grafts?|groups?|mice|rats|transplants?"
    r"|treatments?)\b",
    re.IGNORECASE,
)
_ADVERBS: Final = re.compile(r"\s*(?:\w+ly\s*)*(?:be\s|been\s)?\s*", re.IGNORECASE)
_NEITHER: Final = re.compile(r"\bneither (?:[\w-]+ ){1,5}$", re.IGNORECASE)
_SEEN: Final = (
    r"(?:\w+ly )?(?:seen|observed|found|detect\w+|noted|evident|apparent|significan\w+|statistical\w*|present|achieved"
    r"|obtained|recorded|reached|demonstrated|different|reported in|affected(?! by)|altered|changed|influenced|visible)"
)
_DENIED_AFTER: Final = re.compile(
    r"(?:\W+(?!(?:and|but|while|whereas)\b)[\w-]+){0,7}?\W+"
    rf"(?:(?:was|were|is|are|has been|have been|had been|could be|could) not (?:be )?{_SEEN}"
    rf"|(?:was|were)n['’]?t {_SEEN}"
    r"|(?:did|does|do)(?: not|n['’]?t) (?:\w+ly )?(?:change|differ|occur|vary|(?:achieve|attain|reach) (?:a "
    r"|the )?(?:level of )?"
    r"(?:statistical )?significance)"
    r"|(?:was|were|is|are) (?:absent|lacking)"
    r"|(?:was|were) neither|failed to reach|never (?:seen|observed)"
    r"|but (?:this|it|these|the \w+) (?:\w+ )?(?:was|were|did) not (?:reach )?(?:statistical(?:ly)? )?significan\w+"
    r"|but not (?:statistically )?significant(?:ly)?|(?:was|were) (?:non-?significant|insignificant|minimal"
    r"|negligible))\b(?! until| before| till| by)",
    re.IGNORECASE,
)
_IN_NONE: Final = re.compile(
    r"(?: (?!(?:and|but|or|not)\b)[\w-]+){0,3}? (?:in|by) (?:no (?!more|less|fewer|longer|time)|none\b|neither\b)",
    re.IGNORECASE,
)
"""After a cue: "improved in no patient"."""
_BUT_NOT_SIGNIFICANT: Final = re.compile(
    r"[^;.]{0,60}?\b(?:but|although|though|however|albeit)\b[^;.]{0,40}?\b(?:not|without|no"
    r"|non-?)\b[ \w]{0,30}?signific",
    re.IGNORECASE,
)
_SCOPE_END: Final = re.compile(
    r"[;:]|\b(?:but|while|whereas|although|though|however|because|which|who|except|whilst|yet|despite|how|why|until)\b"
    r"|,? and (?!\w+ly\b)|, ",
    re.IGNORECASE,
)
_LIST: Final = re.compile(r"\b(?:nor|neither|or)\b", re.IGNORECASE)
_UNSURE: Final = -1
REACH: Final = 9
"""Words over which a denial reaches forward."""


@cache
def _cue_pattern() -> re.Pattern[str]:
    groups = "|".join(rf"(?P<{change.value}>{words})" for change, words in _CUES.items())
    return re.compile(rf"(?<![\w-])(?:{groups}|(?P<weak>{_WEAK}))(?![\w-])")


def find_cues(text: str, start: int, end: int) -> list[Cue]:
    """Every cue of the sentence at ``start`` … ``end``, denials already considered, in text order."""
    found = [_cue(text, match, start, end) for match in _cue_pattern().finditer(lowered(text), start, end)]
    return [cue for cue in found if cue.change is not Change.DIFFERENT]


def _cue(text: str, match: re.Match[str], start: int, end: int) -> Cue:
    kind = match.lastgroup or "weak"
    change = Change.BETTER if kind == "weak" else Change(kind)
    weak = bool(_WEAK_WORD.match(match.group()))
    first, last, denied = match.start(), match.end(), False
    if change is not Change.SAME:
        before = _denial_before(text, match, start)
        if before == _UNSURE:
            return Cue(first, last, Change.DIFFERENT, False, weak, False, first, last)
        after = None if before is not None else _denial_after(text, match.end(), end, change)
        denied = before is not None or after is not None
        first, last = before if before is not None else first, after or last
    elif _denial_before(text, match, start, reach=2) is not None:
        change = Change.DIFFERENT
    comparative = bool(_COMPARATIVE.search(match.group()))
    return Cue(first, last, Change.SAME if denied else change, denied, weak, comparative, match.start(), match.end())


def _denial_before(text: str, cue: re.Match[str], start: int, reach: int = REACH) -> int | None:
    """Where the denial begins that reaches the cue from before; `_UNSURE` where it denies something about the cue."""
    window = text[max(start, cue.start() - 110) : cue.start()]
    offset = cue.start() - len(window)
    for match in reversed(list(_DENIAL.finditer(window))):
        if _NOT_DENIAL.match(window, match.start()):
            continue
        between = window[match.end() :]
        if len(between.split()) > reach:
            return None
        stop = _SCOPE_END.search(between)
        if stop and not (match.group().lower() in ("neither", "nor", "no", "without") and _LIST.search(between)):
            return None
        if _denies_other_than_cue(window[: match.start()], match.group(), between, cue.group()):
            return None
        if (
            _DENIES_ANOTHER.search(between)
            or _RELATIVE.search(window[: match.start()])
            or _UP_TO.match(text, cue.end())
        ):
            return _UNSURE
        pair = _NEITHER.search(window[: match.start()]) if match.group().lower() == "nor" else None
        return offset + (pair or match).start()
    return None


def _denies_other_than_cue(before: str, denial: str, between: str, cue: str) -> bool:
    """Whether a denial ends before the cue: "grafts but not cells improved", "rats without grafts showed improved"."""
    if _ATTRIBUTE.match(denial) and denial.lower() != "no" and _FINITE.search(between):
        return True
    if _ATTRIBUTE.match(denial) and denial.lower() != "no" and _THIRD_PERSON.match(cue):
        return True
    named = not _ADVERBS.fullmatch(between)
    if denial.lower() != "not" or not named or not _BUT_NOT.search(before):
        return False
    return bool(_FINITE_CUE.search(cue) or _TREATED_NOUN.search(between))


def _denial_after(text: str, cue: int, end: int, change: Change) -> int | None:
    """Where the denial ends that follows the cue: "improvement was not seen"."""
    window = text[cue : min(end, cue + 130)]
    match = _DENIED_AFTER.match(window)
    if match and not _SCOPE_END.search(window[: match.end()].replace(", but", "").replace("but", "")):
        return cue + match.end()
    if change is Change.DIFFERENT:
        return None
    match = _IN_NONE.match(window) or _BUT_NOT_SIGNIFICANT.match(window)
    return cue + match.end() if match else None


_BETWEEN_COSTS: Final = (
    (re.compile(r"\S+"), 1.0),
    (re.compile(r","), 2.0),
    (re.compile(r"\b(?:and|or)\b", re.IGNORECASE), 2.0),
    (re.compile(r":"), 25.0),
    (re.compile(r";|\b(?:but|while|whereas|whilst|although|though|however|except)\b", re.IGNORECASE), 100.0),
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
