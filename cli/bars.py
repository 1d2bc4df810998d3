"""A trend in the terminal: a bar a period, or a line of small bars for each value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from index.trends import Series, Trend

_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
_HEIGHTS: Final = " ▁▂▃▄▅▆▇█"
_WIDEST: Final = 60
"""Cells of the longest bar."""
OVER: Final = "cyan"
"""Style of periods that are over."""
NOT_OVER: Final = "dim cyan"


def bars(trend: Trend) -> Iterator[Text]:
    """A line a period, oldest first: its name, its bar and its count."""
    counts = trend.series[0].counts
    most = max(counts, default=0)
    for period, count, doubtful in zip(trend.periods, counts, trend.series[0].doubtful, strict=True):
        line = Text(f"{period:>7} ").append(_bar(count, most), style=OVER if is_over(trend, period) else NOT_OVER)
        yield line.append(f" {count}{said_of(trend, period)}{doubted(doubtful)}")


def lines(trend: Trend) -> Table:
    """A row for each value: its small bars, each row on a scale of its own, its sum and its highest count."""
    table = Table(box=None, pad_edge=False)
    table.add_column(trend.by.replace("_", " "), overflow="fold")
    table.add_column(f"{trend.periods[0]} – {trend.periods[-1]}", no_wrap=True)
    for heading in ("records", *(("doubtful",) if trend.doubtful else ())):
        table.add_column(heading, justify="right")
    table.add_column("most")
    for series in trend.series:
        sums = [series.counts, *((series.doubtful,) if trend.doubtful else ())]
        small = Text(_small(series.counts), style=OVER)
        table.add_row(Text(series.name), small, *(str(sum(counts)) for counts in sums), _peak(trend, series))
    return table


def doubted(count: int) -> str:
    """What stands behind a number of which so many are doubtful."""
    return f" ({count} doubtful)" if count else ""


def is_over(trend: Trend, period: str) -> bool:
    """Whether a period lies wholly in the past."""
    return not trend.incomplete or period < trend.incomplete


def said_of(trend: Trend, period: str) -> str:
    """What a reader must know of a period that is not over."""
    if is_over(trend, period):
        return ""
    return " so far" if period == trend.incomplete else " announced"


def remarks(trend: Trend) -> Iterator[str]:
    """What the counts hold that may not stand, and what they leave out."""
    if trend.doubtful:
        yield (
            f"{trend.doubtful} of {trend.total} doubtful: retracted, or about a retracted paper. "
            "is:sound leaves them out"
        )
    if trend.undated:
        yield f"{trend.undated} of {trend.total} bear no date of publication and are not counted"
    if trend.outside:
        yield f"{trend.outside} of {trend.total} were published before {trend.periods[0]} or after {trend.periods[-1]}"
    if trend.incomplete and trend.total:
        yield f"{trend.incomplete} is not over: its count will grow"


def _bar(count: int, most: int) -> str:
    eighths = round(count / most * _WIDEST * 8) if most else 0
    # What is there is seen, however little it is.
    eighths = max(eighths, 1) if count else 0
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _small(counts: Sequence[int]) -> str:
    most = max(counts, default=0)
    return "".join(_HEIGHTS[max(1, round(count / most * 8))] if count else "·" for count in counts)


def _peak(trend: Trend, series: Series) -> str:
    most = max(series.counts, default=0)
    return f"{most} in {trend.periods[series.counts.index(most)]}" if most else ""
