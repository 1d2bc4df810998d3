"""cordwatch watch."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Final

import click

from cli.app import App, pass_app
from cli.output import Format, format_options, print_rows

if TYPE_CHECKING:
    from feeds.digests.build import BuildReport
    from feeds.digests.evaluate import EvaluateReport
    from feeds.outbox.sender import SendReport
    from feeds.subscriptions.tokens import Purpose
    from feeds.watch.web import Act
    from library import Library

_SOME_SOURCES_FAILED: Final = 3
_PATIENCE_S: Final = 60
"""So long an interrupted crawl may take to commit what has come."""


@click.command(name="watch")
@click.option("--once", is_flag=True, help="Do what is due now, and end; exit code 1 if a step failed.")
@click.option("--plan", is_flag=True, help="Show what is due when, and end.")
@format_options
@pass_app
def command(app: App, once: bool, plan: bool, format: Format) -> int:
    """Run as a service: crawl, build and send digests, each at its time; serve links, /metrics and /health.

    Only one runs at a time. SIGTERM or Ctrl-C ends it in good order; what was missed meanwhile is made up for at the
    next start. docs/watch.md shows it under systemd, cron and in a container.
    """
    from feeds.watch.metrics import Metrics
    from feeds.watch.service import Service
    from feeds.watch.web import serving
    from library.lock import alone

    with app.library(create=True) as library:
        if plan:
            print_rows(_plan(app, library), ("what", "due", "last", "detail"), format)
            return 0
        metrics = Metrics()
        service = Service(library, app.settings, _Steps(app, library), metrics, log=_log)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: service.stop.set())
        with (
            alone(app.settings.home / "watch.lock", "watches"),
            serving("" if once else app.settings.watch.listen, _acting(app, library), metrics.page) as port,
        ):
            if port:
                _log(f"serving links and metrics on port {port}")
            if once:
                return 0 if service.tick() else 1
            service.run()
    return 0


def _log(line: str) -> None:
    from cli.digests import utc_now

    click.echo(f"{utc_now():%Y-%m-%dT%H:%M:%SZ} {line}", err=True)


class _Steps:
    """The stages, as the service runs them.

    Args:
        app: Settings and wiring.
        library: Open as long as the service runs.
    """

    def __init__(self, app: App, library: Library) -> None:
        self._app = app
        self._library = library

    def crawl(self, stop: threading.Event) -> str:
        """All of ``sync`` in a process of its own: its reactor does not start twice, its memory comes back."""
        file, home = self._app.loaded.file, self._app.settings.home
        config = ["--config", str(file)] if file else []
        arguments = [*config, "--home", str(home), "--quiet", "sync", *self._app.settings.watch.sources]
        child = subprocess.Popen([sys.executable, "-m", "cli.main", *arguments], stdout=subprocess.DEVNULL)  # noqa: S603
        while True:
            try:
                status = child.wait(0.2)
                break
            except subprocess.TimeoutExpired:
                if stop.is_set():
                    return _end(child)
        if status == _SOME_SOURCES_FAILED:
            return "some sources failed: cordwatch sources"
        return f"sync ended with exit code {status}" if status else ""

    def evaluate(self) -> EvaluateReport:
        """Ask the topics, as their files stand now."""
        from cli.digests import evaluate_topics, readable_topics

        return evaluate_topics(self._app, self._library, *readable_topics(self._app))

    def build(self) -> BuildReport:
        """Bind what is due."""
        from cli.digests import make_builder, readable_topics

        return make_builder(self._app, self._library, readable_topics(self._app)[0]).build_due()

    def send(self, stop: threading.Event) -> SendReport:
        """Send what waits."""
        from cli.digests import send_mail

        return send_mail(self._app, self._library, limit=10**9, log=_log, pause=stop.wait)


def _end(child: subprocess.Popen[bytes]) -> str:
    child.terminate()
    try:
        child.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    return "interrupted"


def _acting(app: App, library: Library) -> Act:
    from cli.digests import utc_now
    from feeds.subscriptions.store import act_on_token

    def act(token: str, purpose: Purpose) -> str:
        days = app.settings.digest.confirm_days
        reader = act_on_token(library, token, purpose, now=utc_now(), confirm_days=days)
        _log(f"subscription {reader.id} is {reader.state} by its link")
        return f"{reader.address}: the subscription is {reader.state}."

    return act


def _plan(app: App, library: Library) -> list[dict[str, object]]:
    from cli.digests import utc_now
    from feeds.subscriptions.store import listed
    from feeds.subscriptions.types import State
    from feeds.watch.jobs import CRAWL, Timetable, last_run

    now = utc_now()
    timetable = Timetable(app.settings.watch.crawl_at, app.settings.watch.tz)
    with library.reading() as connection:
        last = last_run(connection, CRAWL)
        readers = listed(connection, state=State.ACTIVE)
    due = timetable.missed(now, last.slot if last else "") or timetable.upcoming(now)
    rows: list[dict[str, object]] = [
        {"what": "crawl", "due": due, "last": last.finished[:16] if last else "", "detail": last.detail if last else ""}
    ]
    for reader in sorted(readers, key=lambda one: one.next_due):
        when = f"{reader.wishes.at} {reader.wishes.tz}"
        rows.append({"what": f"digest of {reader.address}", "due": reader.next_due[:16], "last": "", "detail": when})
    return rows
