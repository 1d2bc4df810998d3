"""What only bioRxiv's spider does: the topic filter, versions, withdrawals, preprints that became papers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from records.record import PublicationStatus, Record, RelationType
from tests.crawler.biorxiv_world import BiorxivWorld
from tests.crawler.crawling import Crawl
from tests.loopback import Answer, Provider, running, status


@pytest.fixture
def world() -> BiorxivWorld:
    world = BiorxivWorld()
    for number in range(4):
        world.add(str(99_200_000 + number), f"2024-01-{number + 10}")
    return world


@pytest.fixture
def provider(world: BiorxivWorld) -> Iterator[Provider]:
    with running(lambda asked: world.answer(asked)) as provider:
        yield provider


@pytest.fixture
def crawl(provider: Provider, tmp_path: Path, world: BiorxivWorld) -> Crawl:
    return Crawl(tmp_path, biorxiv=world.settings(provider.base_url))


def record(crawl: Crawl, number: str) -> Record:
    with crawl.library() as library:
        stored = library.get(f"biorxiv:10.5555/{number}")
        assert stored
        return stored.record


def test_what_is_off_the_topic_is_counted_and_left_out(crawl: Crawl, world: BiorxivWorld) -> None:
    world.add("99200010", "2024-01-20", "Stem cells of the football turf")
    report = crawl.run("biorxiv")
    assert (report["new"], report["filtered"], report["complete"]) == (4, 1, True)
    assert world.uid("99200010") not in crawl.contents("biorxiv")


def test_pages_advance_by_what_came(crawl: Crawl, provider: Provider) -> None:
    crawl.run("biorxiv")
    asked = [one.path for one in provider.asked if one.path.startswith("/details/biorxiv/2024-01-01/")]
    assert asked == [f"/details/biorxiv/2024-01-01/2024-01-31/{cursor}/json" for cursor in (0, 3)]


def test_a_later_version_is_read_with_all_others(crawl: Crawl, world: BiorxivWorld) -> None:
    world.versions["99200001"] = [
        {"date": "2023-05-01", "title": "Stem cells in spinal cord injury, first"},
        {"date": "2024-01-11", "version": "2", "type": "withdrawn"},
    ]
    crawl.run("biorxiv")
    found = record(crawl, "99200001")
    assert (found.status, found.publication_stage) == (PublicationStatus.WITHDRAWN, "version 2")
    assert found.published
    assert found.revised
    assert (found.published.iso(), found.revised.iso()) == ("2023-05-01", "2024-01-11")


def test_a_later_version_stands_alone_where_the_others_cannot_be_had(
    crawl: Crawl, provider: Provider, world: BiorxivWorld
) -> None:
    world.versions["99200001"] = [{}, {"version": "2"}]
    provider.script(status(404), where="/99200001/na/json", always=True)
    assert crawl.run("biorxiv")["complete"]
    assert (record(crawl, "99200001").published, record(crawl, "99200001").publication_stage) == (None, "version 2")


def test_preprints_that_became_papers_say_so(crawl: Crawl, world: BiorxivWorld) -> None:
    world.papers["99200002"] = "10.5555/The.Paper"
    crawl.run("biorxiv")
    (relation,) = record(crawl, "99200002").relations
    assert (relation.type, relation.target) == (RelationType.PREPRINT_OF, "doi:10.5555/the.paper")


def test_a_known_preprint_becomes_a_paper_whatever_its_title(crawl: Crawl, world: BiorxivWorld) -> None:
    crawl.run("biorxiv")
    world.works["99200003"] = (dt.datetime.now(dt.UTC).date(), "Neurons after trauma")
    world.papers["99200003"] = "10.5555/another.paper"
    crawl.run("biorxiv")
    assert [relation.target for relation in record(crawl, "99200003").relations] == ["doi:10.5555/another.paper"]


def test_papers_are_read_again_when_their_count_changes(crawl: Crawl, provider: Provider, world: BiorxivWorld) -> None:
    """The first one goes after the first page: the fourth moves onto that page, which has been read."""
    world.add("99200004", "2024-01-14")
    world.papers = {number: f"10.5555/paper.{number}" for number in world.works}

    def taken_back(good: Answer) -> Answer:
        world.papers.pop("99200000", None)
        return good

    provider.script(taken_back, where="/pubs/biorxiv/2024-01-01/2024-01-31/0")
    assert crawl.run("biorxiv")["complete"]
    assert [relation.target for relation in record(crawl, "99200003").relations] == ["doi:10.5555/paper.99200003"]
