"""ClinicalTrials.gov crawled from a loopback registry that behaves, and that does not."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from records.trial import TrialStatus
from tests.crawler.crawling import Crawl
from tests.crawler.faults import LASTING
from tests.crawler.trials_world import TrialsWorld
from tests.loopback import Asked, Provider, body, dripping, html, running, status, truncated

DAY = "2025-06-30"


@pytest.fixture
def world() -> TrialsWorld:
    world = TrialsWorld()
    for number in range(7):
        world.add(f"NCT9900000{number}", f"2025-0{number % 6 + 1}-10")
    return world


@pytest.fixture
def provider(world: TrialsWorld) -> Iterator[Provider]:
    with running(lambda asked: world.answer(asked)) as provider:
        yield provider


@pytest.fixture
def crawl(provider: Provider, tmp_path: Path) -> Crawl:
    return crawl_of(provider, tmp_path)


def crawl_of(provider: Provider, home: Path, **section: object) -> Crawl:
    trials = {"base_url": f"{provider.base_url}/api/v2", "page_size": 3, "requests_per_second": 500.0, **section}
    return Crawl(home, clinicaltrials=trials)


def pages(provider: Provider) -> list[Asked]:
    return [asked for asked in provider.asked if asked.path.endswith("/studies")]


def expected(world: TrialsWorld) -> set[str]:
    return {f"clinicaltrials:{number}" for number in world.studies}


def test_first_crawl_reads_every_page(crawl: Crawl, provider: Provider, world: TrialsWorld) -> None:
    report = crawl.run("clinicaltrials")
    assert (report["new"], report["failed"], report["watermark"]) == (7, 0, DAY)
    assert set(crawl.contents("clinicaltrials")) == expected(world)
    assert [asked.parameters.get("pageToken") for asked in pages(provider)] == [None, "page-3", "page-6"]
    assert [asked.parameters.get("countTotal") for asked in pages(provider)] == ["true", None, None]
    assert all("filter.advanced" not in asked.parameters for asked in pages(provider))


def test_nothing_is_asked_while_the_data_have_not_moved(crawl: Crawl, provider: Provider) -> None:
    crawl.run("clinicaltrials")
    provider.behave()
    report = crawl.run("clinicaltrials")
    assert (report["seen"], report["complete"], report["watermark"]) == (0, True, DAY)
    assert not pages(provider)


def test_update_brings_what_changed_and_keeps_the_history(crawl: Crawl, provider: Provider, world: TrialsWorld) -> None:
    crawl.run("clinicaltrials")
    provider.behave()
    world.timestamp = "2025-07-08T09:00:00"
    world.add("NCT99000003", "2025-07-07", "TERMINATED")
    world.add("NCT99000020", "2025-07-07")
    report = crawl.run("clinicaltrials")
    assert (report["new"], report["changed"], report["watermark"]) == (1, 1, "2025-07-08")
    (page,) = pages(provider)
    assert page.parameters["filter.advanced"] == "AREA[LastUpdatePostDate]RANGE[2025-06-27,MAX]"
    with crawl.library() as library:
        now = library.get("clinicaltrials:NCT99000003")
        assert now is not None
        assert now.record.trial is not None
        assert (now.version, now.record.trial.status) == (2, TrialStatus.TERMINATED)
        before = [version.record.trial for version in library.history("clinicaltrials:NCT99000003")]
    assert TrialStatus.RECRUITING in {trial.status for trial in before if trial}


def test_another_question_is_asked_from_the_beginning(crawl: Crawl, provider: Provider, tmp_path: Path) -> None:
    crawl.run("clinicaltrials")
    provider.behave()
    report = crawl_of(provider, tmp_path, term="exosomes").run("clinicaltrials")
    assert (report["unchanged"], report["complete"]) == (7, True)
    assert all("filter.advanced" not in asked.parameters for asked in pages(provider))


def test_a_since_after_the_watermark_leaves_no_gap_behind_it(crawl: Crawl, world: TrialsWorld) -> None:
    crawl.run("clinicaltrials")
    world.timestamp = "2025-09-20T09:00:00"
    world.add("NCT99000030", "2025-07-15")
    world.add("NCT99000031", "2025-09-15")
    assert crawl.run("clinicaltrials", "--since", "2025-09-01")["watermark"] == DAY
    report = crawl.run("clinicaltrials")
    assert (report["new"], report["watermark"]) == (1, "2025-09-20")
    assert set(crawl.contents("clinicaltrials")) == expected(world)


def test_the_delay_of_robots_txt_is_kept(crawl: Crawl, provider: Provider, world: TrialsWorld) -> None:
    world.delay_s = 0.25
    assert crawl.run("clinicaltrials")["new"] == 7
    times = [asked.at for asked in provider.asked if asked.path != "/robots.txt"]
    assert len(times) == 4
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) > 0.24


def test_passing_faults_lose_nothing(crawl: Crawl, provider: Provider, world: TrialsWorld) -> None:
    provider.script(status(500), html(), where="/version")
    provider.script(status(429, retry_after="1"), truncated(), where="/studies")
    report = crawl.run("clinicaltrials")
    assert (report["new"], report["failed"], report["quarantined"]) == (7, 0, 0)
    assert set(crawl.contents("clinicaltrials")) == expected(world)


@pytest.mark.parametrize("name", LASTING)
def test_lasting_fault_is_reported_and_healed_by_the_next_crawl(
    name: str, provider: Provider, crawl: Crawl, world: TrialsWorld
) -> None:
    crawl.run("clinicaltrials")
    world.timestamp = "2025-07-08T09:00:00"
    world.add("NCT99000020", "2025-07-07")
    fault, words = LASTING[name]
    provider.script(fault, where="/studies", always=True)
    report = crawl.run("clinicaltrials")
    assert report["failed"] == 1
    assert "/studies" in report["errors"][0]
    assert words in report["errors"][0]
    assert (report["watermark"], crawl.state("clinicaltrials").watermark) == (DAY, DAY)
    provider.behave()
    assert crawl.run("clinicaltrials")["watermark"] == "2025-07-08"
    assert set(crawl.contents("clinicaltrials")) == expected(world)


def test_slow_drip_is_given_up(provider: Provider, tmp_path: Path) -> None:
    provider.script(dripping(), where="/studies", always=True)
    crawl = Crawl(tmp_path, clinicaltrials={"base_url": provider.base_url}, crawl={"timeout_s": 1.0, "retries": 0})
    assert "crawl.timeout_s" in crawl.run("clinicaltrials")["errors"][0]


@pytest.mark.parametrize("kind", ["repeats", "endless"])
def test_endless_pages_end(kind: str, crawl: Crawl, provider: Provider, world: TrialsWorld) -> None:
    world.unhelpful = kind
    report = crawl.run("clinicaltrials")
    assert "brings nothing new after 7 studies" in report["errors"][0]
    assert (report["new"], report["watermark"]) == (7, "")
    assert len(pages(provider)) == 4


def test_studies_that_are_counted_and_do_not_come_hold_the_window(crawl: Crawl, world: TrialsWorld) -> None:
    world.claimed = 2
    report = crawl.run("clinicaltrials")
    assert report["errors"] == ["7 of 9 studies came"]
    assert (report["new"], report["watermark"]) == (7, "")


def test_an_unreadable_study_is_quarantined_alone(crawl: Crawl, world: TrialsWorld) -> None:
    world.studies["NCT99000002"]["protocolSection"]["designModule"] = {"phases": "PHASE1"}
    report = crawl.run("clinicaltrials")
    assert (report["new"], report["quarantined"], report["complete"]) == (6, 1, True)
    (found,) = crawl.quarantined("clinicaltrials")
    assert "NCT99000002" in found.reason
    assert "phases" in found.reason


def test_an_answer_that_stays_unreadable_is_kept(crawl: Crawl, provider: Provider) -> None:
    provider.script(body(b'{"error": "no studies today"}', "application/json"), where="/studies", always=True)
    crawl.run("clinicaltrials")
    (found,) = crawl.quarantined("clinicaltrials")
    assert found.content == b'{"error": "no studies today"}'
