"""How many were studied in all, where a title or an abstract says so once and plainly; else nothing.

Parts of a sample (a group, those who improved, those who were screened) are no sample, and of two different numbers
neither is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from records.annotation import Sample, Span
from records.sentences import Sentence

VERSION: Final = "1"
"""Changes with every change of what is found."""
RULE: Final = f"sample_size@{VERSION}"

# fmt: off
_UNITS: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
# fmt: on
_WORDS: Final = {word: value for value, word in enumerate(_UNITS)} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}
_ONES: Final = "|".join(_UNITS[1:10])
_BELOW: Final = rf"(?:(?:{'|'.join(_TENS)})(?:[- ](?:{_ONES}))?|{'|'.join(sorted(_UNITS[1:], key=len, reverse=True))})"
_NUMBER: Final = rf"(?:\d{{1,3}}(?:,\d{{3}})+|\d{{1,6}}|(?:(?:{_ONES}) hundred(?:(?: and)? {_BELOW})?)|{_BELOW})"
_WHO: Final = (
    r"(?:(?:out)?patients?|participants?|subjects|volunteers?|individuals|people|persons|men|women|males|females|children"
    r"|infants|adults|athletes|veterans|rats?|mice|mouse|animals|dogs?|cats?|(?:mini)?pigs?|swine|sheep|goats?|rabbits?"
    r"|monkeys?|marmosets?|macaques?|primates|guinea pigs?|zebrafish|hamsters)\b"
)
_KIND: Final = (
    r"(?:(?!(?:of|in|and|or|from|per|out|to|with|were|was|had|the|groups?|weeks?|months?|days?|years?)\b)"
    r"[\w/+'’.-]+ ){0,6}?"
)
_THEM: Final = rf"(?P<number>{_NUMBER})(?![ \u00a0\u2009\u202f]\d{{3}}\b) {_KIND}{_WHO}"
_TAKEN: Final = (
    r"(?:enrol(?:l)?ed|recruited|included|randomi[sz]ed|registered|studied|entered|admitted"
    r"|(?:randomly |equally )?(?:assigned|allocated|divided|distributed|split|separated|grouped))\b"
)
_STUDY: Final = r"(?:study|trial|series|experience|evaluation|report|analysis|comparison|performed|conducted|done)"

# fmt: off
_VERBS: Final = (
    "enrol", "recruited", "included", "randomi", "registered", "studied", "entered", "admitted", "assigned",
    "allocated", "divided", "distributed", "split", "separated", "grouped",
)
_NOUNS: Final = (
    "study", "trial", "series", "experience", "evaluation", "report", "analysis", "comparison", "performed",
    "conducted", "done",
)
# fmt: on


_STATEMENTS: Final = {
    tells: tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)
    for tells, patterns in {
        ("total of", "sample of", "cohort of"): (rf"\b(?:total|sample|cohort) of {_THEM}",),
        ("in all,", "in total,"): (rf"\bin (?:all|total), {_THEM}",),
        _VERBS: (
            rf"(?<![\w/.,-]){_THEM}(?P<between>[^.;:]{{0,140}}?) (?:were|was) (?:\w+ly )?{_TAKEN}",
            rf"\b(?:enrolled|recruited|randomi[sz]ed|included|studied|assigned) {_THEM}",
            rf"\bof {_THEM} (?:enrolled|recruited|randomi[sz]ed|included)\b",
        ),
        ("compris", "involving"): (rf"\b(?:compris(?:ing|ed)|involving) {_THEM}",),
        _NOUNS: (rf"\b{_STUDY} (?:of|in|on|with) {_THEM}",),
    }.items()
}
"""The ways to say how many, by the parts of words, one of which each has: to look for these costs a tenth."""
_BRACKET_TELLS: Final = ("n =", "n=")
_IN_BRACKETS: Final = re.compile(
    rf"\b(?i:{_WHO})(?:(?! controls?\b)[^.;(]){{0,40}}? ?"
    r"\((?:total )?(?:N ?= ?(?P<number>\d{1,5})|n ?= ?(?P<only>\d{1,5}))\)"
)
"""``N`` is the whole; ``n`` is it where there is no other."""
_OPENING: Final = re.compile(_THEM, re.IGNORECASE)
"""What begins a section of participants."""
_TITLED: Final = re.compile(rf"(?<![\w/.,-]){_THEM}", re.IGNORECASE)
_WHO_SECTION: Final = re.compile(r"\b(?:PARTICIPANTS|PATIENTS|SUBJECTS|ANIMALS)\b")
_PART_BEFORE: Final = re.compile(
    r"(?:\b(?:remaining|other|another|additional|further|first|last|next|only|these|those|all|every|each|of the"
    r"|of these|of which|of whom|out of|n ?=|than|least|about|aged?|for|after|type|phase|grade|class|stage|level"
    r"|group \w+|arm \w+)\W*|\b(?:of|/) ?)$",
    re.IGNORECASE,
)
_THOUSANDS_BEFORE: Final = re.compile(r"\d[ \u00a0\u2009\u202f]$")
_PART_AFTER: Final = re.compile(
    r"^[^.;]{0,90}?\b(?:per|in each|each|in (?:the )?\w+ (?:group|arm)|in group|respectively|/group|a group)\b",
    re.IGNORECASE,
)
_SECOND_GROUP: Final = re.compile(
    rf"{_THEM}[^.;:(]{{0,80}}? (?:and|plus|versus|vs\.?) {_NUMBER} {_KIND}(?:{_WHO}|(?:non)?carriers\b|controls\b)",
    re.IGNORECASE,
)
"""Two groups that were taken beside each other: neither number is that of all."""
_OTHERS: Final = re.compile(
    r"\b(?:screened|eligible|eligibility|invited|approached|excluded|withdr[ae]wn?|died|completed|remained"
    r"|intent(?:ion)?-to-treat|per-protocol|control subjects|studies|trials|articles|publications|papers|records"
    r"|databases?|meta-analys\w+|systematic review|previous(?:ly)?|will be|to be|planned|worldwide|annually"
    r"|every year|each year|prevalence|incidence)\b",
    re.IGNORECASE,
)
"""Sentences about others, or about what became of a part."""
_NO_SAMPLE_SECTION: Final = re.compile(r"\b(?:BACKGROUND|INTRODUCTION|AIMS?|OBJECTIVES?|PURPOSE|CONTEXT|RATIONALE)\b")


# fmt: off
_THEY: Final = (
    "patient", "participant", "subjects", "volunteer", "individuals", "people", "persons", " men", "women", "male",
    "child", "infant", "adults", "athlete", "veteran", "rat", "mice", "mouse", "animals", "dog", "cat", "pig", "swine",
    "sheep", "goat", "rabbit", "monkey", "marmoset", "macaque", "primate", "zebrafish", "hamster",
)
# fmt: on
"""Parts of words, one of which every statement has."""


_EACH: Final = re.compile(r"\bn ?= ?\d")
_DIGIT: Final = re.compile(r"\d")
_NUMERALS: Final = (*_UNITS[1:13], "teen", *_TENS)


class _Found(NamedTuple):
    number: int
    start: int
    end: int
    sentence: Sentence


def find_sample(fields: Sequence[tuple[str, str, Sequence[Sentence]]]) -> Sample | None:
    """The sample of a record.

    Args:
        fields: Name, text and sentences of title and abstract.
    """
    found = [(field, one) for field, text, parts in fields for one in _in_field(field, text, parts)]
    if len({one.number for _, one in found}) != 1:
        return None
    field, first = found[0]
    return Sample(
        count=first.number,
        span=Span(field=field, start=first.start, end=first.end),
        sentence=Span(field=field, start=first.sentence.start, end=first.sentence.end),
        rule=RULE,
    )


def _in_field(field: str, text: str, parts: Sequence[Sentence]) -> Iterator[_Found]:
    for part in parts:
        said = text[part.start : part.end]
        lowered = said.lower()
        if not _may_say(lowered, part):
            continue
        matches = _matches(said, lowered)
        if field == "title":
            matches += _TITLED.finditer(said)
        if _WHO_SECTION.search(part.section) and (opening := _OPENING.match(said)):
            matches.append(opening)
        if any(map(lowered.__contains__, _BRACKET_TELLS)):
            several = len(_EACH.findall(text)) > 1
            matches += [match for match in _IN_BRACKETS.finditer(said) if match["number"] or not several]
        if not matches or _OTHERS.search(said):
            continue
        for match in matches:
            if count := _count(said, match):
                yield _Found(count, part.start + match.start(), part.start + match.end(), part)


def _may_say(said: str, part: Sentence) -> bool:
    if not any(map(said.__contains__, _THEY)):
        return False
    if not _DIGIT.search(said) and not any(map(said.__contains__, _NUMERALS)):
        return False
    return not (part.section and _NO_SAMPLE_SECTION.search(part.section))


def _matches(said: str, lowered: str) -> list[re.Match[str]]:
    """Of every statement."""
    return [
        match
        for tells, patterns in _STATEMENTS.items()
        if any(map(lowered.__contains__, tells))
        for pattern in patterns
        for match in pattern.finditer(said)
    ]


def _count(said: str, match: re.Match[str]) -> int:
    """The number of a statement; 0 where it is that of a part."""
    groups = match.groupdict()
    if groups.get("only"):
        return int(groups["only"])
    start = match.start("number")
    # Words before the number that are the statement's own say that it is the whole: "a study of 12 patients".
    if match.start() == start and _PART_BEFORE.search(said[:start]):
        return 0
    if _THOUSANDS_BEFORE.search(said[:start]) or _SECOND_GROUP.match(said, start):
        return 0
    if _PART_AFTER.match(said[match.end("number") :]) or " of the " in (groups.get("between") or ""):
        return 0
    return _value(match["number"])


def _value(written: str) -> int:
    written = written.lower().replace(",", "")
    if written.isdecimal():
        return int(written)
    words = written.replace("-", " ").replace(" and ", " ").split()
    hundreds = 100 * _WORDS[words[0]] if "hundred" in words else 0
    return hundreds + sum(_WORDS[word] for word in words[2 if hundreds else 0 :])
