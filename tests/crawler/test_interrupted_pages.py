"""Crawls of the sources that are read by date and page, killed at random moments: nothing lost, nothing doubled."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crawler.biorxiv_world import BiorxivWorld
from tests.crawler.crawling import Crawl
from tests.crawler.crossref_world import CrossrefWorld
from tests.crawler.europepmc_world import EuropepmcWorld
from tests.crawler.openalex_world import OpenalexWorld
from tests.crawler.worlds import PagedWorld
from tests.loopback import Provider, dripping, running

KILLS = 5


@pytest.mark.slow
@pytest.mark.parametrize("make", [BiorxivWorld, CrossrefWorld, EuropepmcWorld, OpenalexWorld])
def test_killed_at_random_moments_nothing_is_lost_or_doubled(make: Callable[[], PagedWorld], tmp_path: Path) -> None:
    world = make()
    for number in range(24):
        world.add(str(99_200_000 + number), f"{2024 + number % 3}-01-{number % 20 + 1:02}")
    chance = random.Random(world.source)
    moments = set[int]()
    with running(lambda asked: world.answer(asked)) as provider:
        undisturbed = crawl_of(provider, tmp_path / "undisturbed", world)
        assert undisturbed.run(world.source)["new"] == 24
        crawl = crawl_of(provider, tmp_path / "killed", world)
        provider.script(dripping(0.0001), always=True)
        for _ in range(KILLS):
            going = crawl.start(world.source)
            asked = len(provider.asked) + chance.randrange(1, 9)
            while len(provider.asked) < asked and going.lasts(0.005):
                pass
            going.lasts(chance.random() / 10)
            going.kill()
            moments.add(len(crawl.contents(world.source)))
        provider.behave()
        assert crawl.run(world.source)["complete"]
    assert crawl.contents(world.source) == undisturbed.contents(world.source)
    assert crawl.state(world.source) == undisturbed.state(world.source)
    assert len(moments) > 1, f"records at the kills: {moments}"


def crawl_of(provider: Provider, home: Path, world: PagedWorld) -> Crawl:
    return Crawl(home, **{world.source: world.settings(provider.base_url)})
