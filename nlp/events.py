"""Events that should not be (adverse events, tumours): that none occurred, or none of a kind, or that some did.

"No serious adverse events" says nothing of the others, and "adverse events were not recorded" nothing at all.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from nlp import stance
from nlp.directions import Change, Cue
from nlp.measures import Mention
from nlp.shares import find_shares
from records.sentences import Sentence

VERSION: Final = "1"
"""Changes with every change of what is found."""
_REACH: Final = 90
"""Code points before a mention in which a denial may begin."""
_NO: Final = re.compile(
    r"\b(?:no|without|neither|nor|none of|absence of|free of|free from|lack of|zero)\W+(?:[\w-]+\W+){0,6}?$",
    re.IGNORECASE,
)
_NOT: Final = re.compile(
    r"(?:\W+(?!but\b|and\b)[\w-]+){0,5}?\W+(?:(?:was|were|are|is|have been|had been|has been|did|does|do) (?:not|never)"
    r" (?:been )?(?:observed|seen|found|detected|noted|encountered|identified|documented|experienced|occur|develop"
    r"|arise|appear|present|evident|apparent|form)\b|(?:was|were) absent\b)",
    re.IGNORECASE,
)
_NONE: Final = re.compile(r"\s*[:–-]\s*none\b", re.IGNORECASE)
_OTHER_DENIAL: Final = re.compile(
    r"\b(?:difference|increase|decrease|change|reduction|rise|link|stud(?:y|ies)|trials?|data|information|records?"
    r"|(?<!patients )(?<!participants )(?<!subjects )(?<!animals )report(?:ed|s)?"
    r"|assess\w*|collect\w*|monitor\w*|evaluat\w*|mention\w*|describ\w*|doubt|question|only|but|however)\b",
    re.IGNORECASE,
)
"""Between a *no* and an event: it is something else that there is none of."""
_NOT_LOOKED_FOR: Final = re.compile(
    r"(?:\W+[\w-]+){0,4}?\W+(?:(?:was|were|is|are) (?:\w+ly )?(?:looked for|sought|assessed|evaluated|measured"
    r"|collected|monitored|examined|analy[sz]ed|tested|expected|anticipated|planned)|data|reporting|assessment|monitoring)\b",
    re.IGNORECASE,
)
_EXCEPT: Final = re.compile(
    r"\b(?:other than|except(?:ing|ion)?|apart from|besides|aside from|beyond|but for)\b", re.IGNORECASE
)
_ON: Final = re.compile(r"\s+(?:on|upon)\b", re.IGNORECASE)
_QUALIFIER: Final = re.compile(
    r"\b(?:serious|severe|major|minor|mild|moderate|significant|relevant|unexpected|new|other|further|additional"
    r"|immediate|early|late|long-term|short-term|acute|permanent|lasting|persistent|life-threatening|fatal|dose-limiting"
    r"|surgical|neurological|systemic|local|infectious|[\w-]+-related|treatment-emergent|related|grade [\dIV]+)\b",
    re.IGNORECASE,
)
_SHORT: Final = {"SAE": "serious", "TEAE": "treatment-emergent"}
_DUE_TO: Final = re.compile(
    r"(?:\W+[\w-]+){0,3}?\W+(?:(?:related|attribut\w+|due|linked|ascribed) to|caused by|resulting from)\b",
    re.IGNORECASE,
)
_OCCURRED: Final = re.compile(
    r"(?:\W+(?!no\b|not\b|never\b|none\b|neither\b|nor\b|without\b|than\b|but\b)[\w-]+){0,6}?\W+"
    r"(?:occurred|developed|formed|arose|emerged|ensued|(?:was|were|has been|have been|had been) (?:\w+ly )?(?:observed"
    r"|reported|seen|detected|noted|recorded|found|documented|identified|experienced|diagnosed))\b",
    re.IGNORECASE,
)
_HAD: Final = re.compile(
    r"\b(?:had|developed|experienced|suffered|sustained|encountered|observed)\W+(?:(?!no\b|not\b|without\b|fewer\b|less\b)"
    r"[\w-]+\W+){0,4}?$",
    re.IGNORECASE,
)
_DENIAL: Final = re.compile(
    r"\b(?:no|not|never|none|neither|nor|without|few(?:er)?|rare(?:ly)?|if|any)\b", re.IGNORECASE
)


class Denial(NamedTuple):
    """That an event did not occur."""

    cue: Cue
    """The words that deny it."""
    qualifier: str
    """The kind of which none occurred: ``serious related``; empty for all."""
    share: tuple[int, int] | None
    """Of how many of how many it is said; `None` where it is said of all."""


def is_about_another(text: str, mention: Mention) -> bool:
    """Whether it is an effect on something else: "no adverse effects on bladder function"."""
    return bool(_ON.match(text, mention.end))


def denied_event(text: str, sentence: Sentence, mention: Mention) -> Denial | None:
    """What denies an event: "no serious adverse events occurred"."""
    first, last = stance.clause(text, sentence.start, sentence.end, mention.start)
    before = text[max(first, mention.start - _REACH) : mention.start]
    after = text[mention.end : last]
    if stance.is_hypothetical(before, "", "") or _EXCEPT.search(text, mention.end, sentence.end):
        return None
    cue = _cue_before(before, after, mention) or _cue_after(text, last, mention)
    if cue is None or stance.subject_is_control(text[first:last]):
        return None
    return Denial(cue, _qualifier(text, cue, mention, last), share_of_event(text, sentence, mention))


def occurred_event(text: str, sentence: Sentence, mention: Mention) -> Cue | None:
    """The words that say that an event occurred: "two deaths and one tumour were seen"."""
    first, last = stance.clause(text, sentence.start, sentence.end, mention.start)
    before = text[max(first, mention.start - _REACH) : mention.start]
    clause = text[first:last]
    if stance.is_hypothetical(before, "", "") or stance.subject_is_control(clause) or _DENIAL.search(clause):
        return None
    if stance.speaks_of_injury(clause, before):
        return None
    if had := _HAD.search(before):
        start = mention.start - len(before) + had.start()
        return _cue(start, mention.start, Change.WORSE, denied=False)
    after = _OCCURRED.match(text, mention.end, last)
    return _cue(mention.end, after.end(), Change.WORSE, denied=False) if after else None


def share_of_event(text: str, sentence: Sentence, mention: Mention) -> tuple[int, int] | None:
    """In how many of how many an event occurred, where its clause says it once."""
    first, last = stance.clause(text, sentence.start, sentence.end, mention.start)
    shares = list(find_shares(text, first, last))
    return (shares[0].part, shares[0].whole) if len(shares) == 1 else None


def _cue_before(before: str, after: str, mention: Mention) -> Cue | None:
    match = _NO.search(before)
    if match is None or _OTHER_DENIAL.search(match.group()) or _NOT_LOOKED_FOR.match(after):
        return None
    start = mention.start - len(before) + match.start()
    return _cue(start, mention.start - 1, Change.SAME, denied=True)


def _cue_after(text: str, last: int, mention: Mention) -> Cue | None:
    # A list may go on after a colon: there the clause ends.
    after = _NONE.match(text, mention.end) or _NOT.match(text, mention.end, last)
    if after is None or "," in after.group():
        return None
    return _cue(mention.end, after.end(), Change.SAME, denied=True)


def _cue(start: int, end: int, change: Change, *, denied: bool) -> Cue:
    return Cue(start, end, change, denied, False, False, start, end)


def _qualifier(text: str, cue: Cue, mention: Mention, last: int) -> str:
    words = [word.lower() for word in _QUALIFIER.findall(text[min(cue.start, mention.start) : mention.end])]
    named = text[mention.start : mention.end].upper()
    words += [said for short, said in _SHORT.items() if named.startswith(short)]
    if _DUE_TO.match(text, mention.end, last):
        words.append("related")
    return " ".join(dict.fromkeys(words))
