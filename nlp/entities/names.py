"""The names that are looked for: those of the ontologies and those added by hand, each with what it stands for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum
from typing import Final, NamedTuple

from nlp.lexicon.folding import BREAK, Word, fold, words_of
from nlp.lexicon.tables import Concept, curated_names, read_concepts, stop_names, unnamed_roots

_QUALIFIER: Final = re.compile(r" \((?:sensu [^)]*|metazoa)\)$")
"""What an ontology adds to keep two namesakes apart."""
_AMBIGUOUS: Final = 2
"""Synonyms no longer than this are left out."""


class Rank(IntEnum):
    """Which of two meanings of a name holds: the lower."""

    CURATED = 0
    PREFERRED = 1
    SYNONYM = 2
    VARIANT = 3


class Sense(NamedTuple):
    """One meaning of a folded name."""

    rank: Rank
    id: str
    name: str
    """The preferred name of ``id``."""
    exact: tuple[str, ...]
    """The words as they have to be written, where case tells the name from a common word; else empty."""


Variants = Callable[[str], Iterable[str]]
"""Further ways to write a name, by the habits of its kind."""
Tells = Callable[[str], bool]
"""Whether a synonym says what it stands for, by the habits of its kind."""


def senses(table: str, variants: Variants, tells: Tells) -> Iterator[tuple[str, Sense]]:
    """Every name of a table, folded, with what it stands for."""
    stopped = {fold(stop.name) for stop in stop_names(table)}
    unnamed = _unnamed(table)
    preferred: dict[str, str] = {}
    for concept in read_concepts(table):
        preferred[concept.id] = concept.name
        if concept.id in unnamed:
            continue
        for name, rank in _ranked(concept, variants):
            key, exact = _key(name)
            if key not in stopped and _tells(name, key, rank) and (rank is not Rank.SYNONYM or tells(name)):
                yield key, Sense(rank, concept.id, concept.name, exact)
    for curated in curated_names(table):
        key, exact = _key(curated.name)
        yield key, Sense(Rank.CURATED, curated.id, preferred.get(curated.id, curated.id), exact)


def _unnamed(table: str) -> set[str]:
    """The concepts of ``unnamed.tsv`` with everything under them."""
    roots = unnamed_roots(table)
    if not roots:
        return set()
    children: dict[str, list[str]] = {}
    for concept in read_concepts(table):
        for parent in concept.parents:
            children.setdefault(parent, []).append(concept.id)
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        id = waiting.pop()
        if id not in found:
            found.add(id)
            waiting.extend(children.get(id, ()))
    return found


def _ranked(concept: Concept, variants: Variants) -> Iterator[tuple[str, Rank]]:
    plain = _QUALIFIER.sub("", concept.name)
    yield plain, Rank.PREFERRED
    # "ARMS|arms": an acronym in small letters is a slip of the ontology
    synonyms = [name for name in concept.synonyms if name.isupper() or name.upper() not in concept.synonyms]
    for name in synonyms:
        yield name, Rank.SYNONYM
    for name in (plain, *synonyms):
        for variant in variants(name):
            yield variant, Rank.VARIANT


def _key(name: str) -> tuple[str, tuple[str, ...]]:
    words = words_of(name)
    return " ".join(folded for folded, _, _ in words), _exact(name, words)


def _tells(name: str, key: str, rank: Rank) -> bool:
    """Synonyms of one or two letters (``DC``, ``GM``) mean too many things, unless a hand has written them."""
    return len(key) > (1 if rank is Rank.PREFERRED else _AMBIGUOUS) and not name.isdecimal()


def _exact(name: str, words: list[Word]) -> tuple[str, ...]:
    """The words of ``name`` where one of them is an acronym; an empty string for a word whose case is free."""
    if name.islower():
        return ()
    required = tuple(_required(name[start:end]) if folded != BREAK else "" for folded, start, end in words)
    return required if any(required) else ()


def _required(word: str) -> str:
    """``iPSC``, ``CD4``, ``T`` have to be written so; ``Purkinje`` need not."""
    if word[1:].islower() or word.islower() or not any(letter.isupper() for letter in word):
        return ""
    return word.rstrip("+") if len(word) > 1 or word.isupper() else ""


def written_so(exact: tuple[str, ...], text: str, words: list[Word]) -> bool:
    """Whether the acronyms of a name stand in the text in their own case; a plural s may follow."""
    for required, (_, start, end) in zip(exact, words, strict=True):
        if required:
            raw = text[start:end].rstrip("+()⁺")
            if raw != required and raw.removesuffix("s") != required.removesuffix("s"):
                return False
    return True
