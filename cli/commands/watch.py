"""cordwatch watch."""

from __future__ import annotations

import signal
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from cli import exits
from cli.app import App, pass_app
from cli.output import Format, format_options, harmless, print_rows

if TYPE_CHECKING:
    from feeds.subscriptions.tokens import Purpose
    from feeds.watch.crawling import Outcome
    from feeds.watch.service import Service
    from feeds.watch.web import Act
    from library import Library


@click.command(name="watch")
@click.option(
    "--once",
    is_flag=True,
    help="Do what is due now, and end; exit code 1 if a step failed, 3 if some sources did and nothing else.",
)
@click.option("--serve-only", is_flag=True, help="Only serve: for rounds of --once, which serve nothing themselves.")
@click.option("--plan", is_flag=True, help="Show what is due when, and end.")
@format_options
@pass_app
def command(app: App, once: bool, serve_only: bool, plan: bool, format: Format) -> int:
    """Run as a service: crawl, build and send digests, each at its time; serve links, /metrics and /health.

    Only one runs at a time. SIGTERM or Ctrl-C ends it in good order; what was missed meanwhile is made up for at the
    next start. docs/watch.md shows it under systemd, cron and in a container.
    """
    from cli.watch_steps import WatchSteps
    from feeds.health import watched_sources
    from feeds.watch.metrics import Metrics
    from feeds.watch.service import Service
    from feeds.watch.web import serving
    from library.lock import alone

    if once and serve_only:
        raise click.UsageError("--once serves nothing: it does not go with --serve-only")
    if serve_only and not app.settings.watch.listen:
        raise click.UsageError("watch.listen is empty: there is nowhere to serve")
    with app.library(create=True) as library:
        if plan:
            print_rows(_plan(app, library), ("what", "due", "last", "detail"), format)
            return 0
        watched_sources(app.settings)  # a name that no source has is said now, and not by every crawl
        metrics = Metrics()
        service = Service(library, app.settings, WatchSteps(app, library, _log), metrics, log=_log)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: service.stop.set())
        listen = "" if once else app.settings.watch.listen
        # What only serves changes nothing, and goes beside rounds.
        lock = nullcontext() if serve_only else alone(app.settings.home / "watch.lock", "watches")
        with lock, serving(listen, _acting(app, library), metrics.page, service.illness) as port:
            if port:
                _log(f"serving links and metrics on port {port}")
            return _work(service, once=once, serve_only=serve_only)


def _work(service: Service, *, once: bool, serve_only: bool) -> int:
    if once:
        return _exit_code(service.once())
    if serve_only:
        service.observe()
    else:
        service.run()
    return 0


def _exit_code(outcome: Outcome) -> int:
    from feeds.watch.crawling import Outcome

    return {Outcome.WELL: 0, Outcome.SOME_SOURCES_FAILED: exits.SOME_FAILED, Outcome.FAILED: 1}[outcome]


def _log(line: str) -> None:
    from cli.digests import utc_now

    click.echo(f"{utc_now():%Y-%m-%dT%H:%M:%SZ} {harmless(line)}", err=True)


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
    due = timetable.missed(now, last.slot if last and last.ok else "") or timetable.upcoming(now)
    rows: list[dict[str, object]] = [
        {"what": "crawl", "due": due, "last": last.finished[:16] if last else "", "detail": last.detail if last else ""}
    ]
    for reader in sorted(readers, key=lambda one: one.next_due):
        when = f"{reader.wishes.at} {reader.wishes.tz}"
        rows.append({"what": f"digest of {reader.address}", "due": reader.next_due[:16], "last": "", "detail": when})
    return rows
