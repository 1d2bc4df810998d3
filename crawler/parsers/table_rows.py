"""Rows of a table in text (RFC 4180), each checked: a quote that is never closed swallows no row without a word."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from typing import Final, TextIO

import msgspec

LONGEST_ROW: Final = 1_000
"""Lines of a row; where more would be needed, a quote was never closed."""
_LONGEST_CELL: Final = 64 * 2**20
_TELLING: Final = 6
"""Columns from which on the lines of a cell that divide into as many are rows, and no prose with commas."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row, or the line at which none could be read."""

    line: int
    """Of the file, from 1, where it begins."""
    cells: list[str]
    wrong: str = ""
    """Why it is no row; its line is then the only cell."""
    incomplete: bool = False
    """Whether the file broke off in it."""


def rows_of(text: TextIO, *, delimiter: str, headings: int) -> Iterator[Row]:
    """Every row that has anything in it, in constant memory. After a line that is no row it goes on with the next.

    Args:
        text: The file behind its heading, opened with ``newline=""``.
        delimiter: Between cells.
        headings: How many columns the heading names; cells that are empty may come behind them.
    """
    lines = _Lines(text)
    while lines.begin():
        began = lines.number
        csv.field_size_limit(_LONGEST_CELL)
        try:
            cells = next(csv.reader(lines, delimiter=delimiter, strict=True))
            wrong = _wrong(cells, delimiter, headings)
            cut = lines.at_end and len(cells) < headings
        except csv.Error as error:
            cells, cut = [], "unexpected end" in str(error)
            wrong = "a quote is never closed" if cut else str(error)
        if wrong:
            first = lines.give_back()
            plain = _loosely(first, delimiter, headings)
            if plain is None:
                yield Row(line=began, cells=[first.rstrip("\r\n")], wrong=wrong, incomplete=cut)
                continue
            cells = plain
        if any(cell.strip() for cell in cells):
            yield Row(line=began, cells=cells)


def headings_of(line: str, delimiter: str) -> list[str]:
    """The cells of a heading; none where it is no line of a table."""
    csv.field_size_limit(_LONGEST_CELL)
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def columns_of(cells: list[str]) -> int:
    """How many columns a heading names."""
    return max((place for place, cell in enumerate(cells, start=1) if cell.strip()), default=0)


class _Lines:
    """Lines of a file, of which those of the row at hand can be given back."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._waiting: deque[str] = deque()
        self._taken: list[str] = []
        self.number = 1
        """Of the row's first line; the heading was line 1."""

    def begin(self) -> bool:
        """Begin a row; False if there is no further line."""
        self.number += len(self._taken) or 1
        self._taken = []
        return not self.at_end

    @property
    def at_end(self) -> bool:
        """Whether every line has been taken."""
        if not self._waiting and (line := self._text.readline()):
            self._waiting.append(line)
        return not self._waiting

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self._taken) == LONGEST_ROW:
            raise csv.Error(f"a quote is not closed within {LONGEST_ROW} lines")
        if self.at_end:
            raise StopIteration
        self._taken.append(self._waiting.popleft())
        return self._taken[-1]

    def give_back(self) -> str:
        """All lines of the row but the first, which is returned."""
        first, *others = self._taken
        self._waiting.extendleft(reversed(others))
        self._taken = [first]
        return first


def _wrong(cells: list[str], delimiter: str, headings: int) -> str:
    """What says that the cells are not those of one row."""
    filled = columns_of(cells)
    if not filled:
        return ""
    if filled > headings or len(cells) < headings:
        return f"{filled if filled > headings else len(cells)} cells under {headings} headings"
    if headings >= _TELLING and any(_holds_rows(cell, place, delimiter, headings) for place, cell in enumerate(cells)):
        return "a cell holds whole rows: a quote is not closed"
    return ""


def _holds_rows(cell: str, place: int, delimiter: str, headings: int) -> bool:
    """Whether a cell begins with the end of one row and ends with the beginning of another."""
    first, *others = cell.splitlines() or [""]
    if not others:
        return False
    *between, last = others
    return (
        first.count(delimiter) == headings - 1 - place
        and last.count(delimiter) == place
        and all(line.count(delimiter) >= headings - 1 for line in between)
    )


def _loosely(line: str, delimiter: str, headings: int) -> list[str] | None:
    """The cells of a line with quotes of its own in them, ``"Walking" again``, if they are one row's nevertheless."""
    if line.count('"') % 2:
        return None
    cells = next(csv.reader([line], delimiter=delimiter), [])
    return None if _wrong(cells, delimiter, headings) else cells
