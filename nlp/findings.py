"""Findings: what a sentence says of an outcome measure, and whether that is an improvement.

A direction is given only where a sentence reports a result of its own; see ``docs/evidence.md``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from nlp import directions, shares, stance
from nlp.attachment import speaks_of
from nlp.directions import Change, Cue, find_cues, nearest
from nlp.measures import Mention
from nlp.shares import share_of
from records.annotation import Direction, Finding, Span
from records.sentences import Sentence

VERSION: Final = "3"
"""Changes with every change of what is found."""
RULE: Final = f"findings@{VERSION}.{directions.VERSION}.{shares.VERSION}"

_DEFICIT_AFTER: Final = re.compile(
    r"\s+(?:deficits?|impairments?|dysfunctions?|loss|disabilit(?:y|ies)|disturbances?|damage|decline"
    r"|deterioration)\b",
    re.IGNORECASE,
)
_DEFICIT_BEFORE: Final = re.compile(
    r"\b(?:loss|impairments?|deficits?|lack|deterioration|disturbances?) (?:of|in) (?:the )?(?:\w+(?:/or)?,? ){0,3}$",
    re.IGNORECASE,
)
_LATENCY: Final = re.compile(r"\blatenc(?:y|ies)\b", re.IGNORECASE)
_OPPOSITE: Final = {
    Change.HIGHER: Change.LOWER,
    Change.LOWER: Change.HIGHER,
    Change.BETTER: Change.WORSE,
    Change.WORSE: Change.BETTER,
}
_RECEIVED: Final = re.compile(
    r"\b(?:achiev|demonstrat|display|exhibit|experienc|found|indicat|led to|lead(?:s|ing)? to|observ|occur|produc"
    r"|report|result|reveal|saw|seen|show|significant|strong|robust|substantial|remarkabl|marked)\w*\b",
    re.IGNORECASE,
)
_FAILURE: Final = re.compile(r"(?:failure|lack|absence)\b", re.IGNORECASE)
"""Of recovery: what an injury is like, more often than what a treatment did."""
_BREAK: Final = re.compile(r"[,;:(]|\b(?:and|which|that|for)\b", re.IGNORECASE)
_NO_EVENT: Final = re.compile(
    r"\b(?:no|without|neither|nor|none of|absence of|free of|free from|lack of|zero|any)\W+(?:\w+\W+){0,6}?$",
    re.IGNORECASE,
)
_NOT_EVENT: Final = re.compile(
    r"(?:\W+\w+){0,5}?\W+(?:(?:was|were|have been|had been|has been|did|are|is) (?:not|never)|(?:was"
    r"|were) absent|none)\b"
    r"(?! (?:related|attributed|considered|due|caused|serious|severe|differ|significant|statistical|increas|chang|more"
    r"|higher|greater|affect|wors))",
    re.IGNORECASE,
)
_DOUBT: Final = re.compile(r"\b(?:difference|increase|evidence of a link|related)\b", re.IGNORECASE)


def find_findings(
    field: str, text: str, sentences: Sequence[Sentence], mentions: Iterable[Mention], *, reports_results: bool = True
) -> Iterator[Finding]:
    """One finding for each mention of a measure, in text order.

    Args:
        field: The record's field that ``text`` is.
        text: What the positions point into.
        sentences: Of the text, in order.
        mentions: Of measures, in order.
        reports_results: False for plans (registrations): directions stay open.
    """
    remaining = iter(sentences)
    sentence = next(remaining, None)
    cues: list[Cue] | None = None
    for mention in mentions:
        while sentence and sentence.end < mention.end:
            sentence, cues = next(remaining, None), None
        if sentence is None:
            return
        if mention.start < sentence.start or text[mention.start - 5 : mention.start].lower() == "anti-":
            continue
        if cues is None:
            silent = not reports_results or not stance.may_report(sentence.section)
            silent = silent or stance.states_no_result(text[sentence.start : sentence.end])
            cues = [] if silent else find_cues(text, sentence.start, sentence.end)
        yield _finding(field, text, sentence, mention, cues, silent=silent)


def _finding(field: str, text: str, sentence: Sentence, mention: Mention, cues: list[Cue], *, silent: bool) -> Finding:
    direction, cue, affirmed = None, None, True
    if mention.event and not silent:
        cue = _denied_event(text, sentence, mention)
        if cue:
            direction, affirmed = Direction.UNCHANGED, False
    if not silent and cue is None:
        place = (mention.start, mention.end)
        cue = nearest(text, place, [cue for cue in cues if speaks_of(text, place, cue)])
        direction = _direction(text, sentence, mention, cue) if cue else None
        # "no difference in adverse events" denies the difference, not the events
        affirmed = mention.event or not (direction and cue and cue.denied)
    return Finding(
        measure=mention.measure,
        direction=direction,
        affirmed=affirmed,
        share=share_of(text, (sentence.start, sentence.end), cue) if cue and direction else None,
        text=text[mention.start : mention.end],
        span=Span(field=field, start=mention.start, end=mention.end),
        cue=Span(field=field, start=cue.start, end=cue.end) if cue and direction else None,
        sentence=Span(field=field, start=sentence.start, end=sentence.end),
        rule=RULE,
    )


def _denied_event(text: str, sentence: Sentence, mention: Mention) -> Cue | None:
    """The words that deny an event: "no serious adverse events occurred"."""
    before = text[max(sentence.start, mention.start - 80) : mention.start]
    match = _NO_EVENT.search(before)
    if stance.is_hypothetical(before, "", ""):
        return None
    if match and not _DOUBT.search(match.group()) and not match.group().lower().startswith("any"):
        start = mention.start - len(before) + match.start()
        return Cue(start, mention.start - 1, Change.SAME, True, False, False, start, mention.start - 1)
    after = _NOT_EVENT.match(text, mention.end, sentence.end)
    if after and "," not in after.group():
        return Cue(mention.end, after.end(), Change.SAME, True, False, False, mention.end, after.end())
    return None


def _direction(text: str, sentence: Sentence, mention: Mention, cue: Cue) -> Direction | None:
    """What a cue means for a measure; `None` where that is not sure."""
    first, last = stance.clause(text, sentence.start, sentence.end, cue.start)
    first, last = min(first, mention.start), max(last, mention.end)
    before, after = text[first : cue.start], text[cue.end : last]
    if stance.is_hypothetical(before, text[cue.start : cue.end], after):
        return None
    if cue.weak and (_FAILURE.match(text, cue.start) if cue.denied else not _is_reported(before, after)):
        return None
    change = _net_change(text, mention, cue)
    # "bladder control" is no control group
    around = f"{text[first : mention.start]} … {text[mention.end : last]}"
    of_control = stance.subject_is_control(around)
    if change is Change.SAME:
        return None if of_control else Direction.UNCHANGED
    if of_control:
        if not stance.compares_with_treated(around):
            return None
        change = _OPPOSITE[change]
    if change is Change.WORSE and stance.speaks_of_injury(text[first:last], before):
        return None
    return Direction.IMPROVED if change is Change.BETTER else Direction.WORSENED


def _is_reported(before: str, after: str) -> bool:
    """Whether an outcome that is only named ("recovery") is said to have come about."""
    near, behind = _BREAK.split(before[-60:])[-1], _BREAK.split(after[:60])[0]
    return bool(_RECEIVED.search(near) or _RECEIVED.search(behind))


def _net_change(text: str, mention: Mention, cue: Cue) -> Change:
    """Better, worse or the same: the polarity of what is named decides what higher and lower mean."""
    if cue.change in (Change.BETTER, Change.WORSE, Change.SAME):
        return cue.change
    higher_is_better = mention.higher_is_better
    if _DEFICIT_AFTER.match(text, mention.end) or _DEFICIT_BEFORE.search(
        text[max(0, mention.start - 40) : mention.start]
    ):
        higher_is_better = not higher_is_better
    if mention.measure in ("MEP", "SSEP") and _LATENCY.search(text[max(0, mention.start - 15) : mention.end + 12]):
        higher_is_better = False
    return Change.BETTER if (cue.change is Change.HIGHER) is higher_is_better else Change.WORSE
