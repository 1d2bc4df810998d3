"""PubMed crawled from a loopback provider that behaves, and that does not."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.crawler.crawling import REPOSITORY, Crawl
from tests.crawler.eutils_world import EutilsWorld
from tests.crawler.faults import LASTING as LASTING_FAULTS
from tests.crawler.faults import xml_bomb
from tests.loopback import (
    Answer,
    Asked,
    Fault,
    Provider,
    body,
    cut_short,
    dripping,
    html,
    hung_up,
    running,
    status,
)

TODAY = dt.datetime.now(dt.UTC).date()
KEY = "0123456789abcdefsecret"
BOMB = xml_bomb(b"PubmedArticleSet", b"<PubmedArticle>&i;</PubmedArticle>")


@pytest.fixture
def world() -> EutilsWorld:
    world = EutilsWorld()
    for number in range(14):
        world.add(str(99_100_000 + number), dt.date(2021, 1, 1) + dt.timedelta(days=40 * number))
    return world


@pytest.fixture
def provider(world: EutilsWorld) -> Iterator[Provider]:
    with running(lambda asked: world.answer(asked)) as provider:
        yield provider


@pytest.fixture
def crawl(provider: Provider, tmp_path: Path) -> Crawl:
    return crawl_of(provider, tmp_path)


def crawl_of(provider: Provider, home: Path, *, section: Mapping[str, object] = {}, **crawl: object) -> Crawl:
    pubmed = {
        "base_url": f"{provider.base_url}/eutils",
        "api_key": KEY,
        "since": "2020-01-01",
        "page_size": 3,
        "slice_records": 7,
        "requests_per_second": 500.0,
        **section,
    }
    return Crawl(home, pubmed=pubmed, crawl=crawl)


def expected(world: EutilsWorld) -> dict[str, tuple[str, int]]:
    return {f"pubmed:{paper.pmid}": (paper.title, 1) for paper in world.papers.values()}


def fetches(provider: Provider) -> list[Asked]:
    return [asked for asked in provider.asked if asked.path.endswith("/efetch.fcgi")]


def test_slices_stay_under_the_cap_and_everything_comes(crawl: Crawl, provider: Provider, world: EutilsWorld) -> None:
    report = crawl.run("pubmed")
    assert (report["new"], report["failed"], report["watermark"]) == (14, 0, TODAY.isoformat())
    assert crawl.contents("pubmed") == expected(world)
    searches = [asked.parameters for asked in provider.asked if asked.parameters.get("usehistory") == "y"]
    assert {search["datetype"] for search in searches} == {"edat"}, "a first crawl needs no revisions"
    assert len(searches) >= 3
    assert all(asked.method == "POST" for asked in provider.asked)
    assert {asked.parameters["api_key"] for asked in provider.asked} == {KEY}
    assert {(asked.parameters["tool"], asked.parameters["email"]) for asked in provider.asked} == {
        ("cordwatch", "tests@example.org")
    }
    assert all("cordwatch/" in asked.headers["User-Agent"] for asked in provider.asked)
    with crawl.library() as library:
        payload = library.payload("pubmed:99100000")
    assert payload is not None
    assert payload.content == world.papers["99100000"].xml().encode()
    assert payload.url.endswith("/efetch.fcgi?db=pubmed&id=99100000&retmode=xml")


def test_second_crawl_brings_what_is_new_and_what_was_revised(crawl: Crawl, world: EutilsWorld) -> None:
    crawl.run("pubmed")
    again = crawl.run("pubmed")
    assert (again["seen"], again["complete"]) == (0, True)
    world.add("99100999", TODAY, title="New today")
    paper = world.papers["99100003"]
    world.papers["99100003"] = replace(paper, revised=TODAY, title="Corrected title")
    report = crawl.run("pubmed")
    assert (report["new"], report["changed"]) == (1, 1)
    assert crawl.contents("pubmed")["pubmed:99100003"] == ("Corrected title", 2)


def test_since_reads_from_that_day_and_leaves_no_gap_behind(crawl: Crawl, world: EutilsWorld) -> None:
    report = crawl.run("pubmed", "--since", "2022-01-01")
    late = {uid for uid, paper in world.papers.items() if paper.entered >= dt.date(2022, 1, 1)}
    assert report["new"] == len(late)
    assert set(crawl.contents("pubmed")) == {f"pubmed:{uid}" for uid in late}
    assert report["watermark"] == TODAY.isoformat()


def test_a_changed_query_begins_again(provider: Provider, tmp_path: Path, world: EutilsWorld) -> None:
    crawl_of(provider, tmp_path).run("pubmed")
    other = crawl_of(provider, tmp_path)
    other.config.write_text(other.config.read_text() + 'query = "another question"\n')
    assert other.run("pubmed")["unchanged"] == 14


def test_passing_faults_lose_nothing_and_double_nothing(provider: Provider, tmp_path: Path, world: EutilsWorld) -> None:
    crawl = crawl_of(provider, tmp_path, retries=8)
    soon = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1), usegmt=True)
    limit = b'{"error":"API rate limit exceeded","count":"4","limit":"3"}'
    search_failed = b"<eSearchResult><ERROR>Search Backend failed: unable to open connection</ERROR></eSearchResult>"
    provider.script(
        status(429, retry_after="1", content=limit), body(search_failed), html(), status(500), where="/esearch.fcgi"
    )
    provider.script(
        *(status(429, retry_after=soon), status(500), status(503), hung_up()),
        *(cut_short(), html(), dripping(), body(limit, "application/json")),
        where="/efetch.fcgi",
    )
    report = crawl.run("pubmed")
    assert (report["new"], report["failed"], report["quarantined"]) == (14, 0, 0), report
    assert crawl.contents("pubmed") == expected(world)
    first, second = provider.asked[:2]
    assert second.at - first.at >= 1, "Retry-After was not obeyed"


def test_several_pages_are_under_way_and_come_in_order(tmp_path: Path, world: EutilsWorld) -> None:
    second_asked = threading.Event()
    in_time: list[bool] = []

    def answer(asked: Asked) -> Answer | None:
        if asked.parameters.get("retstart") == "3":
            second_asked.set()
        elif asked.parameters.get("retstart") == "0":
            in_time.append(second_asked.wait(timeout=30))
        return world.answer(asked)

    with running(answer) as provider:
        crawl = crawl_of(provider, tmp_path, section={"slice_records": 100})
        report = crawl.run("pubmed")
    assert (report["new"], report["failed"]) == (14, 0)
    assert all(in_time), "the first page kept the second one waiting"
    assert crawl.contents("pubmed") == expected(world)


def test_no_page_is_asked_for_while_the_provider_wants_to_be_left_alone(provider: Provider, tmp_path: Path) -> None:
    crawl = crawl_of(provider, tmp_path, section={"slice_records": 100, "requests_per_second": 4.0})
    provider.script(status(429, retry_after="2"), where="/efetch.fcgi")
    assert crawl.run("pubmed")["new"] == 14
    first, *others = [asked.at for asked in fetches(provider)]
    assert len(others) == 5
    assert min(others) - first >= 2, "a page that waited for its turn was asked for all the same"


LASTING: dict[str, tuple[Fault, str]] = {
    **LASTING_FAULTS,
    "key echoed": (status(400, content=b'{"error":"API key invalid","api-key":"' + KEY.encode() + b'"}'), "HTTP 400"),
    "key echoed in HTML": (body(b"<html>" + KEY.encode() + b"</html>", "text/html"), "<html>"),
    "entities": (body(BOMB), "declares entities"),
}


@pytest.mark.parametrize("name", LASTING)
def test_lasting_fault_is_reported_and_healed_by_the_next_crawl(
    name: str, provider: Provider, crawl: Crawl, world: EutilsWorld
) -> None:
    fault, words = LASTING[name]
    provider.script(fault, where="/efetch.fcgi", always=True)
    report = crawl.run("pubmed")
    said = " ".join(report["errors"]) + " ".join(found.reason for found in crawl.quarantined("pubmed"))
    assert report["failed"]
    assert "efetch.fcgi" in said
    assert words in said
    assert report["watermark"] == ""
    assert set(crawl.contents("pubmed")) < set(expected(world))
    kept = said + report["stderr"] + "".join(f"{found.url}{found.content!r}" for found in crawl.quarantined("pubmed"))
    assert KEY not in kept
    provider.behave()
    assert crawl.run("pubmed")["watermark"] == TODAY.isoformat()
    assert crawl.contents("pubmed") == expected(world)


def test_records_that_stay_away_hold_only_their_slice(provider: Provider, crawl: Crawl, world: EutilsWorld) -> None:
    world.withheld = {"99100002"}
    report = crawl.run("pubmed")
    assert (report["new"], report["watermark"]) == (13, "")
    assert "PMID 99100002" in report["errors"][0]
    world.withheld.clear()
    provider.behave()
    assert crawl.run("pubmed")["new"] == 1
    brought = {paper for asked in fetches(provider) for paper in asked.parameters.get("WebEnv", "").split("|")[1:2]}
    assert len(brought) == 1, "slices that were complete are not read again"
    assert crawl.contents("pubmed") == expected(world)


def test_pages_the_history_server_forgets_are_asked_for_by_pmid(
    provider: Provider, crawl: Crawl, world: EutilsWorld
) -> None:
    provider.script(body(b"<PubmedArticleSet></PubmedArticleSet>"), where="/efetch.fcgi")
    assert crawl.run("pubmed")["complete"]
    assert any("id" in asked.parameters for asked in fetches(provider))
    assert crawl.contents("pubmed") == expected(world)


def test_an_unreadable_article_is_quarantined_and_the_rest_goes_on(
    crawl: Crawl, world: EutilsWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.papers["99100005"].title = "Broken </ArticleTitle><Oops> title"
    report = crawl.run("pubmed")
    assert (report["new"], report["quarantined"], report["complete"]) == (13, 1, True)
    (found,) = crawl.quarantined("pubmed")
    assert found.reason.startswith("PMID 99100005: not well-formed")
    assert found.content == world.papers["99100005"].xml().encode()


def test_a_day_with_too_many_records_says_what_to_do(provider: Provider, crawl: Crawl, world: EutilsWorld) -> None:
    for number in range(8):
        world.add(str(99_200_000 + number), dt.date(2022, 5, 5))
    report = crawl.run("pubmed")
    assert "8 records on one day" in report["errors"][0]
    assert report["new"] == 14


@pytest.mark.parametrize("command", ["crawl", "sync"])
def test_an_interrupt_ends_in_good_order(provider: Provider, crawl: Crawl, world: EutilsWorld, command: str) -> None:
    provider.script(dripping(0.001), where="/efetch.fcgi", always=True)
    running = crawl.start("pubmed", command=command)
    while len(fetches(provider)) < 3:
        assert running.lasts(0.02)
    running.interrupt()
    code, out, err = running.wait()
    assert code == 130
    assert not json.loads(out)[0]["complete"]
    assert "interrupted" in err
    assert not (crawl.home / "index").exists(), "nothing follows an interrupted crawl"
    assert set(crawl.contents("pubmed")) < set(expected(world))
    with crawl.library() as library:
        (run,) = library.runs("pubmed")
        assert not library.watermarks()
    assert (run.complete, run.watermark) == (False, "")
    assert "interrupted" in run.errors[-1]
    assert run.seen == len(crawl.contents("pubmed"))
    provider.behave()
    assert crawl.run("pubmed")["complete"]
    assert crawl.contents("pubmed") == expected(world)


def test_plain_scrapy_fails_where_the_source_does(provider: Provider, crawl: Crawl) -> None:
    provider.script(status(404), always=True)
    command = [sys.executable, "-m", "scrapy", "crawl", "pubmed", "-a", "since=2022-01-01"]
    done = subprocess.run(command, env=crawl.environment(), cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr


def test_plain_scrapy_runs_the_spider(provider: Provider, crawl: Crawl) -> None:
    command = [sys.executable, "-m", "scrapy", "crawl", "pubmed", "-a", "since=2022-01-01"]
    done = subprocess.run(command, cwd=REPOSITORY, env=crawl.environment(), capture_output=True, text=True, check=True)
    assert crawl.state("pubmed").watermark == TODAY.isoformat()
    assert KEY not in done.stdout + done.stderr
