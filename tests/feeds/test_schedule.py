"""Slots through clock changes: one a wanted day, in order, at the local time where it exists."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.schedule import DAY_NAMES, EVERY_DAY, last_slot, next_slot, parse_at, parse_days, parse_zone
from records.errors import ConfigError

ZONES = st.sampled_from(sorted(zoneinfo.available_timezones() - {"localtime"})).map(zoneinfo.ZoneInfo)
TIMES = st.times().map(lambda time: time.replace(second=0, microsecond=0, tzinfo=None))
DAYS = st.sets(st.integers(0, 6), min_size=1).map(frozenset)
MOMENTS = st.datetimes(dt.datetime(1975, 1, 1), dt.datetime(2035, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001


@settings(max_examples=400, deadline=None)
@given(TIMES, ZONES, DAYS, MOMENTS)
def test_the_next_slot_is_later_and_there_is_none_between(
    at: dt.time, zone: zoneinfo.ZoneInfo, days: frozenset[int], moment: dt.datetime
) -> None:
    slot = next_slot(at, zone, days, moment)
    assert slot > moment
    assert slot.tzinfo is dt.UTC
    assert last_slot(at, zone, days, slot) == slot
    assert last_slot(at, zone, days, slot - dt.timedelta(seconds=1)) <= moment
    # Wherever a clock change does not interfere it is the local time that was asked for.
    local = slot.astimezone(zone)
    naive = dt.datetime.combine(local.date(), at)
    if naive.replace(tzinfo=zone).astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) == naive:
        assert local.time() == at or local.fold == 0


@settings(max_examples=200, deadline=None)
@given(TIMES, ZONES, MOMENTS)
def test_every_day_has_its_slot(at: dt.time, zone: zoneinfo.ZoneInfo, moment: dt.datetime) -> None:
    """Forty slots in a row are as far apart as days are, longer or shorter only by what the clock was moved."""
    slot = next_slot(at, zone, EVERY_DAY, moment)
    for _ in range(40):
        following = next_slot(at, zone, EVERY_DAY, slot)
        around = [(slot - dt.timedelta(days=1)), slot, following, (following + dt.timedelta(days=1))]
        offsets = [one.astimezone(zone).utcoffset() or dt.timedelta() for one in around]
        moved = max(offsets) - min(offsets)
        gap = following - slot
        # Where a zone has crossed the date line, a day is left out, or comes twice.
        assert abs(gap - dt.timedelta(days=1)) <= moved
        slot = following


@pytest.mark.parametrize(
    ("zone", "at", "after", "expected"),
    [
        # The clock jumps from 02:00 to 03:00: 02:30 is half an hour after the jump.
        ("Europe/Berlin", "02:30", "2026-03-29T00:00+00:00", "2026-03-29T01:30+00:00"),
        # It goes back from 03:00 to 02:00: the first 02:30 counts, and it counts once.
        ("Europe/Berlin", "02:30", "2026-10-24T23:00+00:00", "2026-10-25T00:30+00:00"),
        ("Europe/Berlin", "02:30", "2026-10-25T00:30+00:00", "2026-10-26T01:30+00:00"),
        # Half an hour of daylight saving.
        ("Australia/Lord_Howe", "02:15", "2026-10-03T12:00+00:00", "2026-10-03T15:45+00:00"),
        # Samoa had no 30 December 2011: its slot and that of the 31st are one moment, and one slot.
        ("Pacific/Apia", "07:00", "2011-12-29T18:00+00:00", "2011-12-30T17:00+00:00"),
        ("Pacific/Apia", "07:00", "2011-12-30T17:00+00:00", "2011-12-31T17:00+00:00"),
        ("Asia/Tokyo", "07:00", "2026-11-23T00:00+00:00", "2026-11-23T22:00+00:00"),
    ],
)
def test_clock_changes(zone: str, at: str, after: str, expected: str) -> None:
    slot = next_slot(parse_at(at), parse_zone(zone), EVERY_DAY, dt.datetime.fromisoformat(after))
    assert slot == dt.datetime.fromisoformat(expected)


def test_only_on_wanted_days() -> None:
    friday = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
    slot = next_slot(dt.time(7), zoneinfo.ZoneInfo("UTC"), parse_days("mon-fri"), friday)
    assert slot == dt.datetime(2026, 11, 23, 7, tzinfo=dt.UTC)


@given(DAYS)
def test_days_are_read_one_by_one(days: frozenset[int]) -> None:
    assert parse_days(",".join(DAY_NAMES[day] for day in days)) == days


def test_days_around_the_week() -> None:
    assert parse_days("fri-mon") == {4, 5, 6, 0}
    assert parse_days("daily") == EVERY_DAY


@pytest.mark.parametrize("text", ["", "monday", "mon-", "mon,,tue", "1-5"])
def test_what_is_no_days_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_days(text)


@pytest.mark.parametrize("text", ["24:00", "7", "07:60", "7pm", ""])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_at(text)


@pytest.mark.parametrize("name", ["Tokyo", "", "../etc/passwd", "Europe/Nowhere"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ConfigError):
        parse_zone(name)


def test_a_zone_that_is_nearly_right_is_suggested() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_zone("Tokyo")
    assert "Asia/Tokyo" in caught.value.hint
