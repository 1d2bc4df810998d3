"""Words as they are indexed, the same for every backend: what is found must not depend on where the index lies."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final

import tantivy

from records.remembered import Remembered

LONGEST: Final = 60
"""Longer words are not indexed, code points."""
GAP: Final = "_"
"""Stands in the place of a word that is not indexed; no word is written like this."""
_KNOWN: Final = 200_000


def make_analyzer() -> tantivy.TextAnalyzer:
    """Words in lower case, folded to ASCII, without English stop words, stemmed by Snowball (``porter2``)."""
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(LONGEST))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.stopword("english"))
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )


def words_of(text: str) -> list[str]:
    """The words of a text as they are indexed, in order."""
    found: list[str] = _analyzer().analyze(text)
    return found


def slots_of(text: str) -> list[str]:
    """Every word of a text in its place: as it is indexed, or `GAP` where it is not (a stop word)."""
    return list(map(_INDEXED.__getitem__, _tokenizer().analyze(text)))


def places_of(text: str) -> list[tuple[int, str]]:
    """The words of a phrase as they are indexed, each with its distance from the first."""
    found = [(place, word) for place, word in enumerate(slots_of(text)) if word != GAP]
    return [(place - found[0][0], word) for place, word in found]


@lru_cache(_KNOWN)
def fold(value: str) -> str:
    """A keyword as it is compared: whatever the case."""
    return value.casefold()


@cache
def _analyzer() -> tantivy.TextAnalyzer:
    return make_analyzer()


@cache
def _tokenizer() -> tantivy.TextAnalyzer:
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).build()


_INDEXED: Final = Remembered(lambda word: next(iter(words_of(word)), GAP))
"""Word → as it is indexed: a plain look-up is ten times as fast as the analyzer."""
