"""The order of many hits, for those who want nothing else of them: in a fraction of the memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from index.fusion import WEIGHT

if TYPE_CHECKING:
    from numpy.typing import NDArray


def in_order(lexical: Mapping[str, float], semantic: Mapping[str, float], *, fused: bool) -> list[str]:
    """Uids of both lists, best first, ties in the order of uids.

    Args:
        lexical: uid → score.
        semantic: uid → score.
        fused: Whether to join them as `index.fusion.fuse` does; else by the scores of the one list that there is.
    """
    uids = sorted(lexical.keys() | semantic.keys())
    total = np.zeros(len(uids))
    for scores in (lexical, semantic):
        if scores:
            own = np.fromiter((scores.get(uid, np.nan) for uid in uids), dtype=np.float64, count=len(uids))
            total += np.nan_to_num(_scaled(own) if fused else own)
    return [uids[place] for place in np.argsort(-(WEIGHT * total if fused else total), kind="stable").tolist()]


def _scaled(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """The best is 1, the worst 0; what is not in the list is not a number."""
    low, high = np.nanmin(scores), np.nanmax(scores)
    return np.where(np.isnan(scores), np.nan, 1.0) if high == low else (scores - low) / (high - low)
