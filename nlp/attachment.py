"""Whether a cue is said of a thing: the grammar of English statements about outcomes, as far as word order tells it.

A cue before the thing has it for its object ("reduced the lesion volume", "an improvement in gait", "higher scores on
the BBB scale"); a cue after it has it for its subject ("gait improved", "the lesion volume was reduced"). Everything
that does not fit one of these is about something else.
"""

from __future__ import annotations

import re
from typing import Final

from nlp.directions import Change, Cue

FARTHEST_WORDS: Final = 14
"""Between a subject and its verb."""
_FARTHEST_OBJECT: Final = 9
_FARTHEST_SAME: Final = 22

_INTRANSITIVE: Final = re.compile(
    r"(?:improv|increas|decreas|declin|deteriorat|worsen|recover|r[io]se|fall|fell|drop|climb|grew|doubl|tripl"
    r"|normali|plateau"
    r"|stabili|convert|diminish|walk)\w*$",
    re.IGNORECASE,
)
_OBJECT_FORM: Final = re.compile(r"(?:ing|[^s]s|[^e]e|te|ve|ce|[bkt])$", re.IGNORECASE)
_PAST: Final = re.compile(r"(?:ed|halved)$", re.IGNORECASE)
_NOUN: Final = re.compile(
    r"(?:ments?|tions?|increases?|decreases?|declines?|drops?|gains?|recovery|regeneration|relief|reversal|rise|fall"
    r"|benefits?|boost|protection|preservation|deterioration|increment|delay)$",
    re.IGNORECASE,
)
_BE: Final = re.compile(
    r"\b(?:is|are|was|were|be|been|being|became|becomes?|remain(?:ed|s)?|stay(?:ed|s)?|appeared|seemed"
    r"|got)\b",
    re.IGNORECASE,
)
_SHOWED: Final = re.compile(
    r"\b(?:show(?:ed|s|n|ing)?|exhibit(?:ed|s|ing)?|demonstrat(?:ed|es?|ing)|reveal(?:ed|s|ing)?|had|has|have"
    r"|ha[sd] been"
    r"|underwent|reached|displayed)\b",
    re.IGNORECASE,
)
_OTHER_VERB: Final = re.compile(
    r"\b(?:was|were|is|are) (?:then |also )?(?:assess|analy[sz]|determin|evaluat|examin|measur|monitor|record"
    r"|scored|test|perform|obtain|collect|conduct)"
    r"|\b(?:which|that|who|where|when|because|since|leads?|led|caus(?:es|ed|ing)|followed by|resulting|due|via"
    r"|through|by|while|includ(?:ed?|es))\b",
    re.IGNORECASE,
)
_GERUND: Final = re.compile(
    r"\b(?!(?:spar|train|scarr|walk|stepp|sprout|swimm|groom|mean|remain|surviv|function|behav|regenerat|reach"
    r"|grasp|eat|breath"
    r"|void|rat|scor|accord|includ|handl|liv|empty)ing\b)[a-z]{3,}ing\b",
    re.IGNORECASE,
)
_BARRIER: Final = re.compile(
    r"\b(?:which|that|who|where|when|because|by|via|through|after|with|without|to|from|than|is|are|was|were"
    r"|compared|versus|vs|due"
    r"|during|following|despite|under|against|for|but|whereas|while|result(?:s|ed|ing)?|leads?|led|leading"
    r"|caus(?:es|ed|ing))\b|[;:()]",
    re.IGNORECASE,
)
_SOFT_BARRIER: Final = re.compile(
    r"\b(?:which|that|who|where|because|via|but|whereas|while|caused|leads?|led)\b|[;:]", re.IGNORECASE
)
_MEASURED_BY: Final = re.compile(
    r"\b(?:as )?(?:assessed|measured|evaluated|determined|indicated|shown|evidenced|demonstrated|reflected"
    r"|revealed|judged|graded"
    r"|scored|quantified|tested)\b(?: \w+)? (?:by|with|using|on|in|via|through)\b",
    re.IGNORECASE,
)
_BY_AMOUNT: Final = re.compile(
    r"(?:\s+|\s?[:,–—]\s(?:\w+ ){1,4})by (?:at least |more than |up to |about |an average of |a mean of )?"
    r"(?:an?|one|two|three|four|\d[\d.]*)\b",
    re.IGNORECASE,
)
_IN: Final = re.compile(r"\b(?:in|of|on|for|to|over)\b", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W_]+")


_ASIDE: Final = re.compile(r" ?\([^()]*\)")
_ASIDE_OPEN: Final = re.compile(r"\([^()]*$")
_NEW_CLAUSE: Final = re.compile(
    r"[;:]|\b(?:but|whereas|while|whilst|though|although|however|because|since|which|who|where|when|there|without"
    r"|with no"
    r"|we|they|it|despite)\b|, (?:his|her|its|our|their)\b",
    re.IGNORECASE,
)
_BUT_AT_END: Final = re.compile(r",? but (?:\w+ly )?(?:(?:was|were|had|did) )?$", re.IGNORECASE)
_FOR_WHICH: Final = re.compile(
    r"\b(?:for|in|of|on|regarding|concerning)(?: (?:the|any|mean|total|median|overall))? (?:\w+ ){0,2}"
    r"[\w-]*(?: \w+){0,8}?,? there (?:was|were) $",
    re.IGNORECASE,
)
_THERE: Final = re.compile(r"\bthere (?:was|were) $", re.IGNORECASE)
_AND: Final = re.compile(r"\b(?:and|or)\b", re.IGNORECASE)
_JOINED: Final = re.compile(r"(?:,|\b(?:and|or))\s+(?:\w+ly\s+)?(?:also\s+|then\s+)?$", re.IGNORECASE)
_VERB: Final = re.compile(r"\b(?:is|are|was|were|had|has|have|did|[a-z]{2,}ed|fell|rose|grew)\b", re.IGNORECASE)
_NEW_SUBJECT: Final = re.compile(
    r"(?:^ (?:\w+ly )?[a-z]{3,}ed\b|\b(?:is|are|was|were|had|has|have|did|(?:improv|increas|decreas|declin"
    r"|deteriorat|worsen|recover|reduc|chang"
    r"|differ"
    r"|remain|show|exhibit)ed|fell|rose|grew)\b).*(?:,|\band\b)(?: then| also)? (?!(?:\w+ly|their|its|was|were|had"
    r"|did|in|at|by"
    r"|after|on|\w+ed"
    r"|became|with|all|both|most|some|\d+)\b)[\w-]+ ",
    re.IGNORECASE,
)
_P_VALUE: Final = re.compile(r"p\b|n\.?s\b", re.IGNORECASE)
_SIGNIFICANT: Final = re.compile(
    r"\bp(?:[- ]?values?)?\s*(?:[<≤]|=\s*0?[.·]0[0-4])|(?<!not )(?<!no )\bsignificant", re.IGNORECASE
)
_VERB_OBJECT: Final = re.compile(
    r"\b(?:affect|contribut|correlat|improv|increas|decreas|reduc|requir|start|suggest|indicat)\w*\b", re.IGNORECASE
)
_BEFORE_NOUN: Final = re.compile(r"\b(?:with|of|by|to|for|from|at|in|this|an?)\s+(?:\w+ly )?$", re.IGNORECASE)
"""Before a participle that belongs to a noun: "consistent with increased scores"."""
_NO_NOUN: Final = re.compile(r"(?:no|neither|nor|none|little|absence)\b", re.IGNORECASE)
_NO_VERB: Final = re.compile(r"(?:without|lack|insufficient|unsuccessful|unable|hardly)\w*\b", re.IGNORECASE)
_CHANGES_ITSELF: Final = re.compile(
    r"(?:improv|increas|decreas|declin|deteriorat|worsen|recover|rise|fall|drop|chang|differ|var[yi]|diminish|benefit"
    r"|significan|better|greater|higher|lower|different)\w*$",
    re.IGNORECASE,
)
_DETERMINER: Final = re.compile(r"\s+(?:the|an?|any|its|their|this|these)\b", re.IGNORECASE)
_ENDED: Final = re.compile(r"\s*(?:\w+ly\s*)?(?:\([^()]*\)\s*)?[,;.)]", re.IGNORECASE)
_NONE_OF: Final = re.compile(r"\b(?:little|no|not|nor)\b", re.IGNORECASE)
_THAN: Final = re.compile(r"\bthan (?:(?:on|in|for|of|by) )?(?:the )?$", re.IGNORECASE)
_NEXT_VERB: Final = re.compile(
    r"(?:,|\b(?:and|or|then|thereby|thus))\s+(?:\w+ly\s+|also\s+)*(?:(?:did|do|does) not\b|offer|provid|confer|show"
    r"|exhibit|produc|lead|led\b"
    r"|gave\b|giv|caus|result|afford|creat|yield|achiev|allow|enabl|exert|modulat|regulat|generat|had\b|has\b|have\b"
    r"|attract|contribut"
    r"|increas(?:ed|es)\b|decreas(?:ed|es)\b|reduc(?:ed|es)\b|improv(?:ed|es)\b|promot(?:ed|es)\b|enhanc(?:ed|es)\b"
    r"|induc(?:ed|es)\b|protect(?:ed|s)\b|stimulat(?:ed|es)\b|support(?:ed|s)\b|restor(?:ed|es)\b"
    r"|facilitat(?:ed|es)\b|preserv(?:ed|es)\b|attenuat(?:ed|es)\b)\w*",
    re.IGNORECASE,
)
"""A verb joined to the cue: what follows is its object."""
_PLACE_CLOSED: Final = re.compile(
    r"\b(?:in|at|for|on) (?:[\w-]+ ){0,4}(?:rats?|mice|animals?|groups?|patients?|participants?|weeks?|months?|days?)\b"
    r"(?:.*[,;]|.*\band\b|,)",
    re.IGNORECASE,
)
_OF_SOMETHING: Final = re.compile(
    r"(?:changes?|differences?|effects?|impact|influence|alterations?|significan\w+|difference|benefit"
    r"|improvements?|reductions?|increase|decrease)$",
    re.IGNORECASE,
)
_BETWEEN: Final = re.compile(r"(?:differ|var[yi])", re.IGNORECASE)
_AFTERWARDS: Final = re.compile(r"\b(?:after|following|during|by|via|than|from)\b", re.IGNORECASE)
_OF_WHAT: Final = re.compile(
    r"\b(?:in|of|on|for|to|upon|over|as|regarding|concerning|respect|regard|terms)\b|^ (?:\w+ ){0,2}$", re.IGNORECASE
)
_PREDICATE: Final = re.compile(
    r"(?:comparable|equal|equivalent|identical|similar|stable|same|stabili[sz]ed|plateau(?:ed)?|low|flaccid|constant"
    r"|effective|good|high|as|common|well|frequent|likely)$",
    re.IGNORECASE,
)
_SEEN_IN: Final = re.compile(r"^ (?:[\w-]+ ){0,3}$|^ (?:for|in|with (?:respect|regard) to|regarding) ", re.IGNORECASE)


def speaks_of(text: str, target: tuple[int, int], cue: Cue) -> bool:
    """Whether the cue is said of what stands at ``target``."""
    start, end = target
    if cue.start < end and start < cue.end:
        return cue.weak or cue.denied or cue.change in (Change.BETTER, Change.WORSE)
    word = _last_word(text, cue)
    if cue.start >= end:
        return _of_subject(text, target, word, cue)
    return _of_object(_ASIDE.sub("", text[cue.end : start]), word, cue)


def _last_word(text: str, cue: Cue) -> str:
    """The word of the cue that tells its form."""
    words = _WORD.findall(text[cue.word_start : cue.word_end])
    return words[-1] if words else ""


# The cue stands behind


def _of_subject(text: str, target: tuple[int, int], word: str, cue: Cue) -> bool:
    between = _ASIDE.sub("", text[target[1] : cue.start])
    if is_value(text, cue):
        between = _ASIDE_OPEN.sub("", between)
    if _NEW_CLAUSE.search(_BUT_AT_END.sub("", between)) and not _FOR_WHICH.search(text[: target[0]][-60:] + between):
        return False
    if cue.change is Change.SAME and (cue.word_start == cue.start or cue.denied):
        return len(_WORD.findall(between)) <= _FARTHEST_SAME and _is_said_same(text, between, word, cue)
    if len(_WORD.findall(between)) > FARTHEST_WORDS or _OTHER_VERB.search(between) or _GERUND.search(between):
        return False
    if len(_BE.findall(between)) > 1 or _is_second_verb(between) or _BEFORE_NOUN.search(between):
        return False
    if _INTRANSITIVE.match(word) and not _BE.search(between) and _DETERMINER.match(text, cue.word_end):
        return False
    return _is_verb_of(between, word, cue)


def is_value(text: str, cue: Cue) -> bool:
    """Whether a cue is only a p-value."""
    return bool(_P_VALUE.match(text, cue.word_start))


def is_predicate(text: str, target: tuple[int, int], cue: Cue) -> bool:
    """Whether a cue is the verb of a thing: "pain increased", not "pain increase" or "increased pain"."""
    return cue.start >= target[1] and not _NOUN.search(text[cue.word_start : cue.word_end])


def is_joined(text: str, target: tuple[int, int], cue: Cue) -> bool:
    """Whether an "and" between a cue and a thing leaves open what it joins."""
    between = text[target[1] : cue.start] if cue.start >= target[1] else text[cue.end : target[0]]
    return bool(_AND.search(between))


def _is_second_verb(between: str) -> bool:
    """Whether a verb is joined to one before the thing ("reduced the lesion and increased sparing"), or has a subject
    of its own ("pain rose and gait improved").
    """
    joined = _JOINED.search(between)
    if joined:
        return not _VERB.search(between[: joined.start()])
    return bool(_NEW_SUBJECT.search(between))


def _is_verb_of(between: str, word: str, cue: Cue) -> bool:
    """Whether the form of the cue's word makes it the verb of what stands before ``between``."""
    if _NOUN.search(word) and not between.strip():
        return True
    if between.rstrip().endswith(","):
        return False
    if _INTRANSITIVE.match(word):
        return not word.lower().endswith("ing") or bool(_BE.search(between))
    if _NOUN.search(word):
        return bool(_SHOWED.search(between))
    if _PAST.search(word):
        return bool(_BE.search(between))
    if _OBJECT_FORM.search(word) and cue.change is not Change.SAME and not cue.comparative:
        return False
    return bool(_BE.search(between) or _SHOWED.search(between))


def _is_said_same(text: str, between: str, word: str, cue: Cue) -> bool:
    """Whether words of no change are the predicate of what stands before them."""
    denial = text[cue.start : cue.word_start]
    if not cue.denied:
        said = text[cue.start : cue.word_end]
        if _P_VALUE.match(said):
            return not _SIGNIFICANT.search(between)
        return bool(_BE.search(between) or _BE.match(said) or _SHOWED.search(between)) and not _VERB_OBJECT.search(
            between
        )
    if not denial:
        # "improvement in gait was not seen": the denial stands behind the cue
        return not _is_second_verb(between) and _is_verb_of(between, word, cue)
    if _NO_NOUN.match(denial):
        return bool(_SHOWED.search(between) or _THERE.search(between) or between.rstrip().endswith((":", "(")))
    if _NO_VERB.match(denial):
        return False
    if _is_second_verb(between):
        return False
    return _is_denied_verb(between, denial, word, text[cue.word_end : cue.word_end + 12])


def _is_denied_verb(between: str, denial: str, word: str, after: str) -> bool:
    """Whether "did not" and the cue are what a subject did not do: "did not improve", "was not affected"."""
    if _SHOWED.search(denial):
        return True
    if _BE.search(between) or _BE.search(denial):
        return not _NOUN.search(word) or bool(_SHOWED.search(denial))
    return bool(_CHANGES_ITSELF.match(word)) and not _DETERMINER.match(after)


# The cue stands before


def _of_object(between: str, word: str, cue: Cue) -> bool:
    count = len(_WORD.findall(between))
    if _ENDED.match(between) or _THAN.search(between):
        return False
    if _MEASURED_BY.search(between) or _BY_AMOUNT.match(between):
        return count <= FARTHEST_WORDS
    if _NEXT_VERB.search(between) or _PLACE_CLOSED.search(between):
        return False
    if cue.change is Change.SAME and (cue.denied or cue.word_start == cue.start):
        return count <= FARTHEST_WORDS and _takes_same(between, word, cue)
    if count > (2 if cue.weak and not _NOUN.search(word) else _FARTHEST_OBJECT):
        return False
    if _BARRIER.search(between) or _GERUND.search(between) or _NONE_OF.search(between):
        return False
    if _NOUN.search(word):
        return not between.strip() or bool(_IN.match(between.strip())) or bool(_SAID_OF.match(between.strip()))
    return True


def _takes_same(between: str, word: str, cue: Cue) -> bool:
    """Whether words of no change, or a denied change, are of what follows them."""
    if _SOFT_BARRIER.search(between) or _GERUND.search(between) or word.isdecimal():
        return False
    if _OF_SOMETHING.search(word):
        return not between.strip() or bool(_OF_WHAT.search(between))
    if not _BETWEEN.match(word) and _AFTERWARDS.search(between):
        return False
    return cue.denied or not _PREDICATE.search(word) or bool(_SEEN_IN.search(between))


_SAID_OF: Final = re.compile(r"(?:\w+ ){0,2}(?:in|of|on|over)\b", re.IGNORECASE)
