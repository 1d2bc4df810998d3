"""Sources that are read by date and page, each crawled from a loopback provider that behaves, and that does not."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlsplit

import pytest

from tests.crawler.biorxiv_world import BiorxivWorld
from tests.crawler.crawling import Crawl
from tests.crawler.crossref_world import CrossrefWorld
from tests.crawler.europepmc_world import EuropepmcWorld
from tests.crawler.openalex_world import KEY, OpenalexWorld
from tests.crawler.worlds import PagedWorld
from tests.loopback import Answer, Asked, Provider, body, html, running, status, truncated

WORLDS: dict[str, Callable[[], PagedWorld]] = {
    "biorxiv": BiorxivWorld,
    "crossref": CrossrefWorld,
    "europepmc": EuropepmcWorld,
    "openalex": OpenalexWorld,
}
UNTIL = dt.datetime.now(dt.UTC).date().isoformat()


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest) -> PagedWorld:
    world = WORLDS[request.param]()
    for number in range(7):
        world.add(str(99_200_000 + number), f"2024-01-{number + 10}")
    return world


@pytest.fixture
def provider(world: PagedWorld) -> Iterator[Provider]:
    with running(lambda asked: world.answer(asked)) as provider:
        yield provider


@pytest.fixture
def crawl(provider: Provider, tmp_path: Path, world: PagedWorld) -> Crawl:
    return crawl_of(provider, tmp_path, world)


def crawl_of(provider: Provider, home: Path, world: PagedWorld, **more: Any) -> Crawl:
    return Crawl(home, **{world.source: world.settings(provider.base_url) | more})


def as_it_is(good: Answer) -> Answer:
    """No fault."""
    return good


def pages(provider: Provider, world: PagedWorld) -> list[Asked]:
    return [asked for asked in provider.asked if asked.path.endswith(world.path)]


def test_first_crawl_reads_every_page(crawl: Crawl, provider: Provider, world: PagedWorld) -> None:
    report = crawl.run(world.source)
    assert (report["new"], report["failed"], report["watermark"]) == (7, 0, UNTIL), report["errors"]
    assert set(crawl.contents(world.source)) == world.uids()
    windows = sorted({world.window_of(asked) for asked in pages(provider, world)})
    assert windows[0][0] == "2024-01-01"
    assert windows[-1][1] == UNTIL
    for (_, last), (first, _) in itertools.pairwise(windows):
        assert dt.date.fromisoformat(first) - dt.date.fromisoformat(last) == dt.timedelta(days=1), windows


def test_a_dry_run_says_what_the_crawl_then_asks(crawl: Crawl, provider: Provider, world: PagedWorld) -> None:
    assert crawl.plan(world.source)
    assert not (crawl.home / "library.sqlite3").exists()
    for _ in range(2):
        planned = [row["request"] for row in crawl.plan(world.source)]
        assert not provider.asked
        crawl.run(world.source)
        asked = [asked.path for asked in provider.asked if asked.path != "/robots.txt"]
        assert urlsplit(planned[0].removeprefix("GET ")).path == asked[0]
        assert all(request.startswith("GET ") for request in planned)
        windows = {world.window_of(asked) for asked in pages(provider, world)}
        assert all(any(first in request and last in request for request in planned) for first, last in windows)
        provider.behave()


def test_next_crawl_asks_for_what_changed(crawl: Crawl, provider: Provider, world: PagedWorld) -> None:
    crawl.run(world.source)
    provider.behave()
    world.add("99200003", UNTIL, "Other stem cells in spinal cord injury")
    world.add("99200020", UNTIL)
    report = crawl.run(world.source)
    assert (report["new"], report["changed"], report["watermark"]) == (1, 1, UNTIL)
    low = dt.date.fromisoformat(UNTIL) - dt.timedelta(days=3)
    assert {world.window_of(asked)[0] for asked in pages(provider, world)} == {low.isoformat()}
    assert crawl.contents(world.source)[world.uid("99200003")] == ("Other stem cells in spinal cord injury", 2)


def test_a_since_after_the_watermark_leaves_no_gap_behind_it(crawl: Crawl, world: PagedWorld) -> None:
    crawl.run(world.source, "--since", "2024-01-01")
    with crawl.library() as library, library.transaction() as writer:
        kept = library.state(world.source)
        writer.save_state(type(kept)(source=kept.source, watermark="2024-08-01", state=kept.state))
    world.add("99200030", "2024-09-15")
    world.add("99200031", UNTIL)
    report = crawl.run(world.source, "--since", "2024-12-01")
    assert (report["new"], report["watermark"]) == (1, "2024-08-01")
    report = crawl.run(world.source)
    assert (report["new"], report["watermark"]) == (1, UNTIL)
    assert set(crawl.contents(world.source)) == world.uids()


def test_passing_faults_lose_nothing(crawl: Crawl, provider: Provider, world: PagedWorld) -> None:
    provider.script(status(500), html(), as_it_is, status(429, retry_after="0"), truncated(), where=world.path)
    provider.script(as_it_is, body(b"{}", "application/json"), where=world.path)
    report = crawl.run(world.source)
    assert (report["new"], report["failed"], report["quarantined"]) == (7, 0, 0), report["errors"]
    assert set(crawl.contents(world.source)) == world.uids()


@pytest.mark.parametrize("kind", ["circle", "endless"])
def test_pages_without_end_end(kind: str, crawl: Crawl, provider: Provider, world: PagedWorld) -> None:
    world.unhelpful = kind
    report = crawl.run(world.source, "--since", "2024-01-01")
    assert "brings nothing new" in report["errors"][0]
    assert len(pages(provider, world)) <= 5
    assert crawl.state(world.source).watermark == ""
    world.unhelpful = ""
    assert crawl.run(world.source)["watermark"] == UNTIL
    assert set(crawl.contents(world.source)) == world.uids()


def test_pages_that_end_too_early_hold_the_window(crawl: Crawl, world: PagedWorld) -> None:
    world.unhelpful = "early"
    report = crawl.run(world.source)
    assert "3 of 7 items came" in report["errors"][0]
    assert crawl.run(world.source)["watermark"] == "", "more than a few are missing: this is no wrong count"
    world.unhelpful = ""
    report = crawl.run(world.source)
    assert (report["new"], report["unchanged"], report["watermark"]) == (4, 3, UNTIL)


def test_a_count_that_stays_wrong_is_not_believed_for_ever(crawl: Crawl, world: PagedWorld) -> None:
    world.claimed = 2
    report = crawl.run(world.source)
    assert "7 of 9 items came" in report["errors"][0]
    assert (report["new"], report["watermark"]) == (7, "")
    report = crawl.run(world.source)
    assert (report["complete"], report["watermark"]) == (True, UNTIL)
    assert "the count is not believed" in report["notes"][0]


def test_an_unreadable_item_is_quarantined_alone(crawl: Crawl, world: PagedWorld) -> None:
    world.broken = "99200002"
    report = crawl.run(world.source)
    assert (report["new"], report["quarantined"], report["complete"]) == (6, 1, True)
    (found,) = crawl.quarantined(world.source)
    assert "99200002" in found.reason
    assert "title" in found.reason


def test_an_answer_that_stays_unreadable_is_kept(crawl: Crawl, provider: Provider, world: PagedWorld) -> None:
    provider.script(body(b'{"error": "nothing today"}', "application/json"), where=world.path, always=True)
    crawl.run(world.source)
    (found,) = crawl.quarantined(world.source)
    assert found.content == b'{"error": "nothing today"}'


def test_a_key_appears_nowhere(tmp_path: Path) -> None:
    world = OpenalexWorld()
    world.add("99200000", "2024-01-10")
    with running(lambda asked: world.answer(asked)) as provider:
        provider.script(status(500), where=world.path, always=True)
        crawl = crawl_of(provider, tmp_path, world)
        report = crawl.run("openalex")
        assert report["failed"]
        provider.behave()
        crawl.run("openalex")
        with crawl.library() as library:
            payload = library.payload(world.uid("99200000"))
    assert payload
    assert "works?" in payload.url
    for text in (str(report), payload.url):
        assert KEY not in text
        assert quote_plus(KEY) not in text
