"""What is found out of words once for each: texts share most of theirs, and a look-up costs a tenth of finding out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

Found = TypeVar("Found")
_MOST: Final = 200_000
_LONGEST: Final = 60
"""Code points; longer ones are addresses and sequences, and seldom seen twice."""


class Remembered(dict[str, Found]):
    """Word, or what stands between two blanks → what ``find`` says of it; asked with ``[]``. Forgets all when full."""

    def __init__(self, find: Callable[[str], Found]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, written: str) -> Found:
        found = self._find(written)
        if len(written) <= _LONGEST:
            if len(self) >= _MOST:
                self.clear()
            self[written] = found
        return found
