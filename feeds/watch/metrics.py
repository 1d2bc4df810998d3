"""What Prometheus reads of the service."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.exposition import generate_latest

from feeds.digests.build import BuildReport
from feeds.digests.evaluate import EvaluateReport
from feeds.health import SourceSign
from feeds.outbox.queue import MailState, count_states
from feeds.outbox.sender import SendReport
from feeds.subscriptions.store import count_by_state
from feeds.subscriptions.types import State
from feeds.watch.crawling import Outcome
from library import Library

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counters since the service began, and how things stand. Each has a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._crawls = self._counter("crawls", "Crawls, by how they ended", ("outcome",))
        self._matches = self._counter("topic_matches", "New pairs of topic and record")
        self._digests = self._counter("digests_built", "Digests bound")
        self._items = self._counter("digest_items", "New works in digests")
        self._changes = self._counter("digest_changes", "Changes of sent items in digests")
        self._mails = self._counter("mails", "Tries to send a message, by how they ended", ("outcome",))
        self._disabled = self._counter("subscriptions_disabled", "Subscriptions disabled because of refusals")
        self._errors = self._counter("errors", "Steps of the service that failed", ("step",))
        self._last = self._gauge("last_success_timestamp_seconds", "When a step last went well", ("step",))
        self._source_last = self._gauge(
            "source_last_success_timestamp_seconds", "When a source was last read to its end", ("source",)
        )
        self._source_failing = self._gauge("source_failing", "Whether a source's newest crawl failed", ("source",))
        self._source_quiet = self._gauge(
            "source_quiet", "Whether a source brings nothing new for longer than chance explains", ("source",)
        )
        self._outbox = self._gauge("outbox_messages", "Messages, by state", ("state",))
        self._subscriptions = self._gauge("subscriptions", "Subscriptions, by state", ("state",))

    def _counter(self, name: str, text: str, labels: tuple[str, ...] = ()) -> Counter:
        return Counter(f"cordwatch_{name}", text, labels, registry=self._registry)

    def _gauge(self, name: str, text: str, labels: tuple[str, ...] = ()) -> Gauge:
        return Gauge(f"cordwatch_{name}", text, labels, registry=self._registry)

    def crawled(self, outcome: Outcome) -> None:
        """A crawl has ended."""
        self._crawls.labels("ok" if outcome is Outcome.WELL else "failed").inc()

    def evaluated(self, report: EvaluateReport) -> None:
        """Topics were asked."""
        self._matches.inc(report.matches)

    def built(self, report: BuildReport) -> None:
        """Digests were bound."""
        self._digests.inc(report.digests)
        self._items.inc(report.items)
        self._changes.inc(report.changes)

    def sent(self, report: SendReport) -> None:
        """The outbox was worked off."""
        for outcome in ("sent", "retried", "failed"):
            self._mails.labels(outcome).inc(getattr(report, outcome))
        self._disabled.inc(len(report.disabled))

    def succeeded(self, step: str, at: float) -> None:
        """A step went well, at Unix time ``at``."""
        self._last.labels(step).set(at)

    def failed(self, step: str) -> None:
        """A step did not go well."""
        self._errors.labels(step).inc()

    def look(self, library: Library) -> None:
        """Count what waits."""
        with library.reading() as connection:
            mails, readers = count_states(connection), count_by_state(connection)
        for state in MailState:
            self._outbox.labels(state.value).set(mails.get(state.value, 0))
        for one in State:
            self._subscriptions.labels(one.value).set(readers.get(one.value, 0))

    def sources(self, signs: Iterable[SourceSign]) -> None:
        """How the sources came through; one that is no longer crawled is no longer shown."""
        for gauge in (self._source_last, self._source_failing, self._source_quiet):
            gauge.clear()
        for sign in signs:
            if sign.last_success:
                self._source_last.labels(sign.source).set(sign.last_success.timestamp())
            self._source_failing.labels(sign.source).set(sign.failed)
            self._source_quiet.labels(sign.source).set(sign.quiet)

    def page(self) -> bytes:
        """As Prometheus reads it."""
        return generate_latest(self._registry)
