"""Outcome measures: the table of ``measures.toml``, and where a text names one of them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Container, Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cache, lru_cache
from itertools import islice, pairwise
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import msgspec

from records.remembered import Remembered

VERSION: Final = "4"
"""Changes with every change of what is found."""
_TABLE: Final = Path(__file__).with_name("measures.toml")
_WORD: Final = re.compile(r"[^\W_]+")
_GAP: Final = re.compile(r"[\s,&/'’‘+-]{1,3}|[‐-―]|\s[–—-]\s")
_Meaning: TypeAlias = tuple[str, bool]
"""A measure's key, and whether a name is of a quantity that runs against it."""
_SCALE_NOUNS: Final = ("score", "scale", "test", "rating", "rating scale", "rating score", "scale score", "subscore")
_OTHER_BBB: Final = re.compile(
    r"\bblood[-– ](?:brain|spinal[-– ]cord)[-– ]barrier|\bBBB (?:disrupt|permeab|integrity|leak|break|open|dysfunc"
    r"|damage|tight|impair)|(?:permeability|integrity|disruption|breakdown|leakage|opening|cross\w*|penetrat\w+"
    r"|across) (?:of )?(?:the )?BBB\b",
    re.IGNORECASE,
)
_SCALE_AFTER: Final = re.compile(r"\W{0,2}(?:locomot|motor|open|rating|scale|scor|subscor|test)", re.IGNORECASE)


class Better(StrEnum):
    """What is better for the patient or the animal."""

    ABSENT = "absent"
    """An event that should not be; less of it is better, none is best."""
    HIGHER = "higher"
    LOWER = "lower"


class Measure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One outcome measure; a row of the table."""

    title: str
    """For display."""
    better: Better
    """Which way is better."""
    names: tuple[str, ...]
    """What texts call it."""
    opposite: tuple[str, ...] = ()
    """Names of quantities that run against it: ``MEP latency``."""
    scale: bool = False
    """Whether "score", "scale", "test" may follow a name."""
    source: str
    """Where it was defined."""


class Mention(NamedTuple):
    """A place that names a measure; code points of the text."""

    start: int
    end: int
    measure: str
    higher_is_better: bool
    """For the quantity that is named here, the measure's ``opposite`` names considered."""
    event: bool
    """Whether it is an event that should not be (adverse events)."""
    verb: bool = False
    """Whether the name is the verb itself: "died"."""


@cache
def measures() -> Mapping[str, Measure]:
    """The table, by key, in the order of keys."""
    return msgspec.convert(tomllib.loads(_TABLE.read_text(encoding="utf-8")), dict[str, Measure])


def measures_called(name: str) -> tuple[str, ...]:
    """Keys of the measures that have this key, else this title, else one of whose names this is, whatever its case."""
    wanted = _folded(name)
    for called in (_by_key, _by_title, _by_name):
        if found := tuple(key for key, measure in measures().items() if wanted in map(_folded, called(key, measure))):
            return found
    return ()


def _folded(name: str) -> list[str]:
    return _WORD.findall(name.lower())


def _by_key(key: str, measure: Measure) -> Iterable[str]:
    return (key,)


def _by_title(key: str, measure: Measure) -> Iterable[str]:
    return (measure.title,)


def _by_name(key: str, measure: Measure) -> Iterable[str]:
    names = (*measure.names, *measure.opposite)
    return (written for name in names for written in _spellings(name, scale=measure.scale))


def _spellings(name: str, *, scale: bool) -> Iterator[str]:
    """The name, its plural, and the nouns that follow a scale's name."""
    yield name
    if name[-1].islower() and not name.endswith("s"):
        yield f"{name[:-1]}ies" if name.endswith("y") and name[-2] not in "aeiou" else f"{name}s"
    if scale:
        for noun in _SCALE_NOUNS:
            yield f"{name} {noun}"
            yield f"{name} {noun}s"


def _is_cased(name: str) -> bool:
    """Whether a name is an abbreviation, to be matched as written: ``SCIM`` but not ``von Frey``."""
    return sum(character.isupper() for character in name.split()[0]) > 1


class _Name(NamedTuple):
    """What one way of naming a measure means."""

    words: tuple[str, ...]
    """In lower case."""
    written: str
    """The first word as it must be written; empty where any case will do."""
    meaning: _Meaning


class _Span(NamedTuple):
    """A place that may name a measure."""

    start: int
    end: int
    words: int
    meaning: _Meaning


@cache
def _names() -> Mapping[str, Mapping[str, tuple[_Name, ...]]]:
    """Every name by its first word and its second one (empty where it has but one), the longest first."""
    found: dict[str, dict[str, set[_Name]]] = {}
    for key, measure in measures().items():
        for names, opposite in ((measure.names, False), (measure.opposite, True)):
            for spelling in {written for name in names for written in _spellings(name, scale=measure.scale)}:
                words = tuple(_WORD.findall(spelling))
                name = _Name(tuple(map(str.lower, words)), words[0] if _is_cased(spelling) else "", (key, opposite))
                first, second = (*name.words, "")[:2]
                found.setdefault(first, {}).setdefault(second, set()).add(name)
    return {
        first: {second: tuple(sorted(names, key=_longest_first)) for second, names in by_second.items()}
        for first, by_second in found.items()
    }


def _longest_first(name: _Name) -> tuple[int, _Name]:
    return -len(name.words), name


@cache
def _most_words() -> int:
    return max(len(name.words) for names in _names().values() for alike in names.values() for name in alike)


def find_mentions(text: str, abbreviations: Mapping[str, str]) -> list[Mention]:
    """Every mention in text order; a longer name wins over a shorter one inside it.

    Args:
        text: The text.
        abbreviations: Short forms that the document defines: they may name a measure, or something else.
    """
    defined = {short: meanings for short, long in abbreviations.items() if (meanings := _meanings_of(long))}
    spans = [*_spans(text), *(_defined_spans(text, defined) if defined else ())]
    if not spans:
        return []
    other = {short for short in abbreviations if short not in defined}
    if "BBB" in text and "BBB" not in abbreviations and _OTHER_BBB.search(text):
        other.add("BBB")
    mentions = (_mention(text, span) for span in _longest(spans))
    return [mention for mention in mentions if not _means_another_thing(text, mention, other)]


def _spans(text: str) -> Iterator[_Span]:
    """Every name with its meaning; of names that begin alike, the longest."""
    names, most = _names(), _most_words()
    for place in _beginnings(text):
        words = list(islice(_WORD.finditer(text, place), 2))
        first, second = (*(word.group().lower() for word in words), "")[:2]
        by_second = names[first]
        named = (*by_second.get(second, ()), *by_second.get("", ()))
        if not named:
            continue
        words = list(islice(_WORD.finditer(text, place), most))
        lowered = tuple(word.group().lower() for word in words)
        length = 0
        for name in named:
            if len(name.words) < length:
                break
            if lowered[: len(name.words)] == name.words and _stands(text, words[: len(name.words)], name):
                length = len(name.words)
                yield _Span(place, words[length - 1].end(), length, name.meaning)


def _beginnings(text: str) -> list[int]:
    """Where the first word of a name stands."""
    found: list[int] = []
    offset = 0
    for written in text.split(" "):
        if places := _BEGINNINGS[written]:
            found += [offset + place for place in places]
        offset += len(written) + 1
    return found


def _begin_in(written: str) -> tuple[int, ...]:
    """The same for what stands between two blanks: mostly nowhere."""
    names = _names()
    if written.isalpha():
        return (0,) if written.lower() in names else ()
    return tuple(word.start() for word in _WORD.finditer(written) if word.group().lower() in names)


_BEGINNINGS: Final = Remembered(_begin_in)


def _stands(text: str, words: list[re.Match[str]], name: _Name) -> bool:
    """Whether the words are written as the name wants, with nothing of weight between them."""
    if name.written and words[0].group() != name.written:
        return False
    return all(_GAP.fullmatch(text, one.end(), other.start()) for one, other in pairwise(words))


@lru_cache(maxsize=4096)
def _meanings_of(long: str) -> tuple[_Meaning, ...]:
    """What a long form means: the measure whose name ends it."""
    end = max((word.end() for word in _WORD.finditer(long)), default=0)
    return tuple(span.meaning for span in _longest(_spans(long)) if span.end == end)


def _defined_spans(text: str, defined: Mapping[str, tuple[_Meaning, ...]]) -> Iterator[_Span]:
    """The short forms of a document that name a measure, and their plurals."""
    for word in _WORD.finditer(text):
        for meaning in defined.get(word.group(), ()) or defined.get(word.group().removesuffix("s"), ()):
            yield _Span(word.start(), word.end(), 1, meaning)


def _longest(spans: Iterable[_Span]) -> list[_Span]:
    """Spans without those inside or across a longer one; equal spans of two measures both stay."""
    chosen: list[_Span] = []
    taken: dict[int, tuple[int, int]] = {}
    for span in sorted(set(spans), key=lambda span: (-span.words, span)):
        place = (span.start, span.end)
        # Names are whole words, so that two meet in the first or the last letter of one of them.
        if taken.get(span.start, place) == place == taken.get(span.end - 1, place):
            chosen.append(span)
            taken |= dict.fromkeys(range(*place), place)
    return sorted(chosen)


def _mention(text: str, span: _Span) -> Mention:
    start, end, _, (key, opposite) = span
    better = measures()[key].better
    verb = text[start:end].lower() == _DIED
    return Mention(start, end, key, (better is Better.HIGHER) is not opposite, better is Better.ABSENT, verb)


def _means_another_thing(text: str, mention: Mention, other: Container[str]) -> bool:
    """Whether a name stands for something else: BBB, the blood-brain barrier; the death of cells; a tumour's cells."""
    match = _WORD.match(text, mention.start)
    short = match.group() if match else ""
    if short in other and _is_cased(short) and not _SCALE_AFTER.match(text, mention.start + len(short)):
        return True
    before = text[max(0, mention.start - 40) : mention.start]
    if mention.measure == "PAIN":
        return short.lower() == "analgesia" and bool(_GIVEN.search(before))
    if mention.measure == "DEATH":
        return bool(_OF_CELLS.search(before) or _NO_DEATH.match(text, mention.end))
    if mention.measure == "TUMOUR":
        return bool(_ANTI.search(before) or (_BARE_TUMOUR.fullmatch(short) and _NO_TUMOUR.match(text, mention.end)))
    return False


_DIED: Final = "died"
_GIVEN: Final = re.compile(
    r"\b(?:caudal|epidural|intrathecal|labou?r|multimodal|neuraxial|patient-controlled|regional|spinal) $",
    re.IGNORECASE,
)
"""Before the analgesia that is given, not reached."""
_OF_CELLS: Final = re.compile(
    r"\b(?:cells?|neurons?|neurones?|axons?|oligodendrocytes?|astrocytes?|motoneurons?|tissue|apoptotic|neuronal"
    r"|brain)(?: \w+){0,2} $",
    re.IGNORECASE,
)
_NO_DEATH: Final = re.compile(
    r"[\s-]+(?:categor\w+|rates?|of (?:\w+ ){0,3}(?:cells?|neurons?|axons?|astrocytes?|oligodendrocytes?)"
    r"|certificates?|domains?"
    r"|ligands?|programs?"
    r"|receptors?|signals?)\b",
    re.IGNORECASE,
)
_ANTI: Final = re.compile(r"\banti-?$", re.IGNORECASE)
_BARE_TUMOUR: Final = re.compile(r"tumou?rs?", re.IGNORECASE)
_NO_TUMOUR: Final = re.compile(
    r"-|\s+(?:antigens?|bearing|bed|biology|biops\w+|bulk|burden|cells?|cores?|control|detection|diagnos\w+|grades?"
    r"|histology"
    r"|lines?|location|lysis|margins?|markers?|mass|microenvironment|models?|necrosis|patients?|progression"
    r"|recurrence|regions?"
    r"|resections?|response|samples?|sizes?|specimens?|stages?|suppress\w+|surgery|tissues?|types?|vaccin\w+"
    r"|vasculature|volumes?)\b",
    re.IGNORECASE,
)
