"""The service: each slot once, what was missed once, one instance, a graceful end."""

from __future__ import annotations

import datetime as dt
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from config import Settings
from config.settings import PublishSettings, WatchSettings
from feeds.digests.build import Builder, BuildReport
from feeds.digests.evaluate import EvaluateReport
from feeds.outbox.sender import SendReport
from feeds.subscriptions import store
from feeds.subscriptions.confirmation import ask_to_confirm
from feeds.subscriptions.types import State, Wishes
from feeds.watch.crawling import Ended, Outcome
from feeds.watch.jobs import Timetable
from feeds.watch.metrics import Metrics
from feeds.watch.service import Service
from library import CrawlRun, Library
from library.lock import LockedError
from records.errors import CordwatchError
from tests.feeds.digest_world import TITLES, World, article

SOURCES = ("pubmed", "press")
REPOSITORY = Path(__file__).resolve().parents[2]


class HandCrawl:
    """A crawl that ends when and as it is told."""

    def __init__(self, sources: Sequence[str], ended: Ended | None) -> None:
        self.sources = tuple(sources)
        self.ended = ended
        self.told = 0
        self.killed = 0

    def wait(self, seconds: float) -> Ended | None:
        return self.ended

    def end(self) -> None:
        self.told += 1

    def kill(self) -> None:
        self.killed += 1
        self.ended = Ended(outcome=Outcome.FAILED, detail="sync was ended by SIGKILL")


class Steps:
    """Stages that do what they are told, and are counted."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.begun: list[HandCrawl] = []
        self.ended: Ended | None = Ended()
        """Of the crawls to come; ``None``: they do not end."""
        self.held: LockedError | None = None
        self.error: Exception | None = None
        self.evaluations = 0
        self.sent: list[SendReport] = []
        self.published = 0

    @property
    def crawls(self) -> int:
        return len(self.begun)

    def start_crawl(self, sources: Sequence[str]) -> HandCrawl:
        if self.held:
            raise self.held
        self.begun.append(HandCrawl(sources, self.ended))
        return self.begun[-1]

    def publish(self) -> str:
        self.published += 1
        return "3 written"

    def evaluate(self) -> EvaluateReport:
        self.evaluations += 1
        if self.error:
            raise self.error
        return self.world.evaluate()

    def build(self) -> BuildReport:
        return Builder(self.world.library, self.world.settings, TITLES, self.world.now).build_due()

    def send(self, pause: Callable[[float], bool]) -> SendReport:
        return self.sent.pop(0) if self.sent else SendReport()


class Watched:
    """A service whose clock is turned by hand."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self.world.now = dt.datetime(2026, 11, 23, 3, 0, tzinfo=dt.UTC)
        self.steps = Steps(self.world)
        self.metrics = Metrics()
        self.lines: list[str] = []
        self.publish = PublishSettings()
        self.service = self.start()

    def start(self, **watch: object) -> Service:
        asked = WatchSettings(**{"crawl_at": ("04:00", "16:00"), "tz": "Europe/Berlin"} | watch)  # type: ignore[arg-type]
        settings = msgspec.structs.replace(self.world.settings, watch=asked, publish=self.publish)
        self.service = Service(
            self.world.library, settings, self.steps, self.metrics, log=self.lines.append, now=lambda: self.world.now
        )
        return self.service

    def later(self, **gap: float) -> Outcome:
        self.world.now += dt.timedelta(**gap)
        return self.service.tick()

    def ran(self, source: str, *, new: int = 0, error: str = "") -> None:
        """A crawl of a source has just ended."""
        now = self.world.now
        errors = (error,) if error else ()
        run = CrawlRun(source=source, started=now, finished=now, new=new, complete=not error, errors=errors)
        with self.world.library.transaction() as writer:
            writer.add_run(run)

    def metric(self, name: str) -> float:
        (value,) = re.findall(rf"^{re.escape(name)} (\S+)$", self.metrics.page().decode(), re.MULTILINE)
        return float(value)

    def has_metric(self, name: str) -> bool:
        return f"{name} " in self.metrics.page().decode()


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
    watched.steps.ended = None
    watched.later(minutes=1)
    watched.service.stop.set()
    watched.service.run()
    (crawl,) = watched.steps.begun
    assert (crawl.told, crawl.killed) == (1, 1), "one that does not listen is ended all the same"
    assert watched.lines[-2:] == ["crawl interrupted; it goes on at the next start", "stopped"]
    watched.start()
    watched.later(minutes=1)
    assert watched.steps.crawls == 2


def test_nothing_waits_for_a_crawl(watched: Watched) -> None:
    watched.steps.ended = None
    watched.world.reader("reader@example.org", "cells", send_empty=True)
    watched.later(hours=30)
    watched.later(seconds=15)
    assert (watched.steps.crawls, watched.steps.evaluations) == (1, 2)
    assert len(watched.world.digests()) == 1
    assert not watched.has_metric('cordwatch_last_success_timestamp_seconds{step="crawl"}')
    watched.steps.begun[0].ended = Ended()
    watched.later(seconds=15)
    ended = watched.world.now.timestamp()
    watched.later(seconds=15)
    assert watched.metric('cordwatch_last_success_timestamp_seconds{step="crawl"}') == ended
    watched.metrics = Metrics()
    watched.start().stop.set()
    watched.service.run()
    assert watched.metric('cordwatch_last_success_timestamp_seconds{step="crawl"}') == ended, "a restart remembers"


def test_a_crawl_that_takes_too_long_is_ended(watched: Watched) -> None:
    watched.steps.ended = None
    watched.start(crawl_hours=2.0)
    watched.later(minutes=1)
    watched.later(hours=2)
    (crawl,) = watched.steps.begun
    assert crawl.told == 0
    watched.later(minutes=1)
    watched.later(minutes=5)
    assert (crawl.told, crawl.killed) == (1, 0), "it may still index what has come"
    watched.later(minutes=6)
    watched.later(seconds=15)
    assert crawl.killed == 1
    assert "crawl takes longer than 2 hours (watch.crawl_hours); it is ended" in watched.lines
    assert "crawl failed: sync was ended by SIGKILL; again in 60 s" in watched.lines


def test_a_slot_that_failed_is_tried_again_for_the_sources_that_did(watched: Watched) -> None:
    watched.start(sources=("press", "pubmed"))
    watched.steps.ended = None
    watched.later(minutes=1)
    watched.ran("pubmed", error="GET http://127.0.0.1:9/: refused")
    watched.ran("press", new=1)
    watched.steps.begun[0].ended = watched.steps.ended = Ended(outcome=Outcome.SOME_SOURCES_FAILED)
    assert watched.later(seconds=15) is Outcome.SOME_SOURCES_FAILED
    assert "crawl failed: not complete: pubmed; again in 60 s" in watched.lines
    assert not watched.has_metric('cordwatch_last_success_timestamp_seconds{step="crawl"}')
    assert watched.later(seconds=15) is Outcome.SOME_SOURCES_FAILED
    assert watched.steps.crawls == 1
    watched.later(seconds=45)
    assert [crawl.sources for crawl in watched.steps.begun] == [("press", "pubmed"), ("pubmed",)]
    assert "crawl failed: not complete: pubmed; again in 120 s" in watched.lines
    watched.steps.ended = Ended()
    assert watched.later(minutes=2) is Outcome.WELL
    watched.later(minutes=10)
    assert watched.steps.crawls == 3
    assert watched.metric('cordwatch_crawls_total{outcome="failed"}') == 2


def test_a_new_slot_does_not_wait_for_the_pause_of_the_one_before(watched: Watched) -> None:
    watched.steps.ended = Ended(outcome=Outcome.FAILED, detail="sync ended with exit code 1")
    for _ in range(11):
        watched.later(hours=1, minutes=1)
    assert watched.steps.crawls == 11
    assert watched.lines[-1] == "crawl failed: sync ended with exit code 1; again in 2940 s", "16:00 in Berlin"
    watched.later(minutes=49)
    assert watched.steps.crawls == 12


def test_a_crawl_of_an_earlier_service_is_waited_for_and_said_once(watched: Watched) -> None:
    watched.steps.held = LockedError("another process crawls already (process 99)")
    for _ in range(3):
        assert watched.later(minutes=1) is Outcome.WELL
    assert watched.lines.count("crawl: another process crawls already (process 99); left to it") == 1
    watched.steps.held = None
    watched.later(seconds=15)
    assert watched.steps.crawls == 1


def test_what_nobody_foresaw_ends_a_step_and_not_the_service(watched: Watched) -> None:
    watched.steps.error = OSError(28, "No space left on device")
    assert watched.later(minutes=1) is Outcome.FAILED
    assert "Traceback (most recent call last):" in watched.lines
    assert "evaluate failed: OSError: [Errno 28] No space left on device; again in 60 s" in watched.lines
    assert watched.metric('cordwatch_last_success_timestamp_seconds{step="build"}') == watched.world.now.timestamp()
    with watched.world.library.transaction() as writer:
        writer.connection.execute(text("DROP TABLE outbox"))
    watched.later(minutes=5)
    assert any(line.startswith("look failed: ") for line in watched.lines)


def test_rounds_do_what_the_crawl_brings(watched: Watched) -> None:
    watched.start(tick_s=0.0)
    watched.world.now += dt.timedelta(minutes=1)
    watched.steps.ended = Ended(outcome=Outcome.SOME_SOURCES_FAILED)
    assert watched.service.once() is Outcome.SOME_SOURCES_FAILED
    watched.start(tick_s=0.0)
    watched.steps.ended = Ended()
    assert watched.service.once() is Outcome.WELL
    assert watched.steps.crawls == 2


def test_topics_are_published_after_each_crawl(watched: Watched, tmp_path: Path) -> None:
    watched.later(minutes=1)
    watched.later(minutes=1)
    assert watched.steps.published == 0
    watched.publish = PublishSettings(folder=tmp_path / "public")
    watched.start()
    watched.later(minutes=1)
    watched.later(minutes=1)
    assert watched.steps.published == 1
    assert "published: 3 written" in watched.lines
    watched.later(hours=12)
    watched.later(minutes=1)
    assert watched.steps.published == 2


def test_sources_that_fail_or_go_quiet_are_measured(watched: Watched) -> None:
    for new in (*[1] * 12, *[0] * 6):
        watched.ran("pubmed", new=new)
    watched.ran("press", error="HTTP 503")
    watched.later(minutes=1)
    watched.later(minutes=1)
    assert watched.lines.count("pubmed has gone quiet: nothing new in its last 6 runs") == 1
    names = ("source_quiet", "source_failing")
    pubmed, press = ([watched.metric(f'cordwatch_{name}{{source="{one}"}}') for name in names] for one in SOURCES)
    assert (pubmed, press) == ([1, 0], [0, 1])
    assert watched.has_metric('cordwatch_source_last_success_timestamp_seconds{source="pubmed"}')
    assert not watched.has_metric('cordwatch_source_last_success_timestamp_seconds{source="press"}')
    watched.start(sources=("press",))
    watched.later(minutes=1)
    assert not watched.has_metric('cordwatch_source_quiet{source="pubmed"}'), "it is not crawled any more"


def test_a_loop_that_hangs_is_not_well(watched: Watched) -> None:
    watched.later(minutes=1)
    watched.world.now += dt.timedelta(minutes=29)
    assert watched.service.illness() == ""
    watched.world.now += dt.timedelta(minutes=2)
    assert watched.service.illness() == "the service has not moved for 31 minutes"
    watched.later(minutes=1)
    assert watched.service.illness() == ""


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


def arguments(config: Path, *others: str) -> list[str]:
    return [sys.executable, "-m", "cli.main", "--config", str(config), "--home", str(config.parent), "watch", *others]


@contextmanager
def running(config: Path, *others: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    process = subprocess.Popen(arguments(config, *others), stderr=subprocess.PIPE, text=True, cwd=REPOSITORY)
    assert process.stderr is not None
    try:
        line = process.stderr.readline()
        yield process, int(line.rsplit(" ", 1)[1])
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stderr.close()


def asked(method: str, url: str) -> tuple[int, bytes]:
    request = urllib.request.Request(url, method=method)  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        return answer.status, answer.read()


@contextmanager
def deaf(folder: Path) -> Iterator[tuple[Path, Callable[[], socket.socket]]]:
    """A provider that takes connections and never answers: settings, and what waits until somebody comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        config = folder / "config.toml"
        config.write_text(
            '[watch]\ncrawl_at = ["00:00"]\nsources = ["press"]\nlisten = "127.0.0.1:0"\ntick_s = 0.1\n'
            '[crawl]\nrobots = false\nretries = 0\ncontact = "a@b.example"\n[press]\nmin_interval_s = 0.0\n'
            f'[[press.feeds]]\nurl = "http://127.0.0.1:{server.getsockname()[1]}/feed.rss"\n',
            encoding="utf-8",
        )
        yield config, lambda: server.accept()[0]


def test_after_a_kill_no_second_crawl_begins_beside_the_first(tmp_path: Path) -> None:
    with deaf(tmp_path) as (config, caller), running(config) as (process, _), caller():
        process.kill()
        process.wait()
        crawler = int((tmp_path / "crawl.lock").read_text(encoding="ascii"))
        try:
            second = subprocess.run(
                arguments(config, "--once"), capture_output=True, text=True, cwd=REPOSITORY, check=False
            )
            assert f"another process crawls already (process {crawler}); left to it" in second.stderr
            assert second.returncode == 0
        finally:
            os.killpg(crawler, signal.SIGKILL)


def test_a_stop_ends_the_crawl_in_good_order(tmp_path: Path) -> None:
    with deaf(tmp_path) as (config, caller), running(config) as (process, _), caller():
        process.terminate()
        assert process.wait(120) == 0
        assert process.stderr is not None
        said = process.stderr.read()
    assert "press: interrupted; what came before is kept" in said
    assert "crawl interrupted; it goes on at the next start" in said


def test_rounds_have_their_links_served_beside_them(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[watch]\ncrawl_at = []\nlisten = "127.0.0.1:0"\n', encoding="utf-8")
    with running(config, "--serve-only") as (process, port):
        assert asked("GET", f"http://127.0.0.1:{port}/health") == (200, b"ok\n")
        once = subprocess.run(arguments(config, "--once"), capture_output=True, cwd=REPOSITORY, check=False)
        assert once.returncode == 0
        process.terminate()
        assert process.wait(30) == 0


def test_a_source_of_the_settings_that_does_not_exist_is_said_at_once(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[watch]\nsources = ["pubmde"]\n', encoding="utf-8")
    done = subprocess.run(arguments(config), capture_output=True, text=True, cwd=REPOSITORY, check=False)
    assert done.returncode == 1
    assert "watch.sources: no source 'pubmde'" in done.stderr


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
        assert b"cordwatch_digests_built_total 0.0" in asked("GET", f"{base}/metrics")[1]
        assert asked("GET", f"{base}/health") == (200, b"ok\n")
        assert asked("HEAD", f"{base}/health") == (200, b"")
        second = subprocess.run(arguments(config), capture_output=True, text=True, cwd=REPOSITORY, check=False)
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
    done = subprocess.run(arguments(config, "--once"), capture_output=True, text=True, cwd=REPOSITORY, check=False)
    assert done.returncode == 3
    assert "crawl failed: not complete: press; again in 60 s" in done.stderr
    stamped = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (.+)")
    lines = [stamped.fullmatch(line) for line in done.stderr.splitlines()]
    assert all(lines), done.stderr
    assert any(line[1].startswith("press: GET http://127.0.0.1") for line in lines if line)
