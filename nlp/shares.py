"""How many of how many a finding is about: "two of four patients improved", "improvement was seen in 3/9 rats"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from nlp.directions import Cue

VERSION: Final = "2"
"""Changes with every change of what is found."""

# fmt: off
_WORDS: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)
# fmt: on
_VALUES: Final = {word: value for value, word in enumerate(_WORDS)} | {"both": 2}
_NUMBER: Final = rf"(?:\d{{1,4}}|{'|'.join(_WORDS)})"
_PERCENT: Final = r"(?: \([\d.]+ ?%\))?"
_WHO: Final = (
    r"(?:\w[\w-]* ){0,3}?(?:patients?|participants?|subjects?|volunteers?|people|persons?|men|women|individuals?|cases"
    r"|recipients?|rats?|mice|animals?|dogs?|cats?|pigs?|monkeys?|marmosets?|macaques?|rabbits?|zebrafish|eyes|children)"
)
_SHARE: Final = re.compile(
    rf"\b(?P<part>{_NUMBER}){_PERCENT} ?(?:/|of|out of)(?: the| these| all)? ?(?P<whole>{_NUMBER})\b"
    rf"(?P<who>{_PERCENT} {_WHO}\b)?"
    rf"|\b(?P<whole_before>{_NUMBER}) {_WHO}, (?P<part_after>{_NUMBER}|both) of (?:whom|which|them)\b"
    rf"|\bof (?:the |these |all )?(?P<whole_first>{_NUMBER}) {_WHO}, (?P<part_second>{_NUMBER})\b"
    rf"|\ball (?:of the )?(?P<all>{_NUMBER}) {_WHO}\b",
    re.IGNORECASE,
)
_SUBJECT_TO_VERB: Final = re.compile(
    r"(?: \([^)]{0,20}\))?"
    r"(?: (?!(?:and|or|but|who|which|with|without|than|while|after|received|had been|in)\b)[\w-]+){0,6}? ?$",
    re.IGNORECASE,
)
_BARE_TO_VERB: Final = re.compile(
    r"(?: \([^)]{0,20}\))?(?: (?:\w+ly|also|had|showed|experienced|demonstrated|did|were|was|clear|some))* ?$",
    re.IGNORECASE,
)
"""Where no noun says who they are, the verb follows at once."""
_SEEN_IN: Final = re.compile(
    r" (?:[\w-]+ ){0,8}?(?:(?:was|were|has been|had been) )?"
    r"(?:seen |observed |found |noted |reported |detected |recorded |achieved )?in (?:only |at least |all )?$",
    re.IGNORECASE,
)


_GRADE: Final = re.compile(r"\b(?:class|grades?|phase|stages?|type) $", re.IGNORECASE)
"""Before "3/4": a grade of severity, and no share."""


class Share(NamedTuple):
    """A part of a group; code points of the text."""

    start: int
    end: int
    part: int
    whole: int
    named: bool
    """Whether the words say who the group are."""


def find_shares(text: str, start: int, end: int) -> Iterator[Share]:
    """Every "n of m" of the sentence ``start`` … ``end`` that can be one: a part is no larger than its whole."""
    for match in _SHARE.finditer(text, start, end):
        whole = _value(match["whole"] or match["whole_before"] or match["whole_first"] or match["all"])
        part = whole if match["all"] else _value(match["part"] or match["part_after"] or match["part_second"])
        if 0 < part <= whole and not _GRADE.search(text, max(start, match.start() - 12), match.start()):
            yield Share(match.start(), match.end(), part, whole, not match["whole"] or bool(match["who"]))


def share_of(text: str, sentence: tuple[int, int], cue: Cue) -> tuple[int, int] | None:
    """Part and whole of the group that a cue is said of: its subject, or what it was "seen in"; `None` for none."""
    for share in find_shares(text, *sentence):
        to_verb = _SUBJECT_TO_VERB if share.named else _BARE_TO_VERB
        is_subject = share.end <= cue.start and to_verb.match(text[share.end : cue.start])
        is_object = share.named and cue.end <= share.start
        if is_subject or (is_object and _SEEN_IN.match(text[cue.end : share.start])):
            return share.part, share.whole
    return None


def _value(word: str) -> int:
    return int(word) if word.isdecimal() else _VALUES[word.lower()]
