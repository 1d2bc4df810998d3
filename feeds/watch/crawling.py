"""The crawls of the service: one for each slot, again where one failed, none longer than it may take."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Final, Protocol

import msgspec

from config.settings import Settings
from feeds.health import unfinished_sources
from feeds.outbox.queue import stamp
from feeds.watch.jobs import CRAWL, Timetable, last_run, note_run
from library import Library
from records.errors import CordwatchError

_LATE_MINUTES: Final = 5
_GRACE: Final = dt.timedelta(minutes=10)
"""So long a crawl that was told to end may take to annotate and index what has come."""
_PATIENCE_S: Final = 60.0
"""The same while the service itself is waited for."""


class Outcome(IntEnum):
    """How something ended, the better the smaller."""

    WELL = 0
    SOME_SOURCES_FAILED = 1
    FAILED = 2


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How a crawl ended."""

    outcome: Outcome = Outcome.WELL
    detail: str = ""
    """What did not go well, where it is not the sources."""


class Crawl(Protocol):
    """A crawl in hand, in a process of its own."""

    def wait(self, seconds: float) -> Ended | None:
        """How it ended; ``None`` if it still goes on after so long."""

    def end(self) -> None:
        """Tell it to end in good order."""

    def kill(self) -> None:
        """End it at once."""


class CrawlFailedError(CordwatchError):
    """A crawl did not bring everything.

    Args:
        message: What is missing.
        outcome: Whether it is only some sources.
    """

    def __init__(self, message: str, outcome: Outcome) -> None:
        super().__init__(message)
        self.outcome = outcome


class _InHand(msgspec.Struct, kw_only=True):
    crawl: Crawl
    slot: dt.datetime
    begun: dt.datetime
    told: dt.datetime | None = None
    """When it was told to end, because it took too long."""


class Crawls:
    """Begins crawls when they are due and looks after the one in hand, without waiting for it.

    Args:
        library: Remembers what has run.
        settings: When, what and how long.
        start: Begins a crawl of these sources. Raises `library.lock.LockedError` where another one still runs.
        log: Takes one line about everything that was done.
        now: The present moment.
    """

    def __init__(
        self,
        library: Library,
        settings: Settings,
        start: Callable[[Sequence[str]], Crawl],
        *,
        log: Callable[[str], None],
        now: Callable[[], dt.datetime],
    ) -> None:
        self._library = library
        self._settings = settings
        self._start = start
        self._log = log
        self._now = now
        self._timetable = Timetable(settings.watch.crawl_at, settings.watch.tz)
        self._in_hand: _InHand | None = None

    @property
    def running(self) -> bool:
        """Whether a crawl is in hand."""
        return self._in_hand is not None

    def upcoming(self) -> dt.datetime | None:
        """The next slot; ``None`` without times."""
        return self._timetable.upcoming(self._now())

    def step(self) -> bool:
        """Begin what is due, look after what runs; true if a crawl has ended well.

        Raises:
            CrawlFailedError: One has ended, but not well. Its slot stays due.
            LockedError: A crawl is due, but one that an earlier service began still runs.
        """
        if self._in_hand is None:
            self._begin_due()
        return self._in_hand is not None and self._look_after(self._in_hand)

    def wait(self, seconds: float) -> bool:
        """Whether the crawl in hand ends within so many seconds; `step` then says how."""
        return self._in_hand is not None and self._in_hand.crawl.wait(seconds) is not None

    def interrupt(self) -> None:
        """End the crawl in hand in good order; its slot stays due."""
        if self._in_hand is None:
            return
        crawl, self._in_hand = self._in_hand.crawl, None
        crawl.end()
        if crawl.wait(_PATIENCE_S) is None:
            crawl.kill()
            crawl.wait(_PATIENCE_S)
        self._log("crawl interrupted; it goes on at the next start")

    def _begin_due(self) -> None:
        now = self._now()
        with self._library.reading() as connection:
            last = last_run(connection, CRAWL)
        slot = self._timetable.missed(now, last.slot if last and last.ok else "")
        if slot is None:
            return
        again = last is not None and last.slot == stamp(slot)
        # Who has answered since is not asked again because another one did not.
        sources = unfinished_sources(self._library, self._settings, since=slot) if again else ()
        crawl = self._start(sources or self._settings.watch.sources)
        self._in_hand = _InHand(crawl=crawl, slot=slot, begun=now)
        self._log(f"crawl of {slot:%Y-%m-%d %H:%M} UTC{_remark(now - slot, again, sources)}")

    def _look_after(self, work: _InHand) -> bool:
        ended = work.crawl.wait(0.0)
        if ended is None:
            self._limit(work)
            return False
        self._in_hand = None
        trouble = self._trouble(work, ended)
        with self._library.transaction() as writer:
            note_run(writer.connection, CRAWL, work.slot, now=self._now(), ok=not trouble, detail=trouble)
        if trouble:
            raise CrawlFailedError(trouble, ended.outcome)
        self._log("crawl done")
        return True

    def _limit(self, work: _InHand) -> None:
        hours, now = self._settings.watch.crawl_hours, self._now()
        if work.told is not None:
            if now - work.told > _GRACE:
                work.crawl.kill()
        elif hours and now - work.begun > dt.timedelta(hours=hours):
            self._log(f"crawl takes longer than {hours:g} hours (watch.crawl_hours); it is ended")
            work.crawl.end()
            work.told = now

    def _trouble(self, work: _InHand, ended: Ended) -> str:
        if ended.outcome is not Outcome.SOME_SOURCES_FAILED:
            return ended.detail
        sources = unfinished_sources(self._library, self._settings, since=work.slot)
        return f"not complete: {', '.join(sources) or 'some sources'}"


def _remark(late: dt.timedelta, again: bool, sources: Sequence[str]) -> str:
    if again:
        return f", again: {', '.join(sources)}" if sources else ", again"
    minutes = int(late.total_seconds() // 60)
    return f", {minutes} minutes late" if minutes > _LATE_MINUTES else ""
