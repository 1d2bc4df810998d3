"""Findings: what a sentence says of an outcome measure, and whether that is an improvement.

A direction is given only where a sentence reports a result of its own; see ``docs/evidence.md``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from nlp import credit, directions, doubt, events, harms, shares, stance
from nlp.attachment import is_joined, is_predicate, is_value, speaks_of
from nlp.chance import may_be_chance
from nlp.context import is_no_outcome, net_change, opposite
from nlp.directions import Change, Cue, find_cues, nearest
from nlp.events import denied_event, denied_onset, is_about_another, occurred_event, onset, share_of_event
from nlp.lowered import lowered
from nlp.measures import Mention
from nlp.shares import share_of
from records.annotation import Direction, Finding, Span
from records.sentences import Sentence

VERSION: Final = "7"
"""Changes with every change of what is found."""
RULE: Final = f"findings@{VERSION}.{directions.VERSION}.{events.VERSION}.{shares.VERSION}"

_OPPOSED: Final = {Direction.IMPROVED: Direction.WORSENED, Direction.WORSENED: Direction.IMPROVED}
_RECEIVED: Final = re.compile(
    r"\b(?:achiev|demonstrat|display|exhibit|experienc|found|indicat|led to|lead(?:s|ing)? to|made|observ|occur|produc"
    r"|report|result|reveal|saw|seen|show|significant|strong|robust|substantial|remarkabl|marked)\w*\b",
    re.IGNORECASE,
)
_SYMPTOMS: Final = frozenset({"ALLODYNIA", "AUTONOMIC_DYSREFLEXIA", "HYPERALGESIA", "PAIN", "SPASTICITY"})
"""Measures that are symptoms too: they can come."""
_FORMATION: Final = re.compile(r"formation|genesis|genic|teratoma", re.IGNORECASE)
_LESS_OF: Final = re.compile(
    r" (?:scores? )?(?:reductions?|relief|improvements?|recovery)\b[^,;]{0,80}? (?:was|were) (?:\w+ly )?"
    r"(?:less|lower|poorer|smaller|worse)\b",
    re.IGNORECASE,
)
_AND: Final = re.compile(r"\band\b", re.IGNORECASE)
_DENIED: Final = re.compile(r"\b(?:not|no|never|cannot)\b|n['’]t\b", re.IGNORECASE)
_FAILURE: Final = re.compile(r"(?:failure|lack|absence)\b", re.IGNORECASE)
"""Of recovery: what an injury is like, more often than what a treatment did."""
_BUT_THEN: Final = re.compile(
    r"\bbut,? (?:(?P<be>was|were|had|became)|then|later|only|did|at|on|by|from|after|the|both|weeks?|months?|days?|\d+"
    r"|\w+ly|[ ,])*$",
    re.IGNORECASE,
)
"""Between a change that was denied and one of the same thing."""
_AT_A_TIME: Final = re.compile(
    r"\s*(?:[.,;(]|$|(?:at|in|by|after|from|on|over|thereafter|later|until|when)\b)", re.IGNORECASE
)
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
        reports_results: False for plans (registrations) and notices about other works: directions stay open.
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
        said = _said_of_change(text, sentence, mention, cues)
        return _said_of_onset(text, sentence, mention) if mention.measure in _SYMPTOMS and not said.direction else said
    if is_about_another(text, mention):
        return _Said()
    said = _said_of_event(text, sentence, mention) or _said_of_change(text, sentence, mention, cues)
    return said if said.direction else _said_of_occurrence(text, sentence, mention)


def _said_of_onset(text: str, sentence: Sentence, mention: Mention) -> _Said:
    """What is said of a symptom that comes or does not: "three patients developed neuropathic pain"."""
    if denied := denied_onset(text, sentence, mention):
        return _Said(Direction.UNCHANGED, denied, affirmed=False)
    cue = onset(text, sentence, mention)
    if cue is None:
        return _Said()
    return _Said(Direction.WORSENED, cue, share=share_of_event(text, sentence, mention))


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
    if not cues or is_no_outcome(text, text[sentence.start : sentence.end], mention):
        return _Said()
    own = [
        cue for cue in cues if speaks_of(text, place, cue) and not (mention.event and _is_beside(text, mention, cue))
    ]
    cue = nearest(text, place, [cue for cue in own if not is_value(text, cue)]) or nearest(text, place, own)
    direction = _direction(text, sentence, mention, cue) if cue else None
    if cue is None or direction is None or _is_mixed(text, sentence, mention, own, direction):
        return _Said()
    if _is_in_doubt(text, sentence, mention, cue, direction) or (cue.denied and _changed_later(text, cue, cues)):
        return _Said()
    # "no difference in adverse events" denies the difference, not the events
    affirmed = mention.event or not cue.denied
    return _Said(direction, cue, affirmed, share_of(text, (sentence.start, sentence.end), cue))


def _is_beside(text: str, mention: Mention, cue: Cue) -> bool:
    """Whether a cue says nothing of events: the "effects" of their name, or "reduced strength and complications"."""
    if mention.measure == "TUMOUR" and not _FORMATION.search(text[mention.start : mention.end]):
        return True
    if mention.measure == "DEATH" and not cue.denied:
        return True
    if cue.start < mention.end and mention.start < cue.end:
        return True
    return cue.end <= mention.start and not cue.denied and bool(_AND.search(text[cue.end : mention.start]))


def _is_mixed(text: str, sentence: Sentence, mention: Mention, cues: list[Cue], direction: Direction) -> bool:
    """Whether the sentence says it both ways: "in two …, in eight …", "in both groups, with no difference"."""
    if direction is Direction.IMPROVED and stance.denies_difference(text[sentence.start : sentence.end]):
        return True
    if _LESS_OF.match(text, mention.end, sentence.end):
        # "pain reduction was less": less of the better
        return True
    if len(cues) == 1:
        return False
    behind = [cue for cue in cues if cue.start >= mention.end and not is_value(text, cue)]
    if direction is not Direction.UNCHANGED and behind and all(cue.change is Change.SAME for cue in behind):
        # "the increase in pain was similar in both groups"
        return True
    behind = [cue for cue in cues if cue.start >= mention.end or cue.change in (Change.BETTER, Change.WORSE)]
    others = {_meaning(text, sentence, mention, cue) for cue in behind} - {None, direction}
    # "improved in one and remained unchanged in three" has improved in one
    return bool(others - {Direction.UNCHANGED})


def _is_in_doubt(text: str, sentence: Sentence, mention: Mention, cue: Cue, direction: Direction) -> bool:
    """Whether the sentence has exceptions, does not stand by what it says, or gives others the credit for it."""
    whole = lowered(text[sentence.start : sentence.end])
    if direction is Direction.UNCHANGED:
        return cue.denied and credit.has_exception(whole)
    first, last = _around(text, sentence, mention, cue)
    clause = whole[first - sentence.start : last - sentence.start]
    if doubt.is_doubted(clause, whole):
        return True
    if direction is Direction.WORSENED:
        return False
    if credit.is_not_the_treatments(whole, whole[cue.end - sentence.start :]) or credit.is_of_a_part(whole):
        return True
    return credit.is_of_all_alike(clause, whole)


def _changed_later(text: str, denied: Cue, cues: list[Cue]) -> bool:
    """Whether what did not change at first did so then: "no different at 4 weeks but higher at 8 weeks"."""
    later = (cue for cue in cues if cue.start > denied.end and cue.change is not Change.SAME)
    return any(
        (but := _BUT_THEN.search(text, denied.end, cue.start))
        and (but["be"] or cue.comparative or _AT_A_TIME.match(text, cue.end))
        for cue in later
    )


def _direction(text: str, sentence: Sentence, mention: Mention, cue: Cue) -> Direction | None:
    """What a cue means for a measure; `None` where that is not sure."""
    direction = _meaning(text, sentence, mention, cue)
    if direction is Direction.IMPROVED and mention.event:
        return direction if cue.comparative or _is_told(text, sentence, mention, cue) else None
    if direction is not Direction.WORSENED:
        return direction
    whole = text[sentence.start : sentence.end]
    if is_joined(text, (mention.start, mention.end), cue) or not harms.tells_of_treated(whole):
        return None
    first, last = _around(text, sentence, mention, cue)
    injured = stance.speaks_of_injury(text[first:last], text[first : cue.start])
    return Direction.WORSENED if not injured and _is_told(text, sentence, mention, cue) else None


def _is_told(text: str, sentence: Sentence, mention: Mention, cue: Cue) -> bool:
    """Whether a change is said to have come about, and not only named."""
    if is_predicate(text, (mention.start, mention.end), cue):
        return True
    first, last = _around(text, sentence, mention, cue)
    begins, ends = min(mention.start, cue.start), max(mention.end, cue.end)
    return harms.was_brought_about(text[first:begins], text[cue.start : cue.end], text[ends:last])


def _around(text: str, sentence: Sentence, mention: Mention, cue: Cue) -> tuple[int, int]:
    """The clause of the cue, as far as the mention."""
    first, last = stance.clause(text, sentence.start, sentence.end, cue.start)
    return min(first, mention.start), max(last, mention.end)


def _meaning(text: str, sentence: Sentence, mention: Mention, cue: Cue) -> Direction | None:
    """Which way a cue points, whoever it is that was harmed."""
    first, last = _around(text, sentence, mention, cue)
    if _is_open(text[first : cue.start], text[cue.start : cue.end], text[cue.end : last], cue):
        return None
    if cue.change is not Change.SAME and may_be_chance(
        text[first : cue.start], text[_end_of_change(text, mention, cue) : sentence.end]
    ):
        return None
    if mention.event and cue.change in (Change.BETTER, Change.WORSE):
        return None
    change = net_change(text, mention, cue)
    # "bladder control" is no control group
    around = f"{text[first : mention.start]} … {text[mention.end : last]}"
    if change is Change.SAME:
        same = stance.may_be_unchanged(text[sentence.start : sentence.end], around)
        return Direction.UNCHANGED if same else None
    if change and stance.subject_is_control(around):
        change = opposite(change) if stance.compares_with_treated(around) else None
    if change is None:
        return None
    return Direction.IMPROVED if change is Change.BETTER else Direction.WORSENED


def _end_of_change(text: str, mention: Mention, cue: Cue) -> int:
    """Behind a change and its measure, where its p-value stands: "declines in A (p = 0.05) and B (p = 0.02)"."""
    return cue.end if text.startswith((" (", "("), cue.end) else max(cue.end, mention.end)


def _is_open(before: str, said: str, after: str, cue: Cue) -> bool:
    """Whether a cue reports nothing in the end: a wish, a change taken back, or an outcome only named."""
    if stance.is_hypothetical(before, said, after) or stance.is_taken_back(before, said, after):
        return True
    return cue.weak and (bool(_FAILURE.match(said)) if cue.denied else not _is_reported(before, after))


def _is_reported(before: str, after: str) -> bool:
    """Whether an outcome that is only named ("recovery") is said to have come about."""
    near, behind = _BREAK.split(before[-60:])[-1], _BREAK.split(after[:60])[0]
    if _DENIED.search(near) or _DENIED.search(behind):
        return False
    return bool(_RECEIVED.search(near) or _RECEIVED.search(behind))
