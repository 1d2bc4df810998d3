"""Partial dates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.dates import make_date, parse_date


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


@pytest.mark.parametrize("raw", ["", "soon", "0000", "99", "3000-01-01"])
def test_no_date_is_no_date(raw: str) -> None:
    assert parse_date(raw) is None


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
    if date is not None:
        again = parse_date(date.iso())
        assert again is not None
        assert again.iso() == date.iso()


@given(st.text())
def test_no_text_crashes(text: str) -> None:
    parse_date(text)
