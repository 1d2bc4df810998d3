"""Copies of a press text: the same body under several addresses, with other beginnings, ends and mistakes.

Candidates are found by bands of minimum hashes of runs of words (Broder 1997, "On the resemblance and containment of
documents"); that they are copies is decided by the runs themselves.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

RUN: Final = 5
"""Words a run."""
BANDS: Final = 8
ROWS: Final = 8
MIN_RUNS: Final = 40
"""A shorter text, a teaser, says too little to be told from others."""
SAME: Final = 0.8
"""Share of runs in common from which a text is a copy; 0.9 in common are found as candidates with 99 %."""
_WORD: Final = re.compile(r"\w+")
_random = np.random.default_rng(1997)
_FACTORS: Final = _random.integers(1, 2**63, size=(BANDS * ROWS, 1), dtype=np.uint64) | np.uint64(1)
_OFFSETS: Final = _random.integers(0, 2**63, size=(BANDS * ROWS, 1), dtype=np.uint64)


def copy_keys(text: str) -> tuple[str, ...]:
    """``text:…`` keys of which two copies have one in common, nearly always; none for a short text."""
    runs = _runs(text)
    if len(runs) < MIN_RUNS:
        return ()
    hashes: NDArray[np.uint64] = np.fromiter(runs, dtype=np.uint64, count=len(runs))
    smallest = (_FACTORS * hashes + _OFFSETS).min(axis=1).reshape(BANDS, ROWS)
    bands = (hashlib.blake2b(bytes([number]) + band.tobytes(), digest_size=8) for number, band in enumerate(smallest))
    return tuple(f"text:{band.hexdigest()}" for band in bands)


def is_copy(one: str, other: str) -> bool:
    """Whether two texts are the same but for little."""
    first, second = _runs(one), _runs(other)
    return min(len(first), len(second)) >= MIN_RUNS and len(first & second) >= SAME * len(first | second)


def _runs(text: str) -> set[int]:
    words = _WORD.findall(text.casefold())
    return {_hash(" ".join(words[start : start + RUN])) for start in range(len(words) - RUN + 1)}


def _hash(run: str) -> int:
    return int.from_bytes(hashlib.blake2b(run.encode("utf-8", "replace"), digest_size=8).digest(), "big")
