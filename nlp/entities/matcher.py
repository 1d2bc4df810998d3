"""Looks up every name of the vocabulary in one pass, then lets each kind put its matches right."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from nlp.entities.abbreviated import defined_matches
from nlp.entities.base import Match, Passage, longest
from nlp.entities.names import Sense, senses, written_so
from nlp.entities.registry import kinds
from nlp.lexicon import VERSION
from nlp.lexicon.folding import Word, words_of
from records.annotation import EntityKind

if TYPE_CHECKING:
    from spacy.matcher import PhraseMatcher
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

RULE: Final = f"lexicon@{VERSION}"
_MEANINGS: Final = 4096
"""Long forms whose meaning is kept: a document's fields share them, and so do documents."""
_UNKNOWN: Final = "\u2420"
"""Stands where a run of words ends: the matcher's vocabulary does not grow with what is read."""


class _Vocabulary(NamedTuple):
    vocab: Vocab
    phrases: PhraseMatcher
    words: frozenset[str]
    """Every word of a name."""
    first_words: frozenset[str]
    senses: Mapping[int, tuple[tuple[EntityKind, Sense], ...]]
    """By the hash of the folded name, the best ranked first."""


class EntityMatcher:
    """Finds the entities of every kind. The first `load` of a process takes a few seconds."""

    def __init__(self, vocabulary: _Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._meaning = lru_cache(_MEANINGS)(self._means)

    @classmethod
    def load(cls) -> EntityMatcher:
        """A matcher over the baked lexicon and the curated names."""
        return cls(_load())

    def __call__(self, doc: Doc, abbreviations: Mapping[str, str]) -> list[Match]:
        """All mentions in text order; mentions of one kind never overlap.

        Args:
            doc: The text, tokenised.
            abbreviations: Short forms that the document defines (`nlp.abbreviations.document_abbreviations`).
        """
        return self.find(doc.text, abbreviations)

    def find(self, text: str, abbreviations: Mapping[str, str]) -> list[Match]:
        """What a call does, for a text that is not tokenised."""
        passage = Passage(text, words_of(text), abbreviations)
        found = defined_matches(passage, self._look_up(passage), self._meaning)
        matches = [
            match
            for kind in kinds()
            for match in kind.refine(passage, longest([one for one in found if one.kind is kind.KIND]))
        ]
        return sorted(matches, key=lambda match: (match.start, -match.end, match.kind))

    def _means(self, long: str) -> list[Match]:
        return self.find(long, {})

    def _look_up(self, passage: Passage) -> list[Match]:
        from spacy.tokens import Doc

        vocabulary = self._vocabulary
        folded, places = _runs(passage.words, vocabulary)
        doc = Doc(vocabulary.vocab, words=folded)
        return [
            match
            for name, first, last in vocabulary.phrases(doc)
            for match in _resolve(vocabulary.senses[name], passage, places[first], places[last - 1] + 1)
        ]


def _runs(words: list[Word], vocabulary: _Vocabulary) -> tuple[list[str], list[int]]:
    """The words in which a name can stand, `_UNKNOWN` after each run of them; and the place of each in ``words``."""
    known, first_words = vocabulary.words, vocabulary.first_words
    folded: list[str] = []
    places: list[int] = []
    within = False
    for place, (word, _, _) in enumerate(words):
        if word in (known if within else first_words):
            folded.append(word)
            places.append(place)
            within = True
        elif within:
            folded.append(_UNKNOWN)
            places.append(place)
            within = False
    return folded, places


def _resolve(
    candidates: tuple[tuple[EntityKind, Sense], ...], passage: Passage, first: int, last: int
) -> Iterator[Match]:
    """The best sense of each kind; none where two of a rank disagree."""
    words = passage.words[first:last]
    best: dict[EntityKind, Sense | None] = {}
    for kind, sense in candidates:
        if sense.exact and not written_so(sense.exact, passage.text, words):
            continue
        chosen = best.setdefault(kind, sense)
        if chosen and chosen.rank is sense.rank and chosen.id != sense.id:
            best[kind] = None
    start, end = words[0][1], _end(passage.text, words[-1][2])
    for kind, chosen in best.items():
        if chosen:
            yield Match(kind, chosen.id, chosen.name, start, end, RULE)


def _end(text: str, end: int) -> int:
    """A marker's sign, ``CD4+``, is no part of a name that ends with it."""
    return end - 1 if text[end - 1] == "+" else end


@contextmanager
def _without_collector() -> Iterator[None]:
    """A million small objects that all stay: the garbage collector would look at them again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _without_torch() -> Iterator[None]:
    """spaCy imports torch where there is one, and finds names without it: a second and a half, and 200 MB."""
    if {"spacy", "thinc", "torch"} & sys.modules.keys():
        yield
        return
    sys.modules["torch"] = None  # type: ignore[assignment]  # what import takes for a module that is not there
    try:
        yield
    finally:
        del sys.modules["torch"]


@cache
@_without_collector()
def _load() -> _Vocabulary:
    """One for all matchers of a process: nothing changes it."""
    with _without_torch():
        from spacy.matcher import PhraseMatcher
        from spacy.vocab import Vocab

    vocab = Vocab()
    phrases = PhraseMatcher(vocab, attr="ORTH")
    by_name: dict[str, list[tuple[EntityKind, Sense]]] = {}
    for kind in kinds():
        if kind.TABLE:
            for name, sense in senses(kind.TABLE, kind.variants, kind.tells):
                by_name.setdefault(name, []).append((kind.KIND, sense))
    hashes = {word: vocab.strings.add(word) for word in {word for name in by_name for word in name.split()}}
    by_hash: dict[int, tuple[tuple[EntityKind, Sense], ...]] = {}
    for name, found in by_name.items():
        key = vocab.strings.add(name)
        # A pattern may be given as the hashes of its words, as spaCy itself does when it unpickles a matcher.
        phrases.add(name, [[hashes[word] for word in name.split()]])  # type: ignore[list-item]
        by_hash[key] = tuple(sorted(found, key=lambda one: one[1].rank)) if len(found) > 1 else tuple(found)
    first_words = frozenset(name.partition(" ")[0] for name in by_name)
    return _Vocabulary(vocab, phrases, frozenset(hashes), first_words, by_hash)
