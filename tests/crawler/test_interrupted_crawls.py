"""Crawls of all sources killed, and run beside each other: nothing lost, nothing doubled."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crawler.crawling import Crawl
from tests.crawler.eutils_world import EutilsWorld
from tests.crawler.press_world import PressWorld
from tests.crawler.trials_world import TrialsWorld
from tests.loopback import Answer, Asked, Provider, dripping, running

SOURCES = ("pubmed", "clinicaltrials", "press")
KILLS = 24


@pytest.fixture
def provider() -> Iterator[Provider]:
    papers, trials, press = EutilsWorld(), TrialsWorld(), PressWorld()
    for number in range(14):
        papers.add(str(99_100_000 + number), dt.date(2021, 1, 1) + dt.timedelta(days=40 * number))
        trials.add(f"NCT990000{number:02}", f"2025-01-{number + 1:02}")
    worlds = {"eutils": papers.answer, "api": trials.answer}

    def answer(asked: Asked) -> Answer | None:
        return worlds.get(asked.path.split("/")[1], press.answer)(asked)

    with running(answer) as provider:
        yield provider


def crawl_of(provider: Provider, home: Path) -> Crawl:
    rate = {"requests_per_second": 500.0}
    feeds = [{"url": f"{provider.base_url}/feeds/{name}"} for name in ("rss", "atom", "rdf", "json")]
    return Crawl(
        home,
        pubmed={
            "base_url": f"{provider.base_url}/eutils",
            "since": "2020-01-01",
            "page_size": 3,
            "slice_records": 7,
            **rate,
        },
        clinicaltrials={"base_url": f"{provider.base_url}/api/v2", "page_size": 2, **rate},
        press={"feeds": feeds, "min_interval_s": 0.0, "keywords": [], **rate},
    )


def everything(crawl: Crawl) -> dict[str, tuple[str, int]]:
    return {uid: kept for source in SOURCES for uid, kept in crawl.contents(source).items()}


def states(crawl: Crawl) -> dict[str, object]:
    """What each source keeps, without the times at which feeds were asked."""
    kept: dict[str, object] = {}
    for source in SOURCES:
        state = crawl.state(source)
        fields: dict[str, object] = dict(state.state)
        if source == "press":
            fields = {url: json.loads(text) | {"asked": ""} for url, text in state.state.items()}
        kept[source] = (state.watermark, fields)
    return kept


@pytest.mark.slow
def test_killed_at_random_moments_nothing_is_lost_or_doubled(provider: Provider, tmp_path: Path) -> None:
    undisturbed = crawl_of(provider, tmp_path / "undisturbed")
    assert all(report["complete"] for report in undisturbed.run_all())
    assert len(everything(undisturbed)) == 14 + 14 + 4
    chance = random.Random(20)
    moments = set[int]()
    for number in range(4):
        crawl = crawl_of(provider, tmp_path / f"killed-{number}")
        provider.script(dripping(0.0001), always=True)
        for _ in range(KILLS // 4):
            kill_after(chance.randrange(1, 28), chance.random() / 8, crawl, provider)
            moments.add(len(everything(crawl)))
        provider.behave()
        assert all(report["complete"] for report in crawl.run_all())
        assert everything(crawl) == everything(undisturbed)
        assert states(crawl) == states(undisturbed)
    assert len(moments) > 3, f"records at the kills: {moments}"


def kill_after(requests: int, seconds: float, crawl: Crawl, provider: Provider) -> None:
    """Kill a crawl some requests after its start, and then some."""
    running = crawl.start()
    asked = len(provider.asked) + requests
    while len(provider.asked) < asked and running.lasts(0.005):
        pass
    running.lasts(seconds)
    running.kill()


@pytest.mark.slow
def test_two_crawls_beside_each_other(provider: Provider, tmp_path: Path) -> None:
    crawl = crawl_of(provider, tmp_path)
    both = [crawl.start(), crawl.start()]
    ended = [running.wait() for running in both]
    assert [code for code, _, _ in ended] == [0, 0], ended
    reports = [json.loads(out) for _, out, _ in ended]
    assert sum(report["new"] for pair in reports for report in pair) == 32
    assert {version for _, version in everything(crawl).values()} == {1}
    assert len(everything(crawl)) == 32
    assert [report["new"] for report in crawl.run_all()] == [0, 0, 0]


def test_a_full_disk_fails_the_crawl_and_the_next_one_goes_on(provider: Provider, tmp_path: Path) -> None:
    crawl = crawl_of(provider, tmp_path)
    crawl.run("clinicaltrials")
    full = crawl.home / "library.sqlite3"
    code, _, err = crawl.start("pubmed", most_bytes=full.stat().st_size + 4096).wait()
    assert code in (1, 3)
    assert "Traceback" not in err
    assert "disk" in err
    assert crawl.state("pubmed").watermark == ""
    assert len(crawl.contents("clinicaltrials")) == 14
    assert crawl.run("pubmed")["complete"]
    assert len(everything(crawl)) == 28


def test_a_dry_run_says_what_the_crawl_would_be_refused_for(provider: Provider, tmp_path: Path) -> None:
    crawl = crawl_of(provider, tmp_path)
    code, out, err = crawl.start("--dry-run", "openalex", "pubmed").wait()
    assert code == 3, err
    refused = {row["source"]: row["refused"] for row in json.loads(out) if row["refused"]}
    assert list(refused) == ["openalex"]
    assert refused["openalex"].startswith("openalex.api_key is not set")
    abroad = Crawl(tmp_path / "abroad", pubmed={"base_url": "https://provider.example"}, crawl={"contact": ""})
    code, out, err = abroad.start("--dry-run", "pubmed").wait()
    (row,) = json.loads(out)
    assert (code, row["request"]) == (3, ""), err
    assert "crawl.contact is not set" in row["refused"]
    assert "CORDWATCH_CRAWL_CONTACT" in row["refused"]
    assert not provider.asked


def test_a_source_that_is_none_is_a_mistake_in_what_was_typed(provider: Provider, tmp_path: Path) -> None:
    crawl = crawl_of(provider, tmp_path)
    for arguments in (("--dry-run", "nosuch"), ("nosuch",)):
        code, _, err = crawl.start(*arguments).wait()
        assert code == 2
        assert "no source 'nosuch'" in err


def test_a_dry_run_of_all_sources_asks_nothing(provider: Provider, tmp_path: Path) -> None:
    crawl = crawl_of(provider, tmp_path)
    planned = crawl.plan()
    assert not provider.asked
    assert not (tmp_path / "library.sqlite3").exists()
    said = {source: [row["request"] for row in planned if row["source"] == source] for source in SOURCES}
    assert all("esearch.fcgi" in request and "mindate=2020/01/01" in request for request in said["pubmed"][:1])
    assert said["clinicaltrials"] == [f"GET {provider.base_url}/api/v2/version"]
    assert said["press"] == [f"GET {provider.base_url}/feeds/{name}" for name in ("rss", "atom", "rdf", "json")]
