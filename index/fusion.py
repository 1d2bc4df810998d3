"""Joins the lexical and the semantic list: per-query min–max of both scores, summed half and half."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec

WEIGHT: Final = 0.5


class Fused(msgspec.Struct, frozen=True, kw_only=True):
    """One record in the joined list."""

    uid: str
    score: float
    lexical_share: float
    semantic_share: float


Join: TypeAlias = Callable[[str, float | None, float | None], Fused]
"""Gives a record its place by its uid, its lexical and its semantic score; ``None`` where a list lacks it."""


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """Scales the scores of one list: its best gets 1 and its worst 0; where all are equal every one gets 1."""

    low: float = 0.0
    high: float = 0.0

    def __call__(self, score: float | None) -> float:
        """A record that the list lacks gets 0."""
        if score is None:
            return 0.0
        return 1.0 if self.high == self.low else (score - self.low) / (self.high - self.low)


def halves(lexical: Scale, semantic: Scale) -> Join:
    """Both scores, scaled, half and half."""

    def joined(uid: str, by_words: float | None, by_meaning: float | None) -> Fused:
        one, other = lexical(by_words), semantic(by_meaning)
        return Fused(uid=uid, score=WEIGHT * (one + other), lexical_share=WEIGHT * one, semantic_share=WEIGHT * other)

    return joined


def single(uid: str, lexical: float | None, semantic: float | None) -> Fused:
    """By the score of the one list that there is."""
    lexical_share, semantic_share = lexical or 0.0, semantic or 0.0
    score = lexical_share + semantic_share
    return Fused(uid=uid, score=score, lexical_share=lexical_share, semantic_share=semantic_share)


def placed(place: int, count: int) -> float:
    """The score of a place, from 1, among so many: the order stays, whatever is done with it."""
    return 1.0 - (place - 1) / count


def ordered(lexical: Mapping[str, float], semantic: Mapping[str, float], join: Join) -> list[Fused]:
    """Two lists of scores by uid as one, best first; ties in the order of uids."""
    joined = [join(uid, lexical.get(uid), semantic.get(uid)) for uid in lexical.keys() | semantic.keys()]
    return sorted(joined, key=lambda fused: (-fused.score, fused.uid))


def fuse(lexical: Mapping[str, float], semantic: Mapping[str, float]) -> list[Fused]:
    """Join two lists of scores by uid, best first, each scaled by its own best and worst."""
    return ordered(lexical, semantic, halves(_scale(lexical), _scale(semantic)))


def _scale(scores: Mapping[str, float]) -> Scale:
    return Scale(low=min(scores.values()), high=max(scores.values())) if scores else Scale()
