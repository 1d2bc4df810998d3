"""The interval of recall holds as often as it says, whatever is read between the random draws."""

from __future__ import annotations

import numpy as np
import pytest

from feeds.review.recall import Draw, draws_needed, estimate_recall


def run_misses(chance: np.random.Generator, *, alpha: float, every: int) -> bool:
    """Whether a whole review missed the truth at any look. The ranking learns: it goes near what was found."""
    size = int(chance.integers(30, 150))
    wanted = chance.random(size) < chance.choice([0.02, 0.1, 0.4])
    place = np.where(wanted, chance.normal(1.0, 1.0, size), chance.normal(0.0, 1.0, size))
    scores, unread, lots = place.copy(), set(range(size)), list(chance.permutation(size))
    draws: list[Draw] = []
    found = 0
    for number in range(1, size + 1):
        if number % every == 0:
            at = next(one for one in lots if one in unread)
            draws.append(Draw(unread=len(unread), found=found, hit=bool(wanted[at])))
        else:
            at = max(unread, key=lambda one: scores[one])
        unread.remove(at)
        if wanted[at]:
            found += 1
            scores -= np.abs(place - place[at])
        recall = estimate_recall(draws, found=found, unread=len(unread), alpha=alpha)
        if not recall.wanted_low <= wanted.sum() <= recall.wanted_high:
            return True
    return False


@pytest.mark.parametrize("every", [1, 2, 10])
def test_the_interval_misses_no_oftener_than_it_says_over_all_looks(every: int) -> None:
    chance = np.random.default_rng(every)
    runs, alpha = 150, 0.2
    misses = sum(run_misses(chance, alpha=alpha, every=every) for _ in range(runs))
    # Four standard errors above what is allowed would be a mistake in the reckoning, not bad luck.
    assert misses <= runs * alpha + 4 * (runs * alpha * (1 - alpha)) ** 0.5
    if every == 1:
        assert misses > 0, "an interval that never misses at this level tells less than it could"


def test_an_interval_of_draws_that_are_not_random_fails() -> None:
    # The check above can fail: draws that avoid what is wanted break the interval.
    draws = [Draw(unread=100 - number, found=0, hit=False) for number in range(80)]
    assert estimate_recall(draws, found=0, unread=20, alpha=0.2).wanted_high < 20


def test_it_begins_knowing_nothing_and_ends_knowing_all() -> None:
    nothing = estimate_recall([], found=3, unread=50)
    assert (nothing.wanted_low, nothing.wanted_high, nothing.draws) == (3, 53, 0)
    everything = estimate_recall([Draw(unread=1, found=2, hit=True)], found=3, unread=0)
    assert (everything.low, everything.estimate, everything.high) == (1.0, 1.0, 1.0)
    assert estimate_recall([], found=0, unread=0).estimate == 1.0


def test_more_draws_without_a_find_narrow_it() -> None:
    def low(count: int) -> float:
        draws = [Draw(unread=1_000 - number, found=40, hit=False) for number in range(count)]
        return estimate_recall(draws, found=40, unread=1_000 - count).low

    lows = [low(count) for count in (0, 50, 200, 600)]
    assert lows == sorted(lows)
    assert lows[0] < 0.05
    assert lows[-1] > 0.8


def test_draws_needed_are_enough_and_one_fewer_is_not() -> None:
    before = [Draw(unread=400 - number, found=20, hit=number == 3) for number in range(10)]
    needed = draws_needed(before, found=21, unread=390, target=0.9)
    assert needed

    def low(more: int) -> float:
        draws = [*before, *(Draw(unread=390 - number, found=21, hit=False) for number in range(more))]
        return estimate_recall(draws, found=21, unread=390 - more).low

    assert low(needed) >= 0.9 > low(needed - 1)
    assert draws_needed([], found=0, unread=10, target=0.9) is None
    assert draws_needed([], found=5, unread=0, target=0.9) == 0
