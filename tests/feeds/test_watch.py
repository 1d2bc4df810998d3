"""The service: each slot once, what was missed once, one instance, a graceful end."""

from __future__ import annotations

import datetime as dt
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from config import Settings
from config.settings import WatchSettings
from feeds.digests.build import Builder, BuildReport
from feeds.digests.evaluate import EvaluateReport
from feeds.outbox.sender import SendReport
from feeds.subscriptions import store
from feeds.subscriptions.confirmation import ask_to_confirm
from feeds.subscriptions.types import State, Wishes
from feeds.watch.jobs import Timetable
from feeds.watch.metrics import Metrics
from feeds.watch.service import Service
from library import Library
from records.errors import CordwatchError
from tests.feeds.digest_world import TITLES, World, article

REPOSITORY = Path(__file__).resolve().parents[2]


class Steps:
    """Stages that do what they are told, and are counted."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.crawls = 0
        self.trouble = ""
        self.error: CordwatchError | None = None
        self.stop_during_crawl = False
        self.evaluations = 0
        self.sent: list[SendReport] = []

    def crawl(self, stop: threading.Event) -> str:
        self.crawls += 1
        if self.stop_during_crawl:
            stop.set()
        return self.trouble

    def evaluate(self) -> EvaluateReport:
        self.evaluations += 1
        if self.error:
            raise self.error
        return self.world.evaluate()

    def build(self) -> BuildReport:
        return Builder(self.world.library, self.world.settings, TITLES, self.world.now).build_due()

    def send(self, stop: threading.Event) -> SendReport:
        return self.sent.pop(0) if self.sent else SendReport()


class Watched:
    """A service whose clock is turned by hand."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self.world.now = dt.datetime(2026, 11, 23, 3, 0, tzinfo=dt.UTC)
        self.steps = Steps(self.world)
        self.metrics = Metrics()
        self.lines: list[str] = []
        self.service = self.start()

    def start(self) -> Service:
        watch = WatchSettings(crawl_at=("04:00", "16:00"), tz="Europe/Berlin")
        settings = msgspec.structs.replace(self.world.settings, watch=watch)
        self.service = Service(
            self.world.library, settings, self.steps, self.metrics, log=self.lines.append, now=lambda: self.world.now
        )
        return self.service

    def later(self, **gap: float) -> None:
        self.world.now += dt.timedelta(**gap)
        self.service.tick()

    def metric(self, name: str) -> float:
        match = re.search(rf"^{re.escape(name)} (\S+)$", self.metrics.page().decode(), re.MULTILINE)
        assert match, name
        return float(match[1])


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    watched = Watched(tmp_path)
    yield watched
    watched.world.close()


def test_each_slot_is_worked_off_once(watched: Watched) -> None:
    watched.later(minutes=1)
    assert watched.steps.crawls == 1, "04:00 in Berlin is 03:00 UTC"
    watched.later(minutes=1)
    assert watched.steps.crawls == 1
    watched.later(hours=12)
    assert watched.steps.crawls == 2
    watched.later(minutes=1)
    assert watched.steps.crawls == 2


def test_missed_slots_are_made_up_for_by_one_crawl(watched: Watched) -> None:
    watched.later(minutes=1)
    watched.start()
    watched.later(days=5, hours=2)
    watched.later(minutes=1)
    assert watched.steps.crawls == 2
    assert "crawl of 2026-11-28 03:00 UTC, 121 minutes late" in watched.lines


def test_an_interrupted_crawl_is_begun_again(watched: Watched) -> None:
    watched.steps.stop_during_crawl = True
    watched.later(minutes=1)
    assert watched.steps.evaluations == 0
    watched.steps.stop_during_crawl = False
    watched.start()
    watched.later(minutes=1)
    assert (watched.steps.crawls, watched.steps.evaluations) == (2, 1)


def test_a_step_that_fails_is_left_alone_and_holds_up_no_other(watched: Watched) -> None:
    watched.steps.error = CordwatchError("the index is gone", hint="cordwatch rebuild")
    for _ in range(20):
        watched.later(seconds=15)
    # At once, after 1 minute, after 2 more; the next would be 4 minutes later.
    assert watched.steps.evaluations == 3
    assert watched.metric('cordwatch_errors_total{step="evaluate"}') == 3
    assert "evaluate failed: the index is gone. cordwatch rebuild; again in 60 s" in watched.lines
    assert watched.metric('cordwatch_last_success_timestamp_seconds{step="build"}') == watched.world.now.timestamp()
    watched.steps.error = None
    watched.later(hours=1)
    watched.later(seconds=15)
    assert watched.steps.evaluations == 5


def test_digests_come_at_the_readers_time(watched: Watched) -> None:
    world = watched.world
    # Records are first collected at the real present; the reader's clock stands before it.
    watched.world.reader("reader@example.org", "cells", at="07:00", tz="Asia/Tokyo")
    world.put(article("1"))
    watched.later(hours=18)
    assert world.digests() == []
    watched.later(hours=2)
    assert [items for _, items, _, _ in world.digests()] == [1]
    assert watched.metric("cordwatch_digests_built_total") == 1
    assert watched.metric('cordwatch_outbox_messages{state="queued"}') == 1
    assert watched.metric('cordwatch_subscriptions{state="active"}') == 1


def test_a_broken_topic_is_logged_once_and_stops_no_other(watched: Watched) -> None:
    watched.world.broken = {"exosomes": "exosomes.toml:1:1: not TOML"}
    watched.later(minutes=1)
    watched.world.put(article("1"), article("2", title="Exosomes 2"))
    watched.later(minutes=1)
    said = "topic exosomes could not be asked: exosomes.toml:1:1: not TOML"
    assert watched.lines.count(said) == 1
    assert watched.metric("cordwatch_topic_matches_total") == 1
    watched.world.broken = {}
    watched.later(minutes=1)
    assert watched.metric("cordwatch_topic_matches_total") == 2
    assert "topic exosomes was asked about what it had missed" in watched.lines


def test_an_unavailable_mail_server_is_said_and_left_alone(watched: Watched) -> None:
    watched.world.reader("reader@example.org", "cells", send_empty=True)
    watched.steps.sent = [SendReport(unavailable="connection refused"), SendReport(sent=1)]
    watched.later(days=1)
    assert any("connection refused" in line for line in watched.lines)
    watched.later(seconds=15)
    assert len(watched.steps.sent) == 1
    watched.later(minutes=2)
    assert watched.metric('cordwatch_mails_total{outcome="sent"}') == 1


def test_a_timetable_without_times_is_never_due() -> None:
    table = Timetable((), "UTC")
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert table.missed(now, "") is None
    assert table.upcoming(now) is None


@contextmanager
def running(config: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "--config", str(config), "--home", str(config.parent), "watch"],
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
    assert process.stderr is not None
    try:
        line = process.stderr.readline()
        yield process, int(line.rsplit(" ", 1)[1])
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stderr.close()


def test_the_service_runs_alone_serves_links_and_stops_on_sigterm(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[watch]\ncrawl_at = []\nlisten = "127.0.0.1:0"\ntick_s = 0.1\n', encoding="utf-8")
    world = World(tmp_path)
    with world.library.transaction() as writer:
        wishes = Wishes(topics=("exosomes",))
        reader = store.add(writer.connection, "a@b.example", wishes, since=world.now, now=world.now)
        token = ask_to_confirm(writer.connection, world.settings, reader, world.now)
    world.close()
    with running(config) as (process, port):
        base = f"http://127.0.0.1:{port}"
        with urllib.request.urlopen(f"{base}/confirm/{token}", b"", timeout=20) as answer:  # noqa: S310 - loopback
            assert b"a@b.example: the subscription is active" in answer.read()
        with urllib.request.urlopen(f"{base}/metrics", timeout=20) as answer:  # noqa: S310
            assert b"cordwatch_digests_built_total 0.0" in answer.read()
        second = subprocess.run(
            [sys.executable, "-m", "cli.main", "--config", str(config), "--home", str(config.parent), "watch"],
            capture_output=True,
            text=True,
            cwd=REPOSITORY,
            check=False,
        )
        assert second.returncode == 1
        assert f"another process watches already (process {process.pid})" in second.stderr
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(30) == 0
        assert process.stderr is not None
        assert process.stderr.read().rstrip().endswith("stopped")
    with Library.open(Settings(home=tmp_path).library_path) as library, library.reading() as connection:
        assert store.find(connection, reader.id).state is State.ACTIVE


def test_a_provider_that_is_down_is_a_line_of_the_log_and_no_traceback(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    config = tmp_path / "config.toml"
    config.write_text(
        '[watch]\ncrawl_at = ["00:00"]\nsources = ["press"]\n[crawl]\nretries = 0\ncontact = "a@b.example"\n'
        f'[press]\nmin_interval_s = 0.0\n[[press.feeds]]\nurl = "http://127.0.0.1:{port}/feed.rss"\n',
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "--config", str(config), "--home", str(tmp_path), "watch", "--once"],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        check=False,
    )
    assert "crawl done: some sources failed: cordwatch sources" in done.stderr
    stamped = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ")
    (line,) = (line for line in done.stderr.splitlines() if not stamped.match(line))
    assert line.startswith("press: GET http://127.0.0.1")
