"""Counts over time: every match lies in a period, outside of them, or bears no date."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.backend import Backend
from index.search import Searcher
from index.trends import MOST_PERIODS, Period, Trend, _number, _periods, trend
from records.errors import QueryError
from tests.index.index_world import LEXICON

TODAY = dt.date(2026, 3, 5)


def counted(backend: Backend, text: str, **options: object) -> Trend:
    values: dict[str, object] = {"today": TODAY}
    return trend(Searcher(backend, _no_encoder, lambda: LEXICON), text, **(values | options))  # type: ignore[arg-type]


def test_years_follow_without_gaps(backend: Backend) -> None:
    found = counted(backend, "")
    assert found.periods == ("2021", "2022", "2023", "2024", "2025", "2026")
    assert found.series[0].counts == (1, 1, 1, 1, 0, 1)
    assert (found.total, found.undated, found.outside) == (7, 1, 1), "one is dated 2028, one bears no date"
    assert found.incomplete == "2026"


def test_months_go_back_two_years(backend: Backend) -> None:
    found = counted(backend, "", per=Period.MONTH)
    assert (found.periods[0], found.periods[-1], len(found.periods)) == ("2024-04", "2026-03", 24)
    assert found.incomplete == "2026-03"
    whole = counted(backend, "source:pubmed", per=Period.MONTH, first="2022", last="2022")
    assert dict(zip(whole.periods, whole.series[0].counts, strict=True))["2022-05"] == 1
    assert len(whole.periods) == 12


def test_values_of_a_field_are_counted_as_they_are_mentioned(backend: Backend) -> None:
    found = counted(backend, "measure:BBB", by="species")
    assert {series.name: series.counts[:2] for series in found.series} == {"rat": (1, 0), "human": (0, 1)}
    kinds = counted(backend, "", by="kind", last="2028")
    assert {series.name: sum(series.counts) for series in kinds.series} == {"article": 5, "press": 1, "registration": 0}


def test_what_is_doubtful_is_counted_beside_the_rest(backend: Backend) -> None:
    found = counted(backend, "source:pubmed")
    assert (found.doubtful, found.series[0].counts, found.series[0].doubtful) == (
        1,
        (1, 1, 1, 1, 0, 0),
        (0, 0, 0, 1, 0, 0),
    )
    by = counted(backend, "source:pubmed", by="status")
    assert {series.value: sum(series.doubtful) for series in by.series} == {
        "current": 0,
        "expression_of_concern": 0,
        "retracted": 1,
    }


def test_of_words_one_must_occur(backend: Backend) -> None:
    assert counted(backend, "glia exosomes").total == 2
    assert counted(backend, "nowhere").total == 0


def test_what_nothing_matches_has_the_present_year(backend: Backend) -> None:
    found = counted(backend, "nowhere", by="species")
    assert (found.periods, found.series) == (("2026",), ())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"by": "colour"}, "cannot be counted"),
        ({"first": "lately"}, "no period"),
        ({"first": "2020", "last": "2010"}, "lies before"),
        ({"first": "1000"}, "periods"),
        ({"first": "2020-13"}, "no period"),
    ],
)
def test_mistakes_are_named(backend: Backend, options: dict[str, object], said: str) -> None:
    with pytest.raises(QueryError, match=said):
        counted(backend, "", **options)


@given(st.integers(12, 9_900 * 12), st.integers(0, MOST_PERIODS - 1))
def test_months_are_numbered_one_by_one(first: int, more: int) -> None:
    def month(number: int) -> str:
        return f"{number // 12:04d}-{number % 12 + 1:02d}"

    found = list(_periods(month(first), month(first + more)))
    assert [_number(period) for period in found] == list(range(first, first + more + 1))
    assert found == sorted(found)


def _no_encoder() -> None:
    raise AssertionError("counting does not need the model")
