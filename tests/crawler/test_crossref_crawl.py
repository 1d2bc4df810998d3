"""What only Crossref's spider does: the topic filter, notices, the provider's own rate limit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from records.record import Kind, PublicationStatus, Relation, RelationType
from tests.crawler.crawling import Crawl
from tests.crawler.crossref_world import CrossrefWorld
from tests.loopback import Provider, running

RETRACTION = {"type": "retraction", "label": "Retraction", "source": "publisher"}


def notice(number: str, title: str, target: str) -> dict[str, object]:
    return {
        "DOI": f"10.5555/{number}",
        "type": "journal-article",
        "title": [title],
        "update-to": [RETRACTION | {"DOI": target}],
    }


@pytest.fixture
def world() -> CrossrefWorld:
    world = CrossrefWorld()
    for number in range(2):
        world.add(str(99_200_000 + number), "2024-01-10")
    return world


@pytest.fixture
def provider(world: CrossrefWorld) -> Iterator[Provider]:
    with running(lambda asked: world.answer(asked)) as provider:
        yield provider


def crawl_of(provider: Provider, home: Path, world: CrossrefWorld, **section: object) -> Crawl:
    return Crawl(home, crossref=world.settings(provider.base_url) | section)


def test_works_off_the_topic_are_counted_and_the_tail_is_left(
    provider: Provider, tmp_path: Path, world: CrossrefWorld
) -> None:
    for number in range(12):
        world.add(str(99_300_000 + number), f"2024-02-{number + 1:02}", "Football and its rules")
    report = crawl_of(provider, tmp_path, world, idle_pages=2).run("crossref")
    assert (report["new"], report["filtered"], report["complete"]) == (2, 7, True)
    assert "left after 9 of 14 items" in report["notes"][0]


def test_notices_on_the_topic_and_about_known_works_are_kept(
    provider: Provider, tmp_path: Path, world: CrossrefWorld
) -> None:
    world.notices = {
        "n1": notice("n1", "Retraction: a paper on something", "10.5555/99200001"),
        "n2": notice("n2", "Retraction: football and its rules", "10.5555/unknown"),
        "n3": notice("n3", "Retraction: stem cells in spinal cord injury", "10.5555/unknown.too"),
    }
    crawl = crawl_of(provider, tmp_path, world, updates=["retraction"])
    report = crawl.run("crossref")
    assert (report["new"], report["filtered"], report["complete"]) == (4, 1, True)
    assert set(crawl.contents("crossref")) == world.uids() | {"crossref:10.5555/n1", "crossref:10.5555/n3"}
    with crawl.library() as library:
        stored = library.get("crossref:10.5555/n1")
        assert stored
        assert (stored.record.kind, stored.record.status) == (Kind.NOTICE, PublicationStatus.CURRENT)
        assert stored.record.relations == (
            Relation(
                type=RelationType.RETRACTS, target="doi:10.5555/99200001", raw="Retraction", asserted_by="publisher"
            ),
        )


def test_the_limit_in_the_headers_is_kept(provider: Provider, tmp_path: Path, world: CrossrefWorld) -> None:
    for number in range(4):
        world.add(str(99_300_000 + number), "2024-03-10")
    world.limit = "5"
    assert crawl_of(provider, tmp_path, world).run("crossref")["new"] == 6
    times = [asked.at for asked in provider.asked]
    assert len(times) >= 3
    # Over all of them: on a busy machine a request may be late, and the next one after it on time.
    assert (times[-1] - times[0]) / (len(times) - 1) > 0.15
