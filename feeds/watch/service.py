"""The loop of the service: crawl at fixed times, build what is due, send what waits, until it is told to stop.

Crawls run beside everything else, in processes of their own: a provider that does not answer holds up no digest.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import msgspec

from config.settings import Settings
from feeds.digests.build import BuildReport
from feeds.digests.evaluate import EvaluateReport
from feeds.health import source_signs, told_quiet
from feeds.outbox.queue import count_states, forget_texts
from feeds.outbox.sender import SendReport
from feeds.watch.crawling import Crawl, CrawlFailedError, Crawls, Outcome
from feeds.watch.jobs import CRAWL, last_run, note_run
from feeds.watch.metrics import Metrics
from library import Library
from library.lock import LockedError
from records.errors import CordwatchError

_QUIET_AFTER_FAILURE: Final = dt.timedelta(minutes=1)
_LONGEST_QUIET: Final = dt.timedelta(hours=1)
_TIDY: Final = "tidy"
_PUBLISH: Final = "publish"
_STALE: Final = dt.timedelta(minutes=30)
"""A loop that has not moved for so long hangs: no step takes so long between two messages or readers."""
_GLANCE_S: Final = 0.5
"""How soon the end of a crawl is noticed between two rounds."""


class Steps(Protocol):
    """What the service does; the command line wires it to the stages."""

    def start_crawl(self, sources: Sequence[str]) -> Crawl:
        """Begin to crawl these sources, all if none is named, then annotate, embed and index.

        Raises:
            LockedError: A crawl that an earlier service began still runs.
        """

    def evaluate(self) -> EvaluateReport:
        """Ask the topics about what is new."""

    def build(self) -> BuildReport:
        """Bind the digests that are due."""

    def send(self, pause: Callable[[float], bool]) -> SendReport:
        """Send what waits; ``pause`` waits so many seconds, and is true if sending shall end."""

    def publish(self) -> str:
        """Write the feeds of all topics where the settings say; what became of it, in a line."""


class _Quiet(msgspec.Struct, kw_only=True):
    """A step that failed is left alone for a while, each time twice as long."""

    until: dt.datetime
    pause: dt.timedelta
    outcome: Outcome


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
        self._crawls = Crawls(library, settings, steps.start_crawl, log=log, now=now)
        self._quiet: dict[str, _Quiet] = {}
        self._said: dict[str, list[str]] = {}
        self._moved = now()
        self.stop = threading.Event()

    def run(self) -> None:
        """Work until ``stop`` is set; the step in hand is brought to its end."""
        upcoming = self._crawls.upcoming()
        self._log(
            f"started; next crawl {upcoming:%Y-%m-%d %H:%M} UTC" if upcoming else "started; no crawls are planned"
        )
        self._remember()
        try:
            while not self.stop.is_set():
                self.tick()
                self._rest()
        finally:
            self._crawls.interrupt()
        self._log("stopped")

    def once(self) -> Outcome:
        """Do what is due, and what the crawl that is due brings; the worst that a step came to."""
        try:
            worst = self.tick()
            while self._crawls.running and not self.stop.is_set():
                self._rest()
                worst = max(worst, self.tick())
        finally:
            self._crawls.interrupt()
        return worst

    def observe(self) -> None:
        """Only look at how things stand, for the metrics, until ``stop`` is set."""
        while not self.stop.is_set():
            self._try("look", self._look)
            self._rest()

    def illness(self) -> str:
        """What is wrong with the loop; ``""`` if it moves."""
        still = self._now() - self._moved
        longest = max(_STALE, 4 * dt.timedelta(seconds=self._settings.watch.tick_s))
        return f"the service has not moved for {still.total_seconds() / 60:.0f} minutes" if still > longest else ""

    def tick(self) -> Outcome:
        """Do everything that is due now; the worst that a step came to."""
        worst = Outcome.WELL
        for step, work in (
            (CRAWL, self._crawl),
            ("evaluate", self._evaluate),
            ("build", self._build),
            ("send", self._send),
            (_PUBLISH, self._publish),
            (_TIDY, self._tidy),
            ("look", self._look),
        ):
            if self.stop.is_set():
                break
            worst = max(worst, self._try(step, work))
        return worst

    def _try(self, step: str, work: Callable[[], bool]) -> Outcome:
        self._moved = self._now()
        quiet = self._quiet.get(step)
        if quiet and self._now() < quiet.until:
            return quiet.outcome
        try:
            if work():
                self._quiet.pop(step, None)
                self._metrics.succeeded(step, self._now().timestamp())
            self._say_new(step, [])
        except LockedError as error:
            self._say_new(step, [f"{step}: {error.message}; left to it"])
        except CrawlFailedError as error:
            return self._fail(step, error.message, error.outcome)
        except CordwatchError as error:
            return self._fail(step, f"{error.message}. {error.hint}".strip())
        except Exception as error:  # noqa: BLE001 - the outermost loop: what nobody foresaw may end a step, not the service
            for line in traceback.format_exc().splitlines():
                self._log(line)
            return self._fail(step, f"{type(error).__name__}: {error}")
        return Outcome.WELL

    def _fail(self, step: str, why: str, outcome: Outcome = Outcome.FAILED) -> Outcome:
        before = self._quiet.get(step)
        pause = min(before.pause * 2, _LONGEST_QUIET) if before else _QUIET_AFTER_FAILURE
        until = self._now() + pause
        if step == CRAWL and (slot := self._crawls.upcoming()):
            until = min(until, slot)  # a new slot waits for nobody
        self._quiet[step] = _Quiet(until=until, pause=pause, outcome=outcome)
        self._metrics.failed(step)
        self._log(f"{step} failed: {why}; again in {(until - self._now()).total_seconds():.0f} s")
        return outcome

    def _say_new(self, about: str, lines: list[str]) -> None:
        """Log what was not said at the last round, and not the same at every round."""
        for line in lines:
            if line not in self._said.get(about, []):
                self._log(line)
        self._said[about] = lines

    def _rest(self) -> None:
        """Wait for the next round; it comes sooner where a crawl ends."""
        until = time.monotonic() + self._settings.watch.tick_s
        while not self.stop.is_set() and (left := until - time.monotonic()) > 0:
            self.stop.wait(min(left, _GLANCE_S) if self._crawls.running else left)
            if self._crawls.wait(0.0):
                return

    def _remember(self) -> None:
        """When the last crawl went well, where it was before this process."""
        with self._library.reading() as connection:
            last = last_run(connection, CRAWL)
        if last and last.ok:
            self._metrics.succeeded(CRAWL, dt.datetime.fromisoformat(last.finished).timestamp())

    def _crawl(self) -> bool:
        try:
            ended = self._crawls.step()
        except CrawlFailedError as error:
            self._metrics.crawled(error.outcome)
            raise
        if ended:
            self._metrics.crawled(Outcome.WELL)
        return ended

    def _evaluate(self) -> bool:
        report = self._steps.evaluate()
        self._metrics.evaluated(report)
        if report.records:
            self._log(f"{report.records} records looked at, {report.matches} new matches, {report.events} events")
        self._say_new("topics", report.notes())
        return True

    def _build(self) -> bool:
        report = self._steps.build()
        self._metrics.built(report)
        if report.digests or report.empty:
            self._log(
                f"{report.digests} digests with {report.items} works and {report.changes} changes,"
                f" {report.empty} readers without news, {report.left} works wait"
            )
        return True

    def _send(self) -> bool:
        with self._library.reading() as connection:
            queued = count_states(connection).get("queued", 0)
        if not queued:
            return True
        report = self._steps.send(self._pause)
        self._metrics.sent(report)
        if report.sent or report.failed:
            self._log(f"{report.sent} sent, {report.retried} to be tried again, {report.failed} given up")
        if report.unavailable:
            raise CordwatchError(f"the mail server cannot be used: {report.unavailable}", hint="nothing is lost")
        return True

    def _pause(self, seconds: float) -> bool:
        self._moved = self._now()
        return self.stop.wait(seconds)

    def _publish(self) -> bool:
        """Write feeds where they are older than the last crawl."""
        if self._settings.publish.folder is None:
            return False
        with self._library.reading() as connection:
            crawl, last = last_run(connection, CRAWL), last_run(connection, _PUBLISH)
        if crawl is None or (last and last.slot >= crawl.finished):
            return False
        said = self._steps.publish()
        with self._library.transaction() as writer:
            slot = dt.datetime.fromisoformat(crawl.finished)
            note_run(writer.connection, _PUBLISH, slot, now=self._now(), ok=True, detail=said)
        self._log(f"published: {said}")
        return True

    def _tidy(self) -> bool:
        """Once a day, drop the text of old mail."""
        now = self._now()
        with self._library.reading() as connection:
            last = last_run(connection, _TIDY)
        if last and now - dt.datetime.fromisoformat(last.finished) < dt.timedelta(days=1):
            return False
        before = now - dt.timedelta(days=self._settings.digest.keep_days)
        with self._library.transaction() as writer:
            dropped = forget_texts(writer.connection, before)
            note_run(writer.connection, _TIDY, now, now=now, ok=True, detail=f"{dropped} texts dropped")
        return True

    def _look(self) -> bool:
        """See how outbox, subscriptions and sources stand."""
        self._metrics.look(self._library)
        signs = source_signs(self._library, self._settings, now=self._now())
        self._metrics.sources(signs)
        self._say_new("sources", [told_quiet(sign.source, sign.silent_runs) for sign in signs if sign.quiet])
        return True
