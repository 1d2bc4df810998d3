"""Which days of a window have been read."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator

Days = tuple[dt.date, dt.date]
"""First and last day, both included."""
_DAY = dt.timedelta(days=1)


class Coverage:
    """A set of days, kept as ranges that neither touch nor overlap.

    Args:
        ranges: First and last days, in any order.
    """

    def __init__(self, ranges: Iterable[Days] = ()) -> None:
        self._ranges: list[Days] = []
        for first, last in ranges:
            self.add(first, last)

    def __iter__(self) -> Iterator[Days]:
        return iter(self._ranges)

    def add(self, first: dt.date, last: dt.date) -> None:
        """Add the days from ``first`` to ``last``; nothing if ``last`` comes before ``first``."""
        if last < first:
            return
        apart = []
        for low, high in self._ranges:
            if high + _DAY < first or last + _DAY < low:
                apart.append((low, high))
            else:
                first, last = min(first, low), max(last, high)
        self._ranges = sorted([*apart, (first, last)])

    def gaps(self, first: dt.date, last: dt.date) -> list[Days]:
        """The ranges of days between ``first`` and ``last`` that are not in the set, oldest first."""
        found = []
        for low, high in self._ranges:
            if high < first:
                continue
            if low > last:
                break
            if first < low:
                found.append((first, low - _DAY))
            first = high + _DAY
        return [*found, (first, last)] if first <= last else found

    def encode(self) -> str:
        """As JSON, for a source's state."""
        return json.dumps([[low.isoformat(), high.isoformat()] for low, high in self._ranges])

    @classmethod
    def decode(cls, text: str) -> Coverage:
        """What `encode` wrote; empty for ``""``."""
        pairs = json.loads(text or "[]")
        return cls((dt.date.fromisoformat(low), dt.date.fromisoformat(high)) for low, high in pairs)


def halves(first: dt.date, last: dt.date) -> tuple[Days, Days]:
    """A range of two or more days in two parts."""
    middle = first + (last - first) // 2
    return (first, middle), (middle + _DAY, last)
