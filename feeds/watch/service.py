"""The loop of the service: crawl at fixed times, build what is due, send what waits, until it is told to stop."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from config.settings import Settings
from feeds.digests.build import BuildReport
from feeds.digests.evaluate import EvaluateReport
from feeds.outbox.queue import count_states, forget_texts
from feeds.outbox.sender import SendReport
from feeds.watch.jobs import CRAWL, Timetable, last_run, note_run
from feeds.watch.metrics import Metrics
from library import Library
from library.lock import LockedError
from records.errors import CordwatchError

_QUIET_AFTER_FAILURE: Final = dt.timedelta(minutes=1)
_LONGEST_QUIET: Final = dt.timedelta(hours=1)
_TIDY: Final = "tidy"
_LATE_MINUTES: Final = 5


class Steps(Protocol):
    """What the service does; the command line wires it to the stages."""

    def crawl(self, stop: threading.Event) -> str:
        """Crawl, annotate, embed, index; empty if all went well, else what did not. It ends soon after ``stop``."""

    def evaluate(self) -> EvaluateReport:
        """Ask the topics about what is new."""

    def build(self) -> BuildReport:
        """Bind the digests that are due."""

    def send(self, stop: threading.Event) -> SendReport:
        """Send what waits."""


class _Quiet(msgspec.Struct, kw_only=True):
    """A step that failed is left alone for a while, each time twice as long."""

    until: dt.datetime
    pause: dt.timedelta


class Service:
    """The scheduler.

    Args:
        library: Remembers what has run.
        settings: When and how often.
        steps: What is done.
        metrics: Counts it.
        log: Takes one line about everything that was done or went wrong.
        now: The present moment.
    """

    def __init__(
        self,
        library: Library,
        settings: Settings,
        steps: Steps,
        metrics: Metrics,
        *,
        log: Callable[[str], None],
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._library = library
        self._settings = settings
        self._steps = steps
        self._metrics = metrics
        self._log = log
        self._now = now
        self._timetable = Timetable(settings.watch.crawl_at, settings.watch.tz)
        self._quiet: dict[str, _Quiet] = {}
        self._noted: list[str] = []
        self.stop = threading.Event()

    def run(self) -> None:
        """Work until ``stop`` is set; the step in hand is brought to its end."""
        upcoming = self._timetable.upcoming(self._now())
        self._log(
            f"started; next crawl {upcoming:%Y-%m-%d %H:%M} UTC" if upcoming else "started; no crawls are planned"
        )
        while not self.stop.is_set():
            self.tick()
            self.stop.wait(self._settings.watch.tick_s)
        self._log("stopped")

    def tick(self) -> bool:
        """Do everything that is due now; false if a step failed."""
        well = True
        for step, work in (
            ("crawl", self._crawl),
            ("evaluate", self._evaluate),
            ("build", self._build),
            ("send", self._send),
            (_TIDY, self._tidy),
        ):
            if self.stop.is_set():
                break
            well = self._try(step, work) and well
        self._metrics.look(self._library)
        return well

    def _try(self, step: str, work: Callable[[], None]) -> bool:
        quiet = self._quiet.get(step)
        if quiet and self._now() < quiet.until:
            return False
        try:
            work()
        except LockedError as error:
            self._log(f"{step}: {error.message}; left to it")
        except CordwatchError as error:
            self._fail(step, f"{error.message}. {error.hint}".strip())
            return False
        else:
            self._quiet.pop(step, None)
            self._metrics.succeeded(step, self._now().timestamp())
        return True

    def _fail(self, step: str, why: str) -> None:
        before = self._quiet.get(step)
        pause = min(before.pause * 2, _LONGEST_QUIET) if before else _QUIET_AFTER_FAILURE
        self._quiet[step] = _Quiet(until=self._now() + pause, pause=pause)
        self._metrics.failed(step)
        self._log(f"{step} failed: {why}; again in {pause.total_seconds():.0f} s")

    def _crawl(self) -> None:
        now = self._now()
        with self._library.reading() as connection:
            last = last_run(connection, CRAWL)
        slot = self._timetable.missed(now, last.slot if last else "")
        if slot is None:
            return
        late = int((now - slot).total_seconds() // 60)
        self._log(f"crawl of {slot:%Y-%m-%d %H:%M} UTC" + (f", {late} minutes late" if late > _LATE_MINUTES else ""))
        trouble = self._steps.crawl(self.stop)
        if self.stop.is_set():
            self._log("crawl interrupted; it goes on at the next start")
            return
        with self._library.transaction() as writer:
            note_run(writer.connection, CRAWL, slot, now=self._now(), ok=not trouble, detail=trouble)
        self._metrics.crawled(ok=not trouble)
        self._log(f"crawl done{': ' + trouble if trouble else ''}")

    def _evaluate(self) -> None:
        report = self._steps.evaluate()
        self._metrics.evaluated(report)
        if report.records:
            self._log(f"{report.records} records looked at, {report.matches} new matches, {report.events} events")
        notes = report.notes()
        for line in notes:
            if line not in self._noted:  # once, and not at every tick
                self._log(line)
        self._noted = notes

    def _build(self) -> None:
        report = self._steps.build()
        self._metrics.built(report)
        if report.digests or report.empty:
            self._log(
                f"{report.digests} digests with {report.items} works and {report.changes} changes,"
                f" {report.empty} readers without news, {report.left} works wait"
            )

    def _send(self) -> None:
        with self._library.reading() as connection:
            queued = count_states(connection).get("queued", 0)
        if not queued:
            return
        report = self._steps.send(self.stop)
        self._metrics.sent(report)
        if report.sent or report.failed:
            self._log(f"{report.sent} sent, {report.retried} to be tried again, {report.failed} given up")
        if report.unavailable:
            raise CordwatchError(f"the mail server cannot be used: {report.unavailable}", hint="nothing is lost")

    def _tidy(self) -> None:
        """Once a day, drop the text of old mail."""
        now = self._now()
        with self._library.reading() as connection:
            last = last_run(connection, _TIDY)
        if last and now - dt.datetime.fromisoformat(last.finished) < dt.timedelta(days=1):
            return
        before = now - dt.timedelta(days=self._settings.digest.keep_days)
        with self._library.transaction() as writer:
            dropped = forget_texts(writer.connection, before)
            note_run(writer.connection, _TIDY, now, now=now, ok=True, detail=f"{dropped} texts dropped")
