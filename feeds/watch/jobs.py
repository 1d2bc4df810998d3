"""What is done at fixed local times: each slot once, and the newest that was missed when the service comes back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from feeds.outbox.queue import stamp
from feeds.rows import fields_of
from feeds.schedule import EVERY_DAY, last_slot, next_slot, parse_at, parse_zone
from library.subscription_tables import job_runs

CRAWL: Final = "crawl"


class JobRun(msgspec.Struct, frozen=True, kw_only=True):
    """The last run of a job."""

    job: str
    slot: str
    """The time that it was due for."""
    finished: str
    ok: bool
    detail: str


class Timetable:
    """Local times of day.

    Args:
        times: ``04:00``, ``16:00`` …
        tz: IANA time zone.

    Raises:
        ConfigError: One of them is not what it should be.
    """

    def __init__(self, times: Sequence[str], tz: str) -> None:
        self._times = [parse_at(time) for time in times]
        self._zone = parse_zone(tz)

    def missed(self, now: dt.datetime, last: str) -> dt.datetime | None:
        """The newest slot up to now, if it lies after ``last``; several missed ones are made up for by one run."""
        slots = [last_slot(time, self._zone, EVERY_DAY, now) for time in self._times]
        newest = max(slots, default=None)
        return newest if newest is not None and stamp(newest) > last else None

    def upcoming(self, now: dt.datetime) -> dt.datetime | None:
        """The next slot; ``None`` without times."""
        return min((next_slot(time, self._zone, EVERY_DAY, now) for time in self._times), default=None)


def last_run(connection: Connection, job: str) -> JobRun | None:
    """What is known of a job; ``None`` if it has never run."""
    row = connection.execute(select(job_runs).where(job_runs.c.job == job)).one_or_none()
    return msgspec.convert(fields_of(row._mapping), JobRun) if row else None


def note_run(
    connection: Connection, job: str, slot: dt.datetime, *, now: dt.datetime, ok: bool, detail: str = ""
) -> None:
    """Write down that a slot has been worked off."""
    values = {"slot": stamp(slot), "finished": stamp(now), "ok": ok, "detail": detail[:500]}
    statement = upsert(job_runs).values(job=job, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["job"], set_=values))
