"""Whether a sentence reports a result at all, and of whom: aims, methods, hopes, animals left untreated."""

from __future__ import annotations

import re
from typing import Final

_NO_RESULT_SECTION: Final = re.compile(
    r"\b(?:AIMS?|BACKGROUND|DESIGN|HYPOTHES[IE]S|INTRODUCTION|METHODS?|MATERIALS?|OBJECTIVES?|PURPOSE|RATIONALE"
    r"|REGISTRATION"
    r"|OUTCOME MEASURES?|MEASURES|MEASUREMENTS|STUDY DESIGN|SETTING|INTERVENTIONS?|CONTEXT|PROTOCOL)\b"
)
_RESULT_SECTION: Final = re.compile(r"\b(?:RESULTS?|FINDINGS|CONCLUSIONS?|OUTCOMES? AND|INTERPRETATION|DISCUSSION)\b")
_AIM: Final = re.compile(
    r"\b(?:aim(?:ed|s|ing)?\b|objectives?\b|purpose\b|goal\b|hypothes(?:is|e[sd]|i[sz]ed?)\w*|we sought|whether"
    r"|we (?:ask|tested if|test if)"
    r"|to (?:assess|evaluate|determine|investigate|examine|test|explore|study|clarify|elucidate|compare|verify"
    r"|find out|see if|establish if)\b"
    r"|(?:is|are|was|were) (?:designed|intended|expected|thought|believed|supposed|needed|required|planned"
    r"|being (?:tested|studied)) "
    r"|remains? (?:unclear|unknown|controversial|to be)|(?:primary|secondary|main|key"
    r"|co-primary|two|three|four|five|following) (?:end ?-?points?|outcomes?|efficacy|measures?)\b"
    r"(?! (?:was|were|is|are)? ?(?:met|reached|achieved|improved|not met|did))|inclusion criteria|eligib"
    r"|will be|strateg(?:y|ies) (?:to|for)"
    r"|(?:this|the present|our|the) (?:systematic |narrative |scoping )?(?:review|chapter|article|overview"
    r"|commentary)\b|we (?:review|discuss|summari[sz]e)"
    r"|\b(?:no|lack of) (?:[\w-]+ ){0,3}?(?:treatments?|therap(?:y|ies)|cures?|drugs?|options?)\b"
    r"(?![- ](?:related|emergent|effects?|groups?|differences?|failures?|induced|responses?))"
    r"|^\W*included were\b|matter of debate"
    r"|need(?:s|ed)? to be|(?:urgent|unmet|pressing) (?:medical |clinical )?needs?|(?:emerging"
    r"|growing) interest"
    r"|(?:high|top) priorit|rationales?\b|under (?:active )?investigation|not (?:yet |currently |still )?available"
    r"|still (?:not available|lacking)|in view of|to inform\b"
    r"|(?:further|future|more) (?:investigations?|studies|research|work|trials)\b|mechanisms? (?:how|by which)"
    r"|(?:is|are) (?:also |further |then |briefly )?(?:discussed|reviewed|summari[sz]ed|outlined|highlighted)\b"
    r"|(?:is|are) (?:an? )?(?:critical|crucial|essential|vital|key|necessary|important|imperative|required)"
    r" (?:[\w-]+ ){0,3}?(?:for|to|in|under)\b"
    r"|is a (?:debilitating|devastating|severe|serious|life-\w+|complex) "
    r"|approach(?:es)? (?:to|for)|candidates? (?:to|for)|needed to|hop(?:e|ed|es|ing) (?:to|that|for)"
    r"|promis(?:e|ing) "
    r"|(?:studies|trials|articles|papers|reports|publications) (?:assess|evaluat|investigat|examin|test|explor)ing\b"
    r"|(?:studies|trials|articles|papers|records|publications|patients|participants) [^.;]{0,160}?\bwere (?:included"
    r"|excluded|selected|searched|eligible|retrieved|screened)\b)",
)
_ELSEWHERE: Final = re.compile(
    r"\b(?:previous(?:ly)?|earlier|prior|other|several|many) (?:studies|work|reports|trials|research|reported"
    r"|shown|data|findings)\b"
    r"|\b(?:several|many|multiple|numerous|various|some|most) (?:[\w.-]+ ){1,6}?(?:studies|trials|reports|authors) "
    r"(?:have |also )?(?:report|show|found|find|suggest|indicat|demonstrat|describ)"
    r"|\b(?:has|have) been (?:shown|reported|demonstrated|found|suggested|proposed|used|recommended|advocated)\b"
    r"|\bis known to\b"
    r"|\bare known to\b",
)
_GENERAL: Final = re.compile(
    r"\b(?:few|so far,? (?:\w+ )?)(?: \w+)? (?:strateg(?:y|ies)|treatments|therap(?:y|ies)|approaches|interventions)\b"
    r"|\b(?:is|are|remains?) (?:still |often |usually |very |extremely |highly )*(?:a )?(?:difficult|challeng\w+"
    r"|elusive|hard|impossible"
    r"|limited|poor|incomplete|rare)\b(?! in the)|\b(?:have|has|need) to (?:be )?overc[oa]me|\btogether with those\b"
    r"|\b(?:crucial|essential|vital|indispensable|prerequisite) (?:for|to)\b|\bmajor (?:obstacle|impediment|barrier"
    r"|challenge)s?\b"
    r"|\belevated plus maze\b",
)
"""What holds of the field, not of a study."""
_MODAL: Final = re.compile(
    r"\b(?:may|might|could(?! (?:significantly|markedly|effectively|not))|would|should|can(?!not)|will"
    r"|potential(?:ly)?"
    r"|possib(?:le|ly)|perhaps|likely|unlikely|if|in order to|so as to|promising|whether|suggest(?:ed|s|ing)? a"
    r"|expected|predict(?:ed|s)?"
    r"|seem(?:s|ed)? to|appear(?:s|ed)? to|tend(?:ed|s)? to|trend(?:ed|s)? (?:towards?|to)|believ(?:e|es|ed))\b",
    re.IGNORECASE,
)
_FOR: Final = re.compile(r"\bfor (?:the |a |an |better |more )?(?:\w+ )?$", re.IGNORECASE)
_THAN: Final = re.compile(r"\bthan (?:(?:at|by|for|in|of|on) )?(?:\w+ly )?$", re.IGNORECASE)
_EFFECT_OF: Final = re.compile(
    r"\b(?:efficacy|effects?|effectiveness|roles?|potential|usefulness|feasibility|mechanisms?) of\b[^,;:]*"
    r"\b(?:in|on|for|at|by) (?:\w+ly )?(?:\w+ (?:and|or) )?$",
    re.IGNORECASE,
)
_ESTABLISHED: Final = re.compile(
    r"\b(?:confirm|demonstrat|establish|prov(?:e[ds]?|ing|en)\b|show|reveal|support|verif)\w*", re.IGNORECASE
)
_TO: Final = re.compile(r"\bto (?:\w+ly )?(?:\w+ (?:and|or) )?$", re.IGNORECASE)
_REAL_TO: Final = re.compile(
    r"\b(?:able|fail(?:ed|s|ure)?|unable|shown|found|seen|observed|reported|demonstrated|prov(?:ed|en)|began"
    r"|begun|continued|start(?:ed|s)"
    r"|help(?:ed|s)?|sufficient|led|leads?|leading|managed|contribut(?:ed|es|ing)|due|compared|superior"
    r"|similar|went on) to "
    r"(?:\w+ly )?(?:\w+ (?:and|or) )?$",
    re.IGNORECASE,
)
_WILL: Final = re.compile(r"(?: [\w-]+){0,6}? (?:will|may|might|would)\b", re.IGNORECASE)
_OPEN_DENIAL: Final = re.compile(r"\b(?:may|might|if|whether|would|should|how)\b", re.IGNORECASE)
_HEADLINE: Final = re.compile(r"\W*(?:\w+ (?:and|or) )?$")
_GERUND: Final = re.compile(r"\w+ing\b", re.IGNORECASE)
_EXAMINED: Final = re.compile(
    r"\W+(?:\w+\W+){0,4}?(?:was|were|is|are|be) (?:then |also |further |regularly |subsequently )?(?:assess"
    r"|analy[sz]|determin|evaluat|examin|investigat"
    r"|measur|monitor|quantif|record|scored|studied|tested|compared)\w*\b(?!.{0,60}\b(?:and|which) (?:found"
    r"|showed|shown|revealed))",
    re.IGNORECASE,
)
_UNDONE_AFTER: Final = re.compile(
    r"^\W*(?:less|out)\b"
    r"|^(?:\W+[\w-]+){0,8}?\W+(?:can|could|may) be (?:\w+ly )?(?:prevented|abolished|blocked|reversed|overcome"
    r"|neutrali[sz]ed)\b"
    r"|\b(?:not|non-?|without(?: (?:reach|achiev|attain)ing)?|did not reach) ?(?:statistically |statistical )?"
    r"significan\w+"
    r"|^(?:\W+[\w-]+){0,8}?\W+(?:was|were|is|are) (?:then |subsequently |completely |partly |partially )?(?:lost"
    r"|prevented|abolished|abrogated|blocked|reversed|negated|eliminated|transient)\b",
    re.IGNORECASE,
)
_UNDONE_BEFORE: Final = re.compile(
    r"\bnot fail\w*\b|\b(?:fail\w*|unable|not) (?:of (?:[\w-]+ ){1,5}?)?to (?:prevent|stop|halt|reverse|attenuate"
    r"|block)\b"
    r"|\bnot (?:been |be )?(?:\w+ly )?(?:abolish|attenuate|block|eliminat|halt|lost\b|prevent|reverse|stop"
    r"|suppress)\w*",
    re.IGNORECASE,
)
_TREATED: Final = re.compile(
    r"\b(?:treat(?:ed|ment)|transplant\w*|graft\w*|inject\w*|implant\w*|administ\w*|therap\w+|infus\w+|cells?"
    r"|MSCs?|NSCs?|NPCs?|OECs?|OPCs?"
    r"|exosomes?|vesicles?|stimulat\w+|training|scaffold\w*|hydrogel\w*|drug|inhibit\w+|knock\w+|deliver\w+"
    r"|interven\w+|surg\w+|combin\w+"
    r"|receiv\w+|experimental|compared|versus|vs|than)\b",
    re.IGNORECASE,
)
_INJURY: Final = re.compile(
    r"\b(?:injur\w+|T?SCIs?|contus\w+|transect\w+|hemisect\w+|lesion(?:ed|s)?|trauma|surgery|compression|damage)\b",
    re.IGNORECASE,
)
_INJURY_CAUSES: Final = re.compile(
    r"(?:\binjury|\bSCI|\bcontusion|\btransection|\bhemisection|\btrauma|\blesion|\bcompression)\W+(?:\w+\W+){0,4}?"
    r"(?:caus\w+|lead\w*|led|result\w*|induc\w+|impair\w*|reduc\w+|decreas\w+|produc\w+|associated|cause"
    r"|increas\w+)\b",
    re.IGNORECASE,
)
_HEALTHY: Final = re.compile(
    r"\b(?:sham|intact|uninjured|na[iï]ve|normal|healthy|non-?injured|baseline|pre-?injury|before injury)\b",
    re.IGNORECASE,
)
_CONTROL: Final = re.compile(
    r"\b(?:(?<!bladder )(?<!bowel )(?<!motor )(?<!pain )(?<!postural )(?<!sphincter )(?<!trunk )(?<!tumor )"
    r"(?<!urinary )"
    r"controls?|placebo|vehicle|untreated|saline|PBS|sham|DMEM|medium|media|non-?treated|injury[- ](?:only"
    r"|alone)|SCI[- ](?:only|alone)"
    r"|lesion[- ]only|model group|SCI group|injury group|SCI (?:rats|mice|animals)"
    r"|fibroblasts?)(?:[- ](?:treated|injected|grafted"
    r"|receiving|transplanted))?\b",
    re.IGNORECASE,
)
_COMPARISON: Final = re.compile(
    r"\b(?:than|compared|comparison|relative to|versus|vs\.?|over|from|as opposed to|in contrast (?:to|with)"
    r"|unlike|between|beyond|contrary to"
    r"|as compared|similar to|comparable to|with respect to|equal to|superior to|inferior to|rather than|above"
    r"|against|differ\w* from|not in|but not)\b",
    re.IGNORECASE,
)
_GROUP_TREATED: Final = re.compile(
    r"\b(?:(?<!un)(?<!non-)treat(?:ed|ment)|transplant\w*|graft\w*|therapy|MSCs?|NSCs?|NPCs?|OECs?|OPCs?"
    r"|exosomes?|both|all|two|groups|cells?)\b",
    re.IGNORECASE,
)
_BEFORE_TREATMENT: Final = re.compile(
    r"\b(?:at (?:study )?(?:baseline|entry|inclusion)|baseline (?:\w+ ){0,3}(?:was|were|did|characteristics|values"
    r"|scores?)"
    r"|before (?:the )?(?:injury|treatment|surgery|transplantation|intervention|any|randomi[sz]ation|operation)"
    r"|pre-?operative(?:ly)?|pre-?treatment|prior to (?:the )?(?:injury|treatment|surgery|transplantation)"
    r"|before the procedure|pre-?procedur\w+|pre-?intervention\w*"
    r"|pre-?injury)\b"
    r"(?! (?:and|to|or|than|versus|vs)\b)",
    re.IGNORECASE,
)
_IN_ALL_GROUPS: Final = re.compile(
    r"\b(?:(?:in|for|within|of) (?:both|all|each|the two|the three|either|every) (?:[\w-]+ ){0,2}?(?:groups?|arms?)"
    r"|both (?:\w+ )?"
    r"(?:groups|arms) (?:\w+ ){0,2}?(?:improv|increas|recover|show|had)|over time)",
    re.IGNORECASE,
)
_NO_DIFFERENCE: Final = re.compile(
    r"\b(?:(?:no|without(?: any)?|not) (?:[\w-]+ ){0,4}?(?:differen\w+|effects?|differ|benefits?|superior\w*"
    r"|influence|interaction)"
    r"|(?:was|were) (?:similar|comparable|equal|equivalent))\b",
    re.IGNORECASE,
)
_CLAUSE: Final = re.compile(
    r"[;:]|,? (?:but|while|whereas|whilst|although|though|however|yet)\b|, and (?=(?:the|in|no|this|these|they"
    r"|it|both|their|his|her|its|an?|more|less|fewer|greater|higher|lower|larger|smaller|significantly)\b)",
    re.IGNORECASE,
)


_REFERENCE: Final = re.compile(
    r"\b\d{1,4}(?: ?\(\d{1,3}\))? ?: ?[A-Z]?\d{1,6} ?[-–—±] ?[A-Z]?\d{1,6}\b|\(\d{4}\) \d{1,4}[-–—]\d{1,4}"
    r"|\b(?:19|20)\d\d; ?\d+|\(\d{4}[a-z]?\) [A-Z][a-z]+ (?:\w+ ){3,}|\b(?:CrossRef|PubMed|Medline|doi:)|, (?:J"
    r"|Exp)\.$",
)
"""An entry of a list of references: its title is the finding of others."""


def may_report(section: str) -> bool:
    """Whether results stand in a section of this name."""
    return bool(_RESULT_SECTION.search(section)) or not _NO_RESULT_SECTION.search(section)


def states_no_result(sentence: str) -> bool:
    """Whether the whole sentence is about an aim, a plan, a question or the work of others."""
    lowered = sentence.lower()
    if _AIM.search(lowered) or _ELSEWHERE.search(lowered) or _GENERAL.search(lowered):
        return True
    return sentence.rstrip().endswith("?") or bool(_REFERENCE.search(sentence))


def denies_difference(sentence: str) -> bool:
    """Whether all groups improved alike: the treatment is not what did it."""
    return bool(_IN_ALL_GROUPS.search(sentence) and _NO_DIFFERENCE.search(sentence))


def is_alike(sentence: str) -> bool:
    """Whether groups do not differ, all went the same way, or nothing had been done to them yet."""
    return any(words.search(sentence) for words in (_NO_DIFFERENCE, _IN_ALL_GROUPS, _BEFORE_TREATMENT))


def names_control(text: str) -> bool:
    """Whether a control group is named outside a comparison."""
    compared = _COMPARISON.search(text)
    return bool(_CONTROL.search(text, 0, compared.start() if compared else len(text)))


def may_be_unchanged(sentence: str, around: str) -> bool:
    """Whether "no difference" is a result: not of the control group, and not from before the treatment."""
    return not subject_is_control(around) and not _BEFORE_TREATMENT.search(sentence)


def clause(text: str, start: int, end: int, at: int) -> tuple[int, int]:
    """The clause around ``at`` of the sentence ``start`` … ``end``."""
    cuts = [start, *(match.start() for match in _CLAUSE.finditer(text, start, end)), end]
    first = max(cut for cut in cuts if cut <= at)
    return first, min(cut for cut in cuts if cut > at) if at < end else end


def is_hypothetical(before: str, cue: str, after: str) -> bool:
    """Whether a cue between the two halves of its clause is only wished for, possible, or about to be measured."""
    # "Restoring function by grafts" is a heading, and "promoting recovery is a task" a task.
    if _GERUND.match(cue) and _HEADLINE.match(before):
        return True
    if _MODAL.search(before if _GERUND.match(cue) else before[-90:]) or _WILL.match(after):
        return True
    if _OPEN_DENIAL.search(cue) or _FOR.search(before) or _THAN.search(before):
        return True
    if _EFFECT_OF.search(before) and not _ESTABLISHED.search(before):
        return True
    if _TO.search(before) and not _REAL_TO.search(before):
        return True
    return bool(_EXAMINED.match(after))


def is_taken_back(before: str, cue: str, after: str) -> bool:
    """Whether the words of and around a cue undo it: not significant, lost again, its failing failed."""
    return bool(_UNDONE_AFTER.search(after) or _UNDONE_BEFORE.search(before + cue))


def speaks_of_injury(sentence: str, before: str) -> bool:
    """Whether a fall is the injury's doing, or only measured against animals that were never injured."""
    if not _INJURY.search(sentence) and not _HEALTHY.search(sentence):
        return False
    if _INJURY_CAUSES.search(before[-80:]) and not _TREATED.search(before):
        return True
    compared = _COMPARISON.search(sentence)
    if compared and _HEALTHY.search(sentence, compared.end()) and not _CONTROL_NOT_SHAM.search(sentence):
        return True
    return not _TREATED.search(sentence)


_CONTROL_NOT_SHAM: Final = re.compile(
    r"\b(?:placebo|vehicle|untreated|saline|PBS|(?<!sham )(?<!intact )(?<!normal )(?<!healthy )controls?)\b",
    re.IGNORECASE,
)


def subject_is_control(text: str) -> bool:
    """Whether a clause is about the control group: it names one outside a comparison, and no treated group."""
    compared = _COMPARISON.search(text)
    subject = text[: compared.start()] if compared else text
    return bool(_CONTROL.search(subject)) and not _GROUP_TREATED.search(_CONTROL.sub(" ", subject))


def compares_with_treated(text: str) -> bool:
    """Whether what a clause compares with is the treated group."""
    compared = _COMPARISON.search(text)
    return bool(compared and _GROUP_TREATED.search(text, compared.end()) and not _CONTROL.search(text, compared.end()))
