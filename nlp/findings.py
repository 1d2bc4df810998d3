"""Findings: what a sentence says of an outcome measure, and whether that is an improvement.

A direction is given only where a sentence reports a result of its own; see ``docs/evidence.md``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from nlp import directions, events, shares, stance
from nlp.attachment import speaks_of
from nlp.directions import Change, Cue, find_cues, nearest
from nlp.events import denied_event, is_about_another, occurred_event, share_of_event
from nlp.measures import Mention
from nlp.shares import share_of
from records.annotation import Direction, Finding, Span
from records.sentences import Sentence

VERSION: Final = "4"
"""Changes with every change of what is found."""
RULE: Final = f"findings@{VERSION}.{directions.VERSION}.{events.VERSION}.{shares.VERSION}"

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
_OPPOSED: Final = {Direction.IMPROVED: Direction.WORSENED, Direction.WORSENED: Direction.IMPROVED}
_RECEIVED: Final = re.compile(
    r"\b(?:achiev|demonstrat|display|exhibit|experienc|found|indicat|led to|lead(?:s|ing)? to|observ|occur|produc"
    r"|report|result|reveal|saw|seen|show|significant|strong|robust|substantial|remarkabl|marked)\w*\b",
    re.IGNORECASE,
)
_FAILURE: Final = re.compile(r"(?:failure|lack|absence)\b", re.IGNORECASE)
"""Of recovery: what an injury is like, more often than what a treatment did."""
_BREAK: Final = re.compile(r"[,;:(]|\b(?:and|which|that|for)\b", re.IGNORECASE)


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


class _Said(NamedTuple):
    """What a sentence says of a measure."""

    direction: Direction | None = None
    cue: Cue | None = None
    affirmed: bool = True
    share: tuple[int, int] | None = None
    qualifier: str = ""


def _finding(field: str, text: str, sentence: Sentence, mention: Mention, cues: list[Cue], *, silent: bool) -> Finding:
    said = _Said() if silent else _said(text, sentence, mention, cues)
    return Finding(
        measure=mention.measure,
        direction=said.direction,
        affirmed=said.affirmed,
        share=said.share,
        qualifier=said.qualifier,
        text=text[mention.start : mention.end],
        span=Span(field=field, start=mention.start, end=mention.end),
        cue=Span(field=field, start=said.cue.start, end=said.cue.end) if said.cue and said.direction else None,
        sentence=Span(field=field, start=sentence.start, end=sentence.end),
        rule=RULE,
    )


def _said(text: str, sentence: Sentence, mention: Mention, cues: list[Cue]) -> _Said:
    if not mention.event:
        return _said_of_change(text, sentence, mention, cues)
    if is_about_another(text, mention):
        return _Said()
    said = _said_of_event(text, sentence, mention) or _said_of_change(text, sentence, mention, cues)
    return said if said.direction else _said_of_occurrence(text, sentence, mention)


def _said_of_event(text: str, sentence: Sentence, mention: Mention) -> _Said | None:
    denial = denied_event(text, sentence, mention)
    if denial is None:
        return None
    return _Said(Direction.UNCHANGED, denial.cue, False, denial.share, denial.qualifier)


def _said_of_occurrence(text: str, sentence: Sentence, mention: Mention) -> _Said:
    cue = occurred_event(text, sentence, mention)
    if cue is None:
        return _Said()
    return _Said(Direction.WORSENED, cue, share=share_of_event(text, sentence, mention))


def _said_of_change(text: str, sentence: Sentence, mention: Mention, cues: list[Cue]) -> _Said:
    place = (mention.start, mention.end)
    own = [cue for cue in cues if speaks_of(text, place, cue)]
    cue = nearest(text, place, own)
    direction = _direction(text, sentence, mention, cue) if cue else None
    if cue is None or direction is None or _is_mixed(text, sentence, mention, own, direction):
        return _Said()
    # "no difference in adverse events" denies the difference, not the events
    affirmed = mention.event or not cue.denied
    return _Said(direction, cue, affirmed, share_of(text, (sentence.start, sentence.end), cue))


def _is_mixed(text: str, sentence: Sentence, mention: Mention, cues: list[Cue], direction: Direction) -> bool:
    """Whether the sentence says both that it became better and that it became worse: "in two …, in eight …"."""
    if direction is Direction.UNCHANGED:
        return False
    plain = [cue for cue in cues if cue.change in (Change.BETTER, Change.WORSE)]
    return _OPPOSED[direction] in {_direction(text, sentence, mention, cue) for cue in plain}


def _direction(text: str, sentence: Sentence, mention: Mention, cue: Cue) -> Direction | None:
    """What a cue means for a measure; `None` where that is not sure."""
    first, last = stance.clause(text, sentence.start, sentence.end, cue.start)
    first, last = min(first, mention.start), max(last, mention.end)
    before, after = text[first : cue.start], text[cue.end : last]
    said = text[cue.start : cue.end]
    if stance.is_hypothetical(before, said, after) or stance.is_taken_back(before, said, after):
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
