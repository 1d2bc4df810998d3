"""Events that should not be (adverse events, deaths, tumours): that none occurred, or none of a kind, or that some did.

"No serious adverse events" says nothing of the others, and "adverse events were not recorded" nothing at all.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from nlp import doubt, harms, stance
from nlp.directions import Change, Cue
from nlp.lowered import lowered
from nlp.measures import Mention
from nlp.scope import has_exceptions, holds_until, last_denial
from nlp.shares import find_shares, share_of
from records.sentences import Sentence

VERSION: Final = "4"
"""Changes with every change of what is found."""
_REACH: Final = 90
"""Code points before a mention in which a denial may begin."""
_NO: Final = re.compile(
    r"\b(?:no|without|neither|nor|none of|absence of|free of|free from|lack of|zero(?! to))\W+(?:[\w-]+\W+){0,6}?$",
    re.IGNORECASE,
)
_ONE_GROUP: Final = re.compile(
    r"\bin the absence of (?:[\w-]+ ){0,6}?$|\b(?:those|patients|subjects|participants|rats|mice|animals|cases|eyes"
    r"|survival|free)"
    r" (?:with or )?without (?:[\w-]+ ){0,3}?$|\bno such $|\bwith (?:and|or) without $",
    re.IGNORECASE,
)
"""Before an event: those without it are told from those with it, or it is a condition."""
_COMPARED: Final = re.compile(
    r"(?: \([^()]*\))? (?:differ\w*|(?:was|were) (?:\w+ly )?(?:different|associated|higher|lower|related))\b",
    re.IGNORECASE,
)
_SOME_OF: Final = re.compile(
    r"\b(?:half|most|majority|quarter|some|third|percent"
    r"|%) (?:of )?[^,;]*\bnot\b",
    re.IGNORECASE,
)
"""Before an event: only some of a group had none."""
_NOT_CAUSED: Final = re.compile(
    r"\b(?:(?:did|do|does|have|has|had|is|are|was|were)(?: not|n['’]?t)|never|failed to) (?:\w+ly )?"
    r"(?:associated with|caus|detect|develop|encounter|exhibit|experienc|find|form|found|generat|give rise to|had|have"
    r"|induc|lead to|led to|observ|produc|result(?:ed)? in|reveal|see|show|suffer(?:ed)?(?: from)?"
    r"|(?<=patients did not )report|(?<=participants did not )report|(?<=subjects did not )report)\w*"
    r" (?P<kind>(?:any |an? )?(?:(?!and\b|or\b|which\b|that\b)[\w-]+ ){0,3}?)$",
    re.IGNORECASE,
)
_NOT: Final = re.compile(
    r"(?:\W+(?!but\b|and\b)[\w-]+){0,5}?\W+(?:(?:was|were|are|is|have been|had been|has been|did|does|do) (?:not|never)"
    r" (?:been )?(?:observed|seen|found|detected|noted|encountered|identified|documented|experienced|occur|develop"
    r"|arise|appear|present|evident|apparent|form)\b|(?:was|were) absent\b"
    r"|(?:was|were|occurred|developed|formed)(?: \w+)? in (?:no\b(?! more| less| fewer)|none\b|neither\b))",
    re.IGNORECASE,
)
_NONE: Final = re.compile(r"\s*[:–-]\s*none\b", re.IGNORECASE)
_OTHER_DENIAL: Final = re.compile(
    r"\b(?:differen\w+|increas\w*|decreas\w*|chang\w*|reduc\w*|rise|link|relation\w*|associat\w*|correlat\w*|affect\w*"
    r"|compromis\w*|influenc\w*|effect|effects|impact|improv\w*|worsen\w*|higher|lower|more|fewer|less|greater|risks?"
    r"|evidence for|pattern|against|cures?|role|treat\w*|therap\w+|declin\w*|outcomes?|stud(?:y|ies)|trials?|data"
    r"|information|records?|surviv\w*|benefits?|than"
    r"|causes?|due|because"
    r"|(?<!patients )(?<!participants )(?<!subjects )(?<!animals )report(?:ed|s)?"
    r"|assess\w*|collect\w*|monitor\w*|evaluat\w*|mention\w*|describ\w*|doubt|question|only|but|however)\b",
    re.IGNORECASE,
)
"""Between a *no* and an event: it is something else that there is none of."""
_NOT_LOOKED_FOR: Final = re.compile(
    r"(?:\W+[\w-]+){0,4}?\W+(?:(?:was|were|is|are) (?:\w+ly )?(?:looked for|sought|assessed|evaluated|measured"
    r"|collected|monitored|examined|analy[sz]ed|tested|expected|anticipated|planned)|data|reporting|assessment"
    r"|monitoring)\b",
    re.IGNORECASE,
)
_THERE_WERE: Final = re.compile(r"\bthere (?:was|were)\b", re.IGNORECASE)
_ON: Final = re.compile(r"\s+(?:on|upon)\b", re.IGNORECASE)
_QUALIFIER: Final = re.compile(
    r"\b(?:serious|severe|major|minor|mild|moderate|significant|relevant|unexpected|new|other|added|further|additional"
    r"|(?:intra|peri|post|pre)-?operative|immediate|early|late|long-term|short-term|acute|permanent|lasting"
    r"|persistent|life-threatening|fatal|dose-limiting"
    r"|surgical|neurological|systemic|local|infectious|[\w-]+-related|treatment-emergent|related|grade [\dIV]+)\b",
    re.IGNORECASE,
)
_SHORT: Final = {"SAE": "serious", "TEAE": "treatment-emergent"}
_KIND: Final = re.compile(
    r"(?<!\w)(?!(?:a|additional|adverse|all|an|and|animals?|any|cause|develop|experience|for|form|from|had|have|in"
    r"|induce"
    r"|no|nor|of|on|or|patients?|produce|show|signs?|such|the|to|with|without|\w+ed)\b)[\w-]{2,}(?: \([^()]*\))? $",
    re.IGNORECASE,
)
"""The word before an event tells its kind: "no bleeding complications"."""
_DUE_TO: Final = re.compile(
    r"(?:\W+[\w-]+){0,3}?\W+(?:(?:related|attribut\w+|due|linked|ascribed) to|caused by|resulting from)\b",
    re.IGNORECASE,
)
_TREATMENT: Final = re.compile(
    r" (?:[\w-]+ ){0,4}?[\w-]*(?:treat|therap|cell|transplant|graft|inject|infus|implant|procedure|surg|operat"
    r"|interven|drug"
    r"|stud|device|stimulat|administ|product|dos|medic|solution|vaccin|anesth|anaesth)",
    re.IGNORECASE,
)
_GAP: Final = r"(?:[\s()/%-]+(?!(?:no|not|never|none|neither|nor|without|than|but|who|which|that|and)\b)[\w-]+){0,6}?"
_OCCURRED: Final = re.compile(
    rf"{_GAP}\W+(?:(?:occurred|developed|formed|arose|emerged|ensued)(?! (?!in\b|at\b|after\b|during\b|within\b"
    rf"|from\b|on\b"
    r"|by\b|and\b|among\b|with\b|more\b|less\b|only\b|more\b|between\b|mainly\b|most\b|as\b|when\b|while\b)\w)"
    r"|(?:was|were|has been|have been|had been) (?:\w+ly )?(?:observed|reported|seen|detected|noted|found"
    r"|identified|experienced|diagnosed|mild|moderate|transient|manageable|self-limit\w+))\b(?! as\b)"
    r"(?! (?:in|by|from|for) (?:\w+ ){0,4}(?:studies|trials|articles|literature|papers|reports)\b)"
    r"(?! (?:in|by) (?:no|none|neither)\b)",
    re.IGNORECASE,
)
_COUNT: Final = (
    r"(?:\d{1,4}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|several|some|many|most|all|both"
    r"|single)"
)
_WAS_RELATED: Final = re.compile(r"\W+(?:was|were) (?:\w+ly )?(?:related|attributed|due) to\b", re.IGNORECASE)
_COUNTED: Final = re.compile(
    rf"(?<![\d.,>#])\b{_COUNT}\b(?!,\d)(?: \([^()]*\))?(?: (?:of|out of)(?: the| our"
    rf"| these)?(?: {_COUNT})?)?(?: (?!who\b|that\b"
    rf"|and\b)[\w-]+){{0,3}}? $",
    re.IGNORECASE,
)
_AND_SOME: Final = re.compile(rf"\band {_COUNT}\b", re.IGNORECASE)
_HAD: Final = re.compile(
    r"\b(?:had|developed|experienced|suffered(?: from)?|sustained|encountered|observed)\W+(?:(?!no\b|not\b|without\b"
    r"|fewer\b"
    r"|less\b|and\b|never\b|a history\b|(?:risk|rates?|lower\w*|reduc\w*|decreas\w*|chances?|odds|similar|incidence"
    r"|probability)\b)[\w-]+\W+){0,4}?$"
    rf"|\bthere (?:was|were) (?:only )?{_COUNT} (?:(?!no\b|and\b)[\w-]+ ){{0,3}}?$",
    re.IGNORECASE,
)
_GRAFTED: Final = re.compile(
    r"\b(?:graft\w*|transplant\w*|inject\w*|implant\w*|cells?|form(?:ed|ation)|developed|teratomas?)\b", re.IGNORECASE
)
"""What a tumour must come from: others are the patients' disease."""
_FORMED: Final = re.compile(r"(?:developed|formed)\b", re.IGNORECASE)
_WHO: Final = re.compile(r"\b(?:who|which|that|whether|when|if|where)\b[^,;]*$", re.IGNORECASE)
_DENIAL: Final = re.compile(
    r"\b(?:no|not|never|none|neither|nor|without|few(?:er)?|rare(?:ly)?|if|any)\b", re.IGNORECASE
)
_NONE_DEVELOPED: Final = re.compile(
    r"\b(?:no|none of|neither|nor)\b(?:(?! who\b| which\b| that\b| and\b)\W+[\w-]+){0,4}\W+(?:developed|experienced"
    r"|suffered from)"
    r" (?:[\w-]+,? (?:or )?){0,4}$|\b(?:did|do|does) not (?:develop|experience|cause"
    r"|induce) (?:any )?(?:[\w-]+,? (?:or )?){0,3}$",
    re.IGNORECASE,
)
_DID_NOT_DEVELOP: Final = re.compile(
    r"(?: [\w-]+){0,2}? (?:did not (?:develop|occur)|(?:was|were) not induced)\b", re.IGNORECASE
)
_COUNTED_FEW: Final = re.compile(
    rf"\b{_COUNT}\b (?:of (?:the )?\w+ )?(?:\w+ )?(?:patients?|rats?|mice|animals?|subjects?|participants?) developed",
    re.IGNORECASE,
)
_DEVELOPED: Final = re.compile(
    r"\b(?:developed|suffered from) (?:(?!no\b|less\b|and\b|from\b|for\b|to\b)[\w-]+ ){0,3}?$", re.IGNORECASE
)
_CAUSED: Final = re.compile(
    r"\b(?:transplant(?:s|ation)?|grafts?|grafting|injections?|implants?|implantation|infusion|administration"
    r"|treatments?|therapy|stimulation|(?:stem|progenitor|precursor|ensheathing|Schwann) cells?"
    r"|[A-Z]*[MNO](?:SC|PC|EC)s?)\b"
    r"(?:(?!\b(?:injur|lesion|contus|transect|hemisect|ligat|SCI|models?\b))[^,;:]){0,60}?"
    r" (?:also |even |often )?(?P<verb>caused|induced|produced|triggered|elicited|led to|resulted in)"
    r" (?:(?!no\b|less\b|and\b|from\b|for\b|to\b|of\b|in\b)[\w-]+ ){0,3}?$",
    re.IGNORECASE,
)
"""A treatment that brings a symptom on: "grafts of neural stem cells caused allodynia"."""
_DEVELOPED_AFTER: Final = re.compile(
    r"(?: (?!and\b|but\b|not\b|which\b|who\b)[\w-]+){0,3}? (?:developed|occurred|arose|emerged) (?:in|after|during"
    r"|at|within)\b",
    re.IGNORECASE,
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
    cue = _cue_before(before, after, mention) or _cue_after(text, last, mention)
    if cue is None or stance.is_hypothetical(before, "", "") or _is_limited(text, (first, last), sentence, mention):
        return None
    if stance.subject_is_control(text[first:last]) or _of_another_cause(text, mention, last):
        return None
    share = None if _AND_SOME.search(text, mention.end, last) else share_of_event(text, sentence, mention)
    return Denial(cue, _qualifier(text, cue, mention, last), share)


def _is_limited(text: str, clause: tuple[int, int], sentence: Sentence, mention: Mention) -> bool:
    """Whether a denial has exceptions, holds of a time only, or is doubted in the same sentence."""
    first, last = clause
    # "but" ends a clause: "in all but one mouse no tumours were found"
    before, after = text[max(sentence.start, first - len("all")) : mention.start], text[mention.end : last]
    if has_exceptions(before, text[mention.end : sentence.end]) or holds_until(after):
        return True
    whole = lowered(text[sentence.start : sentence.end])
    if doubt.is_absence_in_doubt(lowered(before), lowered(after)):
        return True
    return doubt.is_doubted(whole[first - sentence.start : last - sentence.start], whole)


def _of_another_cause(text: str, mention: Mention, last: int) -> bool:
    """Whether only events of a cause other than the treatment are meant: "no complications related to infection"."""
    due = _DUE_TO.match(text, mention.end, last)
    return bool(due) and not _TREATMENT.match(text, due.end() if due else last)


def occurred_event(text: str, sentence: Sentence, mention: Mention) -> Cue | None:
    """The words that say that an event occurred: "two deaths and one tumour were seen"."""
    first, last = stance.clause(text, sentence.start, sentence.end, mention.start)
    whole = text[max(first, mention.start - _REACH) : mention.start]
    before = _past_denial(whole, text[mention.end : last])
    clause = text[first:last]
    if stance.is_hypothetical(before, "", "") or stance.subject_is_control(clause) or _WHO.search(before):
        return None
    if _DENIAL.search(before) or stance.speaks_of_injury(clause, before):
        return None
    had = _had(before, mention)
    if had is None and len(before) < len(whole) and _THERE_WERE.search(whole):
        # "there were no deaths and three adverse events"
        had = _COUNTED.search(before)
    if had:
        return _cue(mention.start - len(before) + had.start(), mention.start, Change.WORSE, denied=False)
    if mention.measure == "TUMOUR" and not _GRAFTED.search(text, sentence.start, sentence.end):
        return None
    after = _OCCURRED.match(text, mention.end, last)
    if after is None and _COUNTED.search(before):
        after = _WAS_RELATED.match(text, mention.end, last)
    return _cue(mention.end, after.end(), Change.WORSE, denied=False) if after else None


def _past_denial(before: str, after: str) -> str:
    """What stands before an event behind a denial that does not reach it; else all of it."""
    denied = _NO.search(before)
    broken = last_denial(before, after, denied.start()).broken if denied else None
    return before if broken is None else before[broken:]


def _had(before: str, mention: Mention) -> re.Match[str] | None:
    """What says before an event that there was one; "patients had tumours" is no tumour of the treatment's."""
    if mention.verb:
        return _COUNTED.search(before)
    had = _HAD.search(before)
    return had if had and (mention.measure != "TUMOUR" or _FORMED.match(had.group())) else None


def denied_onset(text: str, sentence: Sentence, mention: Mention) -> Cue | None:
    """What says that a symptom did not come: "no patient developed allodynia"."""
    first, last = stance.clause(text, sentence.start, sentence.end, mention.start)
    before = text[max(first, mention.start - _REACH) : mention.start]
    if stance.is_hypothetical(before, "", "") or stance.subject_is_control(text[first:last]):
        return None
    if denied := _NONE_DEVELOPED.search(before):
        return _cue(mention.start - len(before) + denied.start(), mention.start, Change.SAME, denied=True)
    after = _DID_NOT_DEVELOP.match(text, mention.end, last)
    return _cue(mention.end, after.end(), Change.SAME, denied=True) if after else None


def onset(text: str, sentence: Sentence, mention: Mention) -> Cue | None:
    """What says that a symptom came: "three patients developed neuropathic pain"."""
    first, last = stance.clause(text, sentence.start, sentence.end, mention.start)
    before = text[max(first, mention.start - _REACH) : mention.start]
    clause = text[first:last]
    if stance.is_hypothetical(before, "", "") or stance.subject_is_control(clause) or _WHO.search(before):
        return None
    treated = harms.tells_of_treated(text[sentence.start : sentence.end]) or _COUNTED_FEW.search(before)
    if _DENIAL.search(before) or not treated or stance.speaks_of_injury(clause, before):
        return None
    if had := _DEVELOPED.search(before):
        return _cue(mention.start - len(before) + had.start(), mention.start, Change.WORSE, denied=False)
    if caused := _CAUSED.search(before):
        return _cue(mention.start - len(before) + caused.start("verb"), mention.start, Change.WORSE, denied=False)
    after = _DEVELOPED_AFTER.match(text, mention.end, last)
    return _cue(mention.end, after.end(), Change.WORSE, denied=False) if after else None


def share_of_event(text: str, sentence: Sentence, mention: Mention) -> tuple[int, int] | None:
    """In how many of how many an event occurred, where its clause says it once."""
    first, last = stance.clause(text, sentence.start, sentence.end, mention.start)
    if mention.verb:
        return share_of(
            text,
            (first, last),
            Cue(mention.start, mention.end, Change.WORSE, False, False, False, mention.start, mention.end),
        )
    shares = list(find_shares(text, first, last))
    return (shares[0].part, shares[0].whole) if len(shares) == 1 else None


def _cue_before(before: str, after: str, mention: Mention) -> Cue | None:
    start, between = None, ""
    if match := _NO.search(before):
        reach = last_denial(before, after, match.start())
        if reach.broken is not None:
            return None
        start, between = reach.start, before[reach.start :]
    elif match := _NOT_CAUSED.search(before):
        start, between = match.start(), match["kind"]
    if start is None or _ONE_GROUP.search(before) or _COMPARED.match(after) or _SOME_OF.search(before):
        return None
    if _OTHER_DENIAL.search(between) or _NOT_LOOKED_FOR.match(after):
        return None
    start += mention.start - len(before)
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
    kind = _KIND.search(text, cue.start + 1, mention.start)
    words += [kind.group().split(" (")[0].strip().lower()] if kind and not mention.verb else []
    named = text[mention.start : mention.end].upper()
    words += [said for short, said in _SHORT.items() if named.startswith(short)]
    if _DUE_TO.match(text, mention.end, last):
        words.append("related")
    return " ".join(dict.fromkeys(words))
