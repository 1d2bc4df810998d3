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
    r"|through|by|while)\b",
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


def speaks_of(text: str, target: tuple[int, int], cue: Cue) -> bool:
    """Whether the cue is said of what stands at ``target``."""
    start, end = target
    if cue.start < end and start < cue.end:
        return cue.weak or cue.denied or cue.change in (Change.BETTER, Change.WORSE)
    word = _last_word(text, cue)
    if cue.start >= end:
        return _of_subject(text[end : cue.start], word, cue)
    return _of_object(text[cue.end : start], word, cue)


def _last_word(text: str, cue: Cue) -> str:
    """The word of the cue that tells its form."""
    words = _WORD.findall(text[cue.word_start : cue.word_end])
    return words[-1] if words else ""


def _of_subject(between: str, word: str, cue: Cue) -> bool:
    count = len(_WORD.findall(between))
    if cue.change is Change.SAME and (cue.word_start == cue.start or cue.denied):
        return count <= _FARTHEST_SAME and not _SOFT_BARRIER.search(between)
    if count > FARTHEST_WORDS or _OTHER_VERB.search(between) or _GERUND.search(between):
        return False
    if len(_BE.findall(between)) > 1:
        return False
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


def _of_object(between: str, word: str, cue: Cue) -> bool:
    count = len(_WORD.findall(between))
    if _MEASURED_BY.search(between) or _BY_AMOUNT.match(between):
        return count <= FARTHEST_WORDS
    if cue.change is Change.SAME and (cue.denied or cue.word_start == cue.start):
        return count <= FARTHEST_WORDS and not _SOFT_BARRIER.search(between) and not _GERUND.search(between)
    if count > (2 if cue.weak and not _NOUN.search(word) else _FARTHEST_OBJECT):
        return False
    if _BARRIER.search(between) or _GERUND.search(between):
        return False
    if _NOUN.search(word):
        return not between.strip() or bool(_IN.match(between.strip())) or bool(_SAID_OF.match(between.strip()))
    return True


_SAID_OF: Final = re.compile(r"(?:\w+ ){0,2}(?:in|of|on|over)\b", re.IGNORECASE)
