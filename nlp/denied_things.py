"""Whether a thing itself is what a sentence says there is none of: narrower than what the sentence denies.

Papers deny treatments, differences and actions in the same breath as they name cells and injuries: "no consensus on
the dose of stem cells". Such a cell must still be found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from nlp.negation import Denial

VERSION: Final = "2"
"""Changes with every change of what is found."""
_OTHER_HEAD: Final = re.compile(
    r"\b(?:of|on|for|in|to|from|with|about|that|which|who|whose|than|between|against|by|at|where|when|if|after|before"
    r"|during|available|exists?|is|are|was|were|be|been|has|have|had|did|does|do|can|could|will|would|may|might"
    r"|must|should"
    r"|obvious|fewer|more|less)\b|[;:(\[]",
    re.IGNORECASE,
)
"""Between a denial and a thing: it is something else that there is none of, or some other thing that is not done."""
_ACTION: Final = re.compile(r"\b\w+(?:tion|sion|ment|ance|ence|sis|apy|ity|ing|ies|ed)\b", re.IGNORECASE)
"""In the words right before a thing they are the head that is denied; earlier ones of a list are things themselves."""
_ITEM: Final = re.compile(r",|\b(?:or|and|nor)\b", re.IGNORECASE)
_LEADING: Final = re.compile(
    r"^\W*(?:(?:has|have|having|had|show|showed|shown|contain|contained|express|expressed|detect|find|found|notice"
    r"|noticed|receive|received|include|included|develop|developed|exhibit|reveal|revealed|consistent with"
    r"|suggestive of)\b\W*)*"
    r"(?:(?:an?|any|the|clear|obvious|visible|histological|apparent|further|detected|known|significant|such|other|prior"
    r"|recent|acute|definite|focal|gross)\b\W*)*"
    r"(?:(?:[\w-]+ )?(?:evidence|signs?|symptoms?|complaints?|presence|traces?|indications?|history|suggestion"
    r"|changes?|findings?|diagnosis) (?:of|for|in|suggesting|to suggest)\b\W*)?",
    re.IGNORECASE,
)
"""Words that hand a denial on to what follows them: "did not have any", "no evidence of"."""
_HEAD_AFTER: Final = re.compile(
    r"[-‐–/ ]+(?!(?:cells?|in|at|on|or|and|nor|were|was|are|is|within|could|can|may|after|near|among|with"
    r"|during|of|to|this"
    r"|that|which|who|but|by|from|has|had|have|as|for|upon|over|since|today|noted|seen|identified|present|evident|found"
    r"|detected|observed|shown|appreciated|lying|bilaterally|either|because|so|she|he|we|the|a)\b)\w",
    re.IGNORECASE,
)
"""A word after the thing that makes it the description of another: "no microglia activation"."""
_EITHER_WAY: Final = re.compile(r"\bwith or $", re.IGNORECASE)
_ABSENT: Final = re.compile(
    r"(?:absent|undetectable|resolved|(?:(?:was|were|is|are|could|can) )?(?:not|never)(?: be)?\W+(?:found"
    r"|observed|detected|seen"
    r"|present|evident|identified|visible|detectable|noted|apparent|noticed|encountered))\b",
    re.IGNORECASE,
)
_PREPOSITION_BEFORE: Final = re.compile(
    r"\b(?:of|on|for|in|to|from|with|after|before|by|at|between|within|following|during|via)(?: the| a| an)?"
    r"(?: [\w-]+)?\W*$",
    re.IGNORECASE,
)
_DENIES: Final = re.compile(r"\bden(?:y|ies|ied|ying)\W*$", re.IGNORECASE)
"""Who denies, denies all that is named: it is how notes of clinicians list what there is not."""
_MOST_WORDS: Final = 4
_IS_ABSENT: Final = re.compile(
    r"[\w-]{0,12} ?(?:\((?:[^()]{1,40})\) )?(?:(?:were|was|are|is|being|had been|have been|has been) )?$", re.IGNORECASE
)


def is_thing_denied(text: str, start: int, end: int, denied: Iterable[Denial]) -> bool:
    """Whether the thing at ``start`` … ``end`` itself is what there is none of.

    Of "no consensus on the dose of stem cells" it is the consensus, of "no microglia activation" the activation. A list
    goes on from one thing to the next: "neither astrocytes nor microglia".
    """
    return any(_governs(text, denial, start, end) for denial in denied if denial.start <= start < denial.end)


def _governs(text: str, denial: Denial, start: int, end: int) -> bool:
    if denial.before:
        stands_alone = _IS_ABSENT.fullmatch(text[end : denial.end].lstrip()) and not _PREPOSITION_BEFORE.search(
            text[max(0, start - 40) : start]
        )
        return bool(stands_alone and _ABSENT.match(text, denial.end))
    if _EITHER_WAY.search(text[max(0, denial.start - 20) : denial.start].rpartition("without")[0]):
        return False
    if _DENIES.search(text[max(0, denial.start - 10) : denial.start]):
        return True
    between = text[denial.start : start]
    between = between[_LEADING.match(between).end() :]  # type: ignore[union-attr]  # it matches nothing, too
    own = _ITEM.split(between)[-1]
    return (
        not _OTHER_HEAD.search(between)
        and not _ACTION.search(own)
        and not _HEAD_AFTER.match(text, end)
        and len(own.split()) <= _MOST_WORDS
    )
