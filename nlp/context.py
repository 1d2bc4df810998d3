"""What the words around a mention make of it: a place, a model, a part of another name; and which way is better then.

"Axons grew into the cavity" says nothing of the cavity's size; "fewer errors on the ladder" nothing bad of the walk.
"""

from __future__ import annotations

import re
from typing import Final

from nlp.directions import Change, Cue
from nlp.measures import Mention

_NEAR: Final = 60
"""Code points before and after a mention that are looked at."""

_PLACES: Final = frozenset({"CAVITY", "GLIAL_SCAR", "LESION_VOLUME"})
"""Measures whose names are also names of places."""
_EXTENT: Final = re.compile(
    r"(?:size|volume|length|extent|formation|damage|loss|injury|cavitation|gliosis)s?$", re.IGNORECASE
)
"""A name that ends so is of a quantity, wherever it stands."""
_AT: Final = re.compile(
    r"\b(?:across|adjacent to|along|around|at|away from|beyond|border(?:ing|s)?|bridg(?:e[ds]?|ing)|caudal to"
    r"|cross(?:ed|es"
    r"|ing)?|enter(?:ed|ing|s)?|fill(?:ed|ing|s)?|from|inside|into|near|outside|over|past|penetrat\w+|rostral to"
    r"|surround\w*|through|throughout|to|towards?|via|within|in|of) (?:(?:an?|the|this|these"
    r"|that)\W+)?(?:[\w-]+\W+){0,2}?$",
    re.IGNORECASE,
)
_QUANTITY_OF: Final = re.compile(
    r"\b(?:alterations?|amount|areas?|changes?|decreases?|density|developments?|diameters?|differences?|effects?"
    r"|expansion"
    r"|extents?|disappearance|closure|filling|resolution|formation|growth|impact|improvements?|increases?|inhibition"
    r"|lengths?|levels?|numbers?|percentage|prevention"
    r"|proportion|reductions?|sizes?|shrinkage|thickness|volumes?|width|respect|regard|terms) (?:in|of|to) "
    r"(?:(?:an?|the|this|these) )?(?:[\w-]+ ){0,2}?$",
    re.IGNORECASE,
)
_PLACE_NOUN: Final = re.compile(
    r"[\s-]+(?:borders?|cent(?:er|re)s?|edges?|environments?|margins?|penumbra|regions?|rims?|sites?|tissues?|walls?"
    r"|zones?)\b",
    re.IGNORECASE,
)
_NO_RESULT_BEFORE: Final = re.compile(
    r"(?:\bnon-|\banti-|\bpro-(?=apopt)|\bmodels? of (?:[\w-]+,? (?:and |or )?){0,3}|\btimes? (?:to|of"
    r"|until) (?:the )?(?:first )?"
    r"|\belevated plus maze, (?:the )?|\bEuroQo?L |\bEQ[- ]|\bpathogenesis of (?:\w+ )?|\bpathophysiology of (?:\w+ )?"
    r"|\bmarkers? of (?:\w+ )?|\bindependent of (?:\w+ )?|\bcorrelat\w+ with (?:\w+ ){0,2}|\bassociated with (?:\w+ )?"
    r"|\bpatients with (?:[\w-]+ ){0,3}|\bmeasures? of (?:\w+ )?|\bdue to (?:\w+ )?|\bcontrolling (?:\w+ )?"
    r"|\b(?:influence|effects?|impact"
    r"|role) of (?:\w+ )?|\btarget[- ](?:vessel|lesion) "
    r"|\b(?:after|before|following|prior to) (?:the )?|\bat (?:any|each|all|every) (?:levels?|stages?) of "
    r"|\b(?:treatment|management|diagnosis|assessment|options) (?:of|for) (?:\w+ )?|\b(?:during|dose of"
    r"|doses of) (?:the )?)$",
    re.IGNORECASE,
)
"""Before a name: the sentence speaks of a model, a cause, a marker, a time, not of the outcome."""
_NO_RESULT_AFTER: Final = re.compile(
    r"\s*\(?-/-|[\s-]+(?:costs?|knock-?outs?|null|deficient|models?|guidelines?|cohort|trials?|patients?|mice|rats"
    r"|animals|medications?|treatments?"
    r"|management|therap(?:y|ies)|drugs?|clinics?|programs?|programmes?|prevention|inhibitors?|genes?|pathways?"
    r"|signal+ing"
    r"|receptors?|behaviou?rs?(?= (?:as|among|in))|stud(?:y|ies)|expectanc\w+|catastrophizing|prevalence"
    r"|exercises?)\b",
    re.IGNORECASE,
)
_TUMOUR_TEXT: Final = re.compile(
    r"\b(?:gliomas?|glioblastomas?|carcinomas?|cancers?|leuk[a]?emi\w+|lymphomas?|melanomas?|GBM|HER2|siRNA"
    r"|cell lines?|neuroblastomas?|sarcomas?"
    r"|tumou?r (?:cells?|growth))\b",
    re.IGNORECASE,
)
_OF_CELLS: Final = frozenset({"ANGIOGENESIS", "APOPTOSIS", "CELL_SURVIVAL", "NEURONAL_SURVIVAL"})
"""What is good for a cord and bad in a tumour, or the other way round."""

_DEFICIT_AFTER: Final = re.compile(
    r"\s+(?:deficits?|impairments?|dysfunctions?|loss|disabilit(?:y|ies)|disturbances?|damage|decline"
    r"|deterioration)\b",
    re.IGNORECASE,
)
_DEFICIT_BEFORE: Final = re.compile(
    r"\b(?:loss|impairments?|deficits?|dependen(?:ce|cy)|difficult(?:y|ies)|lack|limitations?|deterioration"
    r"|disturbances?) (?:of|in) (?:the )?(?:\w+(?:/or)?,? ){0,3}$",
    re.IGNORECASE,
)
_LATENCY: Final = re.compile(r"\blatenc(?:y|ies)\b", re.IGNORECASE)
_ERRORS: Final = re.compile(
    r"\b(?:errors?|faults?|slips?|falls?|missteps?|mistakes?|misses|failures?|drags?)\b", re.IGNORECASE
)
_TESTS: Final = frozenset({"GAIT", "GRIP", "LADDER", "LOCOMOTION", "ROTAROD"})
"""Tests whose errors are counted."""
_OPPOSITE: Final = {
    Change.HIGHER: Change.LOWER,
    Change.LOWER: Change.HIGHER,
    Change.BETTER: Change.WORSE,
    Change.WORSE: Change.BETTER,
}
_CHANGE_AFTER: Final = re.compile(
    r"(?: (?:scores?|intensity|levels?))? (?P<lower>reductions?|relief|decreases?|declines?|drops?)\b"
    r"|(?: (?:scores?|intensity|levels?))? (?P<higher>increases?|elevations?|rises?)\b"
    r"|(?: (?:scores?|intensity|levels?))? (?:changes?|differences?)\b",
    re.IGNORECASE,
)
_NOMINAL: Final = re.compile(
    r"(?:inhibition|declines?|suppression|deterioration|decreases?|reductions?|delays?|exacerbation|aggravation"
    r"|increases?"
    r"|elevations?|rise|fall|drop|worsening|improvements?"
    r"|recovery|regeneration|preservation|protection|gains?|benefits?|restoration|enhancement|promotion)$",
    re.IGNORECASE,
)
_UNDOING_NOUN: Final = re.compile(
    r"\b(?:delay|reduction|decrease|prevention|inhibition|attenuation|suppression|reversal|reduced|less) (?:in "
    r"|of )?(?:the )?$",
    re.IGNORECASE,
)
_GOOD: Final = re.compile(
    r"\b(?:improvements?|recovery|gains?|benefits?|restoration|preservation) (?:of|in|on)\b", re.IGNORECASE
)
_UNDOING: Final = re.compile(
    r"\b(?:abolish|abrogat|alleviat|ameliorat|attenuat|block|counteract|decreas|diminish|eliminat|halt|inhibit"
    r"|lessen|limit"
    r"|mitigat|neutraliz|neutralis|overc[oa]m|prevent|protect|reduc|reliev|remov|rescu|revers|slow|stop|suppress)\w*"
    r"(?: (?!and\b|or\b|in\b|with\b|by\b)[\w-]+){0,4} $",
    re.IGNORECASE,
)


def is_no_outcome(text: str, sentence: str, mention: Mention) -> bool:
    """Whether the words around a mention leave nothing to say of it: it is a place, a model, a marker, a tumour's."""
    before, after = text[max(0, mention.start - _NEAR) : mention.start], text[mention.end : mention.end + _NEAR]
    if _NO_RESULT_BEFORE.search(before) or _NO_RESULT_AFTER.match(after):
        return True
    if mention.measure in _OF_CELLS and _TUMOUR_TEXT.search(sentence):
        return True
    return mention.measure in _PLACES and _is_place(before, text[mention.start : mention.end], after)


def _is_place(before: str, name: str, after: str) -> bool:
    if _EXTENT.search(name):
        return False
    if _PLACE_NOUN.match(after):
        return True
    return bool(_AT.search(before)) and not _QUANTITY_OF.search(before)


def net_change(text: str, mention: Mention, cue: Cue) -> Change | None:
    """Better, worse or the same: what is named, and what undoes a change, decide what higher and lower mean.

    Returns:
        `None` where two changes meet and it is not sure which way they go together.
    """
    change = cue.change
    if change is Change.SAME:
        return change
    named = _CHANGE_AFTER.match(text, mention.end)
    if named and not named.start() <= cue.word_start < named.end():
        if change not in (Change.HIGHER, Change.BETTER) or not (named["lower"] or named["higher"]):
            return None
        change = Change.LOWER if named["lower"] else Change.HIGHER
    if named and _UNDOING_NOUN.search(text[max(0, mention.start - _NEAR) : mention.start]):
        return None
    undone = bool(
        _NOMINAL.match(text[cue.word_start : cue.word_end])
        and _UNDOING.search(text[max(0, cue.start - _NEAR) : cue.start])
    )
    if change is Change.LOWER and cue.end <= mention.start and _GOOD.search(text[cue.end : mention.start]):
        return None
    if change in (Change.HIGHER, Change.LOWER):
        better = (change is Change.HIGHER) is _is_higher_better(text, mention, cue)
        change = Change.BETTER if better else Change.WORSE
    if not undone:
        return change
    return Change.BETTER if change is Change.WORSE else None


def opposite(change: Change) -> Change:
    """The other way round."""
    return _OPPOSITE[change]


def _is_higher_better(text: str, mention: Mention, cue: Cue) -> bool:
    """Which way is better for the quantity that the text names."""
    between = text[mention.end : cue.start] or text[cue.end : mention.start]
    higher_is_better = mention.higher_is_better
    if _DEFICIT_AFTER.match(text, mention.end) or _DEFICIT_BEFORE.search(
        text[max(0, mention.start - 40) : mention.start]
    ):
        higher_is_better = not higher_is_better
    if mention.measure in ("MEP", "SSEP"):
        named = text[max(0, mention.start - 15) : mention.end + 12]
        if _LATENCY.search(named) or _LATENCY.search(between):
            return False
    if mention.measure in _TESTS and mention.higher_is_better and _ERRORS.search(between):
        return False
    return higher_is_better
