"""Partial dates."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.dates import PartialDate, earliest, first_read, make_date, parse_date


@pytest.mark.parametrize(
    ("raw", "iso"),
    [
        ("2024-05-17", "2024-05-17"),
        ("2024-5", "2024-05"),
        ("2024", "2024"),
        ("2024-05-17T08:00:00Z", "2024-05-17"),
        ("1998 Dec-1999 Jan", "1998-12"),
        ("2024 May 17", "2024-05-17"),
        ("Spring 2011", "2011"),
        ("17 May 2024", "2024-05-17"),
        ("2024-02-31", "2024-02"),
        ("2024-13-01", "2024"),
    ],
)
def test_parse_date(raw: str, iso: str) -> None:
    date = parse_date(raw)
    assert date is not None
    assert date.iso() == iso
    if raw != iso:
        assert date.raw == raw


def test_no_text_is_no_date() -> None:
    assert parse_date(" ") is None
    assert make_date(0) is None


@pytest.mark.parametrize("raw", ["soon", "0000", "99", "3000-01-01", "Spring-Summer, undated"])
def test_what_is_no_date_is_kept_as_text(raw: str) -> None:
    date = parse_date(raw)
    assert date == PartialDate(raw=raw)
    assert not date
    assert (date.iso(), date.ordinal(), date.written()) == ("", 0, raw)
    assert msgspec.to_builtins(date) == {"raw": raw}
    assert msgspec.convert({"raw": raw}, PartialDate) == date


def test_numbers_that_are_no_date_are_kept() -> None:
    assert make_date(2023, 13, 40) == PartialDate(year=2023, raw="2023-13-40")
    assert make_date(2023, 6, 31) == PartialDate(year=2023, month=6, raw="2023-6-31")
    assert make_date(2023, 6, 30) == PartialDate(year=2023, month=6, day=30)


def test_the_first_that_can_be_read_counts() -> None:
    unread, later, finer = PartialDate(raw="n.d."), PartialDate(year=2024), PartialDate(year=2024, month=3)
    assert first_read((None, unread, later)) == later
    assert first_read((None, unread)) == unread
    assert first_read(()) is None
    assert earliest((later, unread, None, finer)) == finer
    assert earliest((unread, None)) == unread


@given(st.dates())
def test_full_dates_round_trip(date: object) -> None:
    text = str(date)
    parsed = parse_date(text)
    if 1000 <= int(text[:4]) <= 2999:
        assert parsed is not None
        assert parsed.iso() == text


@given(st.integers(-10, 4000), st.integers(-5, 20), st.integers(-5, 40))
def test_made_dates_are_valid_or_absent(year: int, month: int, day: int) -> None:
    date = make_date(year, month, day)
    if date:
        again = parse_date(date.iso())
        assert again is not None
        assert again.iso() == date.iso()


@given(st.text())
def test_no_text_crashes(text: str) -> None:
    parse_date(text)
