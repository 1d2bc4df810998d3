"""How many of the wanted records have been found: an interval that holds whenever and however often one looks.

Every so often a record is drawn at random from all that nobody has read. If ``wanted`` records are in the queue in all,
``found`` of them were found before the draw and ``unread`` records were unread, the draw hits with probability
``(wanted - found) / unread``, whatever the model has chosen to show in between and however it has learnt from earlier
draws. So the ratio of a mixture of these likelihoods over all hypotheses to the likelihood of the true one is a
non-negative martingale that begins at 1, and by Ville's inequality exceeds ``1/alpha`` at any time with probability at
most ``alpha``. The hypotheses whose ratio stays below ``1/alpha`` are a confidence sequence.

Source: Waudby-Smith and Ramdas, Confidence sequences for sampling without replacement, NeurIPS 2020 (prior-posterior
ratio); here the population shrinks by what is read between the draws as well. Random draws from the unread part as the
base of a stopping rule: Callaghan and Müller-Hansen, Systematic Reviews 9:273, 2020.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALPHA: Final = 0.05
_CHUNK: Final = 200


class Draw(msgspec.Struct, frozen=True, kw_only=True):
    """A record drawn at random."""

    unread: int
    """Records that nobody had read, this one among them."""
    found: int
    """Wanted records that had been found before."""
    hit: bool
    """Whether it was wanted."""


class Recall(msgspec.Struct, frozen=True, kw_only=True):
    """Share of the wanted records that have been found, with what it rests on."""

    found: int
    wanted: float
    """Estimate of how many there are."""
    wanted_low: int
    wanted_high: int
    """Bounds of the interval."""
    draws: int
    """Random draws that it rests on."""

    @property
    def estimate(self) -> float:
        """0–1; 1 where nothing is wanted."""
        return self.found / self.wanted if self.wanted else 1.0

    @property
    def low(self) -> float:
        """Lower bound, 0–1."""
        return self.found / self.wanted_high if self.wanted_high else 1.0

    @property
    def high(self) -> float:
        """Upper bound, 0–1."""
        return self.found / self.wanted_low if self.wanted_low else 1.0


def estimate_recall(draws: Sequence[Draw], *, found: int, unread: int, alpha: float = ALPHA) -> Recall:
    """The interval for the recall so far.

    Args:
        draws: In their order.
        found: Wanted records found until now.
        unread: Records that nobody has read now.
        alpha: The interval misses the truth with at most this probability, over all looks together.
    """
    # What was read bounds the truth by itself.
    wanted = np.arange(found, found + unread + 1)
    first = draws[0] if draws else Draw(unread=unread, found=found, hit=False)
    weighted, ratio = _ratio(_log_likelihood(draws, wanted), wanted, first)
    held = wanted[ratio < np.log(1.0 / alpha)]
    middle = np.searchsorted(np.cumsum(weighted), 0.5)
    return Recall(
        found=found,
        wanted=float(wanted[min(int(middle), unread)] if draws else found),
        wanted_low=int(held[0]) if len(held) else found,
        wanted_high=int(held[-1]) if len(held) else found + unread,
        draws=len(draws),
    )


def draws_needed(draws: Sequence[Draw], *, found: int, unread: int, target: float, alpha: float = ALPHA) -> int | None:
    """How many further draws without a hit would show that the recall is at least ``target``; 0 if it is shown already.

    Returns:
        ``None`` if nothing was found: then no number of draws tells.
    """
    if not found:
        return None
    wanted = np.arange(found, found + unread + 1)
    before = _log_likelihood(draws, wanted)
    first = draws[0] if draws else Draw(unread=unread, found=found, hit=False)

    def shown(more: int) -> bool:
        standing = slice(0, unread - more + 1)
        likelihood = (before + _log_blanks(wanted - found, unread, more))[standing]
        _, ratio = _ratio(likelihood, wanted[standing], first)
        held = wanted[standing][ratio < np.log(1.0 / alpha)]
        return not len(held) or found / float(held[-1]) >= target

    if shown(0):
        return 0
    low, high = 0, unread
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if shown(middle) else (middle, high)
    return high


def _log_likelihood(draws: Sequence[Draw], wanted: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of the draws under each hypothesis, shape of ``wanted``."""
    total = np.zeros(len(wanted))
    for start in range(0, len(draws), _CHUNK):
        part = draws[start : start + _CHUNK]
        left = wanted[:, None] - np.array([draw.found for draw in part])
        unread = np.array([draw.unread for draw in part])
        favourable = np.where([draw.hit for draw in part], left, unread - left)
        with np.errstate(divide="ignore"):
            total += np.log(np.maximum(favourable, 0) / unread).sum(axis=1)
    return total


def _log_blanks(left: NDArray[np.int64], unread: int, count: int) -> NDArray[np.float64]:
    """Log-likelihood of ``count`` draws in a row without a hit, if ``left`` of the ``unread`` are wanted."""
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, unread + 1)))])
    rest = unread - left
    value = log_factorial[rest] - log_factorial[np.maximum(rest - count, 0)]
    return np.where(rest >= count, value - log_factorial[unread] + log_factorial[unread - count], -np.inf)


def _ratio(
    log_likelihood: NDArray[np.float64], wanted: NDArray[np.int64], first: Draw
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The posterior, and the log-ratio of the mixture to each hypothesis.

    Few of many are wanted, as a rule: any prior that was fixed before the first draw keeps the interval valid, and this
    one makes it short.
    """
    prior = 1.0 / (1.0 + np.arange(first.unread + 1))
    weighted = log_likelihood + np.log(prior / prior.sum())[wanted - first.found]
    peak = weighted.max()
    mixture = peak + np.log(np.exp(weighted - peak).sum())
    return np.exp(weighted - mixture), mixture - log_likelihood
