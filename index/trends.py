"""How many records match in each year or month, all together or by the values of a field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from index.fields import FACETS, MOST_VALUES
from index.query import DOUBTFUL, narrowed, parse_query
from records.errors import QueryError
from records.query import Node, Range

if TYPE_CHECKING:
    from index.search import Searcher

MOST_PERIODS: Final = 600
MONTHS: Final = 24
"""How far back months go, if nothing else is said."""


class Period(StrEnum):
    """What is counted together."""

    YEAR = "year"
    MONTH = "month"


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """The counts of one value of a field, or of all matches."""

    value: str
    """As it is searched; empty for all matches."""
    name: str
    """For display."""
    counts: tuple[int, ...]
    """One for each period."""
    doubtful: tuple[int, ...]
    """Of each of these, how many are retracted, or about a retracted paper."""


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """Counts over time."""

    query: str
    per: Period
    by: str
    """Field, or empty."""
    periods: tuple[str, ...]
    """``2025`` or ``2025-03``, oldest first, without gaps."""
    series: tuple[Series, ...]
    """Of all matches, or one for each value, most frequent first. A record counts under each value that it bears."""
    total: int
    """All records that match."""
    doubtful: int
    """Of these, how many are retracted, or about a retracted paper."""
    undated: int
    """Of these, how many bear no date."""
    outside: int
    """Of these, how many lie before or after the periods."""
    incomplete: str
    """The period that is not over yet; what lies after it is announced only. Empty if all are over."""
    seq: int
    """Library change up to which the index had read."""


def trend(
    searcher: Searcher,
    text: str,
    *,
    per: Period = Period.YEAR,
    by: str = "",
    first: str = "",
    last: str = "",
    size: int = 8,
    today: dt.date,
) -> Trend:
    """Count what a query matches over time; of bare words a record has to contain at least one.

    Args:
        searcher: Answers.
        text: The query.
        per: Year or month of publication.
        by: A field to count by; concepts count as they are mentioned, as in `Searcher.facets`.
        first: First period, ``2015`` or ``2015-03``; by default the first with a match, or the last 24 months.
        last: Last period; by default the present one.
        size: Values at most.
        today: The day that decides which period is not over.

    Raises:
        QueryError: The query or a period does not parse, the field cannot be counted, or there are too many periods.
    """
    if by and by not in FACETS:
        raise QueryError(f"{by!r} cannot be counted", hint=f"fields: {', '.join(FACETS)}")
    node = searcher.resolve(parse_query(text).node)
    present = today.isoformat()[: _width(per)]
    begin = _normal(first, per) if first else _first(searcher, text, per, today)
    end = _normal(last, per, at_end=True) if last else max(present, begin)
    periods = tuple(_periods(begin, end))
    series = tuple(_series(searcher, text, node, periods, by, size))
    total, dated = searcher.count(node), searcher.count(narrowed(node, Range("date", "", "")))
    inside = searcher.count(narrowed(node, Range("date", periods[0], periods[-1])))
    return Trend(
        query=text,
        per=per,
        by=by,
        periods=periods,
        series=series,
        total=total,
        doubtful=searcher.count(narrowed(node, DOUBTFUL)),
        undated=total - dated,
        outside=dated - inside,
        incomplete=present if present in periods else "",
        seq=searcher.seq,
    )


def _series(
    searcher: Searcher, text: str, node: Node | None, periods: Sequence[str], by: str, size: int
) -> Iterator[Series]:
    within = [narrowed(node, Range("date", period, period)) for period in periods]
    if not by:
        doubtful = tuple(searcher.count(narrowed(each, DOUBTFUL)) for each in within)
        yield Series(value="", name="all", counts=tuple(map(searcher.count, within)), doubtful=doubtful)
        return
    counted = [searcher.facets(each, fields=[by], size=MOST_VALUES)[by] for each in within]
    counts = [{one.value: (one.count, one.doubtful) for one in found} for found in counted]
    for one in searcher.facets(text, fields=[by], size=size)[by]:
        each = [found.get(one.value, (0, 0)) for found in counts]
        yield Series(
            value=one.value,
            name=one.name,
            counts=tuple(count for count, _ in each),
            doubtful=tuple(doubtful for _, doubtful in each),
        )


def _width(per: Period) -> int:
    return len("2025") if per is Period.YEAR else len("2025-03")


def _normal(text: str, per: Period, *, at_end: bool = False) -> str:
    """A period as typed: a year stands for its first or its last month. Raises `QueryError` for anything else."""
    for pattern in ("%Y-%m-%d", "%Y-%m", "%Y"):
        try:
            day = dt.datetime.strptime(text.strip(), pattern).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
        if pattern == "%Y" and at_end:
            day = day.replace(month=12)
        return day.isoformat()[: _width(per)]
    raise QueryError(f"{text!r} is no period", hint="2015, or 2015-03")


def _first(searcher: Searcher, text: str, per: Period, today: dt.date) -> str:
    if per is Period.MONTH:
        months = today.year * 12 + today.month - MONTHS
        return f"{months // 12:04d}-{months % 12 + 1:02d}"
    years = [one.value for one in searcher.facets(text, fields=["year"], size=MOST_PERIODS)["year"]]
    return min((*years, f"{today.year:04d}"))


def _periods(first: str, last: str) -> Iterator[str]:
    begin, end = _number(first), _number(last)
    if end < begin:
        raise QueryError(f"{last} lies before {first}", hint="the first period comes first")
    if end - begin >= MOST_PERIODS:
        raise QueryError(f"from {first} to {last} are {end - begin + 1} periods", hint=f"at most {MOST_PERIODS}")
    for number in range(begin, end + 1):
        yield f"{number:04d}" if len(first) == len("2025") else f"{number // 12:04d}-{number % 12 + 1:02d}"


def _number(period: str) -> int:
    year, _, month = period.partition("-")
    return int(year) * 12 + int(month) - 1 if month else int(year)
