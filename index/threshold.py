"""What can be passed over of many scores when only the best are wanted, in constant memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BINS: Final = 1 << 16
"""One for each value of the upper half of a float32: sign, exponent and 7 bits of the rest."""


class Threshold:
    """Counts scores by size and tells which may be among the best.

    Args:
        count: How many are wanted.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._met = np.zeros(_BINS, dtype=np.int64)
        self._lowest = 0

    def passing(self, scores: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which of these scores, shape (n,), may be among the best ``count`` of all that were asked about so far.

        None of the best is missed; some more may pass.
        """
        bins = _bins(scores)
        self._met += np.bincount(bins, minlength=_BINS)
        better = np.cumsum(self._met[::-1])
        if better[-1] >= self._count:
            self._lowest = _BINS - 1 - int(np.searchsorted(better, self._count))
        return bins >= self._lowest


def _bins(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """The number of each score's bin: larger scores, no smaller numbers."""
    bits = np.ascontiguousarray(scores, dtype="<f4").view("<u4")
    rising = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))
    return (rising >> 16).astype(np.int64)
