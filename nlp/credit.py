"""Whose doing a change is: not the treatment's where another one, nature, or all groups alike are told of.

Asked only of sentences in which a direction was found, and in lower case.
"""

from __future__ import annotations

import re
from typing import Final

_CELLS: Final = (
    r"(?:(?<!dead )(?<!killed )(?<!lysed )cells?|graft(?:s|ing|ed)?|transplant(?:s|ation|ations|ed)?|implants?|oegs?"
    r"|[a-z-]{0,8}(?:ms|ns|np|oe|op|ps|es|sp)cs?)"
)
_NAMES_CELLS: Final = re.compile(rf"\b{_CELLS}\b")
_THE_CELLS: Final = (
    r"(?:the |our |these |any |living |live )?(?:(?:transplanted|grafted|injected|infused|neural|stem|progenitor"
    r"|mesenchymal|stromal|cell|human|autologous"
    rf"|olfactory|ensheathing|bone|marrow|[\w-]+-derived) )*{_CELLS}\b"
)
_NOT_THE_CELLS: Final = re.compile(
    rf"\b(?:(?:but )?not (?:(?:to|with|by|after|from|in|through|because of|due to) )?|rather than |instead of "
    rf"|other than |unlike |in contrast to )(?:with |by )?{_THE_CELLS}"
    rf"|[;,] (?:but |whereas |while )?{_THE_CELLS} (?:did|does|do|had)(?: not|n['’]?t| no)\b"
)
_AS_MUCH: Final = re.compile(
    r"\b(?:as (?:much|strongly|effectively|markedly|greatly|far|often|fast)(?! as \d)(?: [\w-]+){0,3}? as|no less than"
    r"|to (?:the same|an? (?:similar|equal|comparable)) (?:extent|degree)|equally|(?<=\w )similarly(?!,)|alike)\b"
)
_DEAD: Final = re.compile(
    r"\b(?:dead|(?:heat-)?killed|lysed|heat-inactivated|freeze-thawed|non-?viable) (?:[\w-]+ )?cells?\b"
)
_CONTROL: Final = (
    r"(?:placebo|vehicle|untreated|saline|pbs|sham|(?<!bladder )(?<!bowel )(?<!motor )(?<!pain )(?<!trunk )controls?)"
)
_NAMES_CONTROL: Final = re.compile(rf"\b{_CONTROL}\b")
_SPONTANEOUS: Final = re.compile(
    r"\b(?:spontaneous|natural) (?:[\w-]+ ){0,2}?(?:recover|improv|heal|remission|regression|resolution|course"
    r"|history)\w*"
    r"|\b(?:recover|improv|resolv|heal|regain)\w* (?:[\w-]+ ){0,4}?spontaneously\b"
    r"|\bspontaneously (?:recover|improv|resolv|heal|regain)\w*"
)
_MORE_THAN_THAT: Final = re.compile(
    r"(?<!not )(?<!no )\b(?:exceed(?:s|ed|ing)?|beyond|above|(?:greater|more|larger|better|faster|higher) than"
    r"|superior to|enhanc\w+|improv(?:ed|es?|ing)|promot\w+|accelerat\w+|augment\w+|increas(?:ed|es?|ing)|boost\w*"
    r"|facilitat\w+|support(?:ed|s)|(?:not|cannot|unlikely to) (?:be )?(?:attribut|explain|due)\w*(?: \w+)?"
    r"|rather than|in contrast to|not (?:just |only |merely )?(?:to|by))"
    r" (?:(?:the|that|those|of|expected|by|to|in|any|what|mere) )*(?:[\w-]+ )?(?:spontaneous|natural)\b"
)
_NOT_DUE: Final = re.compile(
    r"\b(?:not|cannot|hardly|never) (?:be |been )?(?:\w+ly )?(?:attribut\w+|ascrib\w+|credited|due|caused|explained"
    r"|linked|related|associated) (?:to|by|with) (?:the |our |these )?(?:[\w-]+ ){0,3}?"
    rf"(?:{_CELLS}|treatment|therapy|intervention|injections?|infusions?|procedure|stimulation|drug)\b"
)
_NOT_AGAINST_CONTROL: Final = re.compile(
    r"\b(?:but|though|although|yet) (?:\w+ )?not (?:\w+ )?(?:versus|vs\.?|compared (?:to|with)|relative to|over|from"
    rf"|than|against|in comparison (?:to|with)) (?:the |that |those |of |in |a )*(?:[\w-]+ ){{0,2}}?{_CONTROL}\b"
    rf"|\bnot (?:\w+ly )?(?:different from|better than|superior to|distinguishable from) (?:the |that |those |of |in )*"
    rf"(?:[\w-]+ )?{_CONTROL}\b"
)
_OTHER_STUDY: Final = re.compile(
    r"\bin (?<!\bas in )(?<!\blike in )(?:an?|our|the|one) (?:previous|earlier|prior|former) (?:\w+ )?(?:study|trial"
    r"|experiment|report|work)\b"
)
_GONE_AGAIN: Final = re.compile(
    r"\b(?:but|although|though|however)(?:,? (?:it|they|this|these|that|had|then|later|soon|all|again|pain|scores?"
    r"|the (?:effect|gain|improvement|benefit)s?|\w+ly))*,? (?:returned(?! to (?:work|normal|sport|home|daily))"
    r"|relapsed|recurred|reappeared|faded|waned|vanished|disappeared|wore off|regressed|(?:was|were) (?:\w+ly )?lost"
    r"|(?:fell|dropped|declined|decreased|worsened|rose|increased) again|(?:was|were) (?:only )?(?:transient|temporary"
    r"|short-lived)|(?:(?:was|were) )?not (?:sustained|maintained|durable|lasting)|did not (?:last|persist|endure))\b"
    r"|\bbut not (?:thereafter|later|in the long|(?:at|after|by|beyond|in) (?:the )?(?:\d|one|two|three|four|five|six"
    r"|end|final|last|weeks?|months?|days?|years?|follow))"
    r"|^\W*(?:only )?(?:temporarily|transiently|for a short)\b"
)
_HAD_IT: Final = re.compile(r"\W*had (?!to\b)\w+ \w+")
_UNREAL: Final = re.compile(
    r"\bpower of \d|\bpowered (?:to|for)\b|\bstatistical power\b"
    r"|\b(?:temporary|transient|short-lived) (?:\w+ )?(?:improv|increas|decreas|gain|recover|reduc|relief|benefit)\w*"
    r"|\bto detect\b|\bsample size of [^,;]*\b(?:to|for)\b"
)
_OF_UNREAL: Final = ("power", "to detect", "sample size", "temporary", "transient", "short-lived")
"""Words without which the slower pattern need not be tried."""
_TREATED: Final = (
    r"(?:(?<!un)(?<!non-)treated|treatment|transplant(?:ed|ation)?|graft(?:ed|s)?|inject(?:ed|ion)|implanted|cells?"
    r"|intervention|experimental|active|stimulated|stimulation|training|trained|drug|[\w-]+-treated"
    r"|[a-z-]{0,8}(?:ms|ns|np|oe|op|ps|es|sp)cs?)"
)
_IS_TREATED: Final = re.compile(rf"\b{_TREATED}\b")
_ALL_GROUPS: Final = re.compile(
    r"(?<!between )(?<!among )(?<!one of )\b(?:both|all|each|every|either|the (?:two|three|four))(?: of the)?"
    r" (?P<named>(?:[\w-]+ ){0,3}?)"
    r"(?:groups?|arms?|cohorts)\b(?! (?:difference|comparison))"
)
_FILLER: Final = (
    r"(?:(?:the|in|by|from|of|for|to|with|an?|points?|out|their|those|groups?|arms?|rats?|mice|animals|patients"
    r"|participants|subjects|dogs|about|approximately|only|also|one|two|three|four|five|six|seven|eight|nine|ten"
    r"|[\d.,%()±+/-]+) )"
)
_AND_ALIKE: Final = re.compile(
    rf"\b{_TREATED} {_FILLER}{{0,4}}and {_FILLER}{{0,9}}{_CONTROL}\b"
    rf"|\b{_CONTROL} {_FILLER}{{0,4}}and {_FILLER}{{0,9}}{_TREATED}\b"
)
_WHOEVER: Final = re.compile(
    r"\b(?:regardless|irrespective|independent(?:ly)?) of (?:the |their )?(?:treatment|group|intervention|arm"
    r"|allocation|therapy|whether)\b|\btreated or (?:not|untreated)\b"
    rf"|\b(?:so|as) (?:did|do|does|was|were) [^;,]{{0,30}}?\b{_CONTROL}\b"
)
_AGAINST: Final = re.compile(
    r"\b(?:(?:than|versus|vs\.?|compared (?:to|with)|comparison (?:to|with)|relative to|over)(?! (?:the |at |before )*"
    r"(?:baseline|pre|before|admission|entry|\d))|whereas|while|superior|unlike|greater|better|larger|higher|faster|earlier"
    r"|most|especially|particularly|more(?! than \d)|except)\b"
)
_SUBGROUP: Final = re.compile(r"\bsub-?(?:groups?|sets?|populations?|analys[ie]s)\b")
_NOT_AS_A_WHOLE: Final = re.compile(
    r"\b(?:but|although|though|whereas|while|however),? (?:(?:not )?(?:in|for|across|over) )?(?:(?:the|an?|all) )?"
    r"(?:whole|entire|overall|total|full)\b[^;]{0,60}?\b(?:not|no|none)\b|\bbut not (?:in |for )?(?:the )?(?:whole"
    r"|entire|overall)\b"
)
_DENIED: Final = re.compile(r"\b(?:not|no|nor|neither|none|never)\b")
_EXCEPT: Final = re.compile(r"\b(?:except(?:ing|ion)?(?! that)|apart from|aside from|other than|all but|save for)\b")


def is_not_the_treatments(sentence: str, after: str) -> bool:
    """Whether a gain that a sentence tells of is another treatment's, nature's, no one's, or was gone again.

    Args:
        sentence: All of it.
        after: The part behind the gain.
    """
    return (
        bool(_GONE_AGAIN.search(after))
        or _is_of_nature(sentence)
        or _is_of_another(sentence)
        or any(words.search(sentence) for words in (_NOT_DUE, _NOT_AGAINST_CONTROL, _OTHER_STUDY))
        or bool(_HAD_IT.match(sentence))
        or (any(word in sentence for word in _OF_UNREAL) and bool(_UNREAL.search(sentence)))
    )


def is_of_all_alike(clause: str, sentence: str) -> bool:
    """Whether treated and untreated are told of in one breath: "improved in both groups".

    Args:
        clause: The one that tells it.
        sentence: All of it; where it compares them, they are not alike.
    """
    if _AGAINST.search(sentence):
        return False
    named = _ALL_GROUPS.search(clause)
    if (named and not _IS_TREATED.search(named["named"])) or _WHOEVER.search(sentence):
        return True
    return " and " in clause and bool(_NAMES_CONTROL.search(clause)) and bool(_AND_ALIKE.search(clause))


def is_of_a_part(sentence: str) -> bool:
    """Whether a subgroup is told apart from the whole that did not change."""
    if _NOT_AS_A_WHOLE.search(sentence):
        return True
    return bool(_SUBGROUP.search(sentence) and _DENIED.search(sentence)) and not _NAMES_CONTROL.search(sentence)


def has_exception(sentence: str) -> bool:
    """Whether what is said does not hold of all: "except in the high-dose group"."""
    return bool(_EXCEPT.search(sentence))


def _is_of_nature(sentence: str) -> bool:
    if "spontaneous" not in sentence and "natural" not in sentence:
        return False
    return bool(_SPONTANEOUS.search(sentence)) and not _MORE_THAN_THAT.search(sentence)


def _is_of_another(sentence: str) -> bool:
    """Whether the cells are said not to have done it, or no more than what is no treatment."""
    found = _NOT_THE_CELLS.search(sentence)
    if found and not _NAMES_CELLS.search(sentence[: found.start()] + " | " + sentence[found.end() :]):
        return True
    alike = _AS_MUCH.search(sentence)
    if alike is None:
        return False
    before = _DEAD.sub(" ", sentence[: alike.start()])
    if _NAMES_CONTROL.search(sentence) and not _AGAINST.search(sentence):
        return True
    return bool(_NAMES_CELLS.search(sentence, alike.end())) and not _NAMES_CELLS.search(before)
