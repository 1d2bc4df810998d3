"""Joins the lexical and the semantic list: per-query min–max of both scores, summed half and half."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

WEIGHT: Final = 0.5


class Fused(msgspec.Struct, frozen=True, kw_only=True):
    """One record in the joined list."""

    uid: str
    score: float
    lexical_share: float
    semantic_share: float


def fuse(lexical: Mapping[str, float], semantic: Mapping[str, float]) -> list[Fused]:
    """Join two lists of scores by uid, best first; ties in the order of uids.

    Each list is scaled so that its best record gets 1 and its worst 0; a record that one list lacks gets 0 there. In a
    list whose scores are all equal every record gets 1.
    """
    scaled_lexical, scaled_semantic = _scaled(lexical), _scaled(semantic)
    joined = [
        Fused(
            uid=uid,
            score=WEIGHT * (scaled_lexical.get(uid, 0.0) + scaled_semantic.get(uid, 0.0)),
            lexical_share=WEIGHT * scaled_lexical.get(uid, 0.0),
            semantic_share=WEIGHT * scaled_semantic.get(uid, 0.0),
        )
        for uid in scaled_lexical.keys() | scaled_semantic.keys()
    ]
    return sorted(joined, key=lambda fused: (-fused.score, fused.uid))


def _scaled(scores: Mapping[str, float]) -> dict[str, float]:
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if high == low:
        return dict.fromkeys(scores, 1.0)
    return {uid: (score - low) / (high - low) for uid, score in scores.items()}
