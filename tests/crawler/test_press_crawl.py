"""Press crawled from loopback newsrooms that behave, and that do not."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler.parsers.press import story_id
from records.record import Kind, PublicationStatus, Record, RelationType
from tests.crawler.crawling import Crawl
from tests.crawler.faults import LASTING, xml_bomb
from tests.crawler.press_world import STORIES, PressWorld
from tests.loopback import Asked, Provider, body, html, running, status

TODAY = dt.datetime.now(dt.UTC).date().isoformat()


@pytest.fixture
def world() -> PressWorld:
    return PressWorld()


@pytest.fixture
def provider(world: PressWorld) -> Iterator[Provider]:
    with running(lambda asked: world.answer(asked)) as provider:
        yield provider


@pytest.fixture
def crawl(provider: Provider, tmp_path: Path) -> Crawl:
    return crawl_of(provider, tmp_path)


def crawl_of(provider: Provider, home: Path, *feeds: str, **section: Any) -> Crawl:
    listed = [{"url": f"{provider.base_url}/feeds/{name}"} for name in feeds or ("rss", "atom", "rdf", "json")]
    press = {"feeds": listed, "min_interval_s": 0.0, "requests_per_second": 500.0, **section}
    return Crawl(home, press=press)


def records(crawl: Crawl) -> dict[str, Record]:
    """Story → record."""
    with crawl.library() as library:
        stored = library.get_many(library.iter_uids()).values()
        return {one.record.url.rsplit("/", 1)[-1].split("?")[0]: one.record for one in stored}


def asked(provider: Provider, beginning: str) -> list[Asked]:
    return [one for one in provider.asked if one.path.startswith(beginning)]


def test_feeds_of_all_kinds_bring_stories_with_their_pages(crawl: Crawl, provider: Provider) -> None:
    report = crawl.run("press")
    assert (report["new"], report["failed"], report["watermark"]) == (3, 0, TODAY)
    found = records(crawl)
    assert set(found) == {"rats", "trial", "fish"}, "the football cup is no news of ours"
    rats, trial, fish = found["rats"], found["trial"], found["fish"]
    assert {one.kind for one in found.values()} == {Kind.PRESS}
    assert [one.container_title for one in (rats, trial, fish)] == [
        *("Invented Daily", "Invented University", "Invented Review")
    ]
    assert (rats.title, rats.source_id) == (STORIES["rats"], story_id(f"{provider.base_url}/news/rats"))
    assert [one.published.iso() for one in (rats, trial, fish) if one.published] == [
        "2025-10-03",
        "2025-10-04",
        "2024-04-18",
    ]
    assert [author.name() for author in trial.authors] == ["Robin Marsh"]
    assert rats.abstract[0].text == "In short: rats."
    assert "what the researchers" in rats.body
    assert "All rights reserved" not in rats.body
    assert {relation.target for relation in rats.relations} == {
        *("doi:10.5555/invented.rats", "pmid:99100001", "registration:NCT99000004")
    }
    assert all("cordwatch/" in one.headers["User-Agent"] for one in provider.asked)
    assert all("tests@example.org" in one.headers["User-Agent"] for one in provider.asked)


def test_feeds_that_have_not_changed_are_not_read_again(crawl: Crawl, provider: Provider, world: PressWorld) -> None:
    crawl.run("press")
    provider.behave()
    assert crawl.run("press")["seen"] == 0
    assert len(asked(provider, "/feeds/")) == 4
    assert not asked(provider, "/news/")
    world.feeds["rss"] = ["fish", "rats"]
    provider.behave()
    report = crawl.run("press")
    assert (report["new"], report["complete"]) == (0, True)
    assert [one.path for one in asked(provider, "/news/")] == ["/news/fish"], "the feed has had the rats already"


def test_pages_of_items_that_have_not_changed_are_not_asked_for_again(
    provider: Provider, tmp_path: Path, world: PressWorld
) -> None:
    world.feeds["rss"] = ["rats", "cup", "fish"]
    crawl = crawl_of(provider, tmp_path, "rss")
    crawl.run("press")
    world.feeds["rss"] = ["fish", "rats", "cup"]
    provider.behave()
    report = crawl.run("press")
    assert (report["complete"], asked(provider, "/news/")) == (True, []), "off the topic or not"
    world.note = " Corrected."
    provider.behave()
    assert crawl.run("press")["changed"] == 2
    assert len(asked(provider, "/news/")) == 3


def test_feeds_are_left_alone_between_two_intervals(provider: Provider, tmp_path: Path) -> None:
    crawl = crawl_of(provider, tmp_path, min_interval_s=3600.0)
    crawl.run("press")
    provider.behave()
    assert (crawl.run("press")["complete"], asked(provider, "/feeds/")) == (True, [])


def test_a_story_of_two_feeds_is_one_record(provider: Provider, tmp_path: Path, world: PressWorld) -> None:
    world.feeds |= {"rss": ["rats"], "rdf": ["rats"]}
    crawl = crawl_of(provider, tmp_path, "rss", "rdf")
    crawl.run("press")
    assert set(crawl.contents("press")) == {f"press:{story_id(f'{provider.base_url}/news/rats')}"}


def test_robots_txt_is_obeyed(provider: Provider, crawl: Crawl, world: PressWorld) -> None:
    world.robots = "User-agent: cordwatch\nDisallow: /news/rats\nDisallow: /feeds/atom\n"
    report = crawl.run("press")
    assert not asked(provider, "/news/rats")
    assert not asked(provider, "/feeds/atom")
    (error,) = report["errors"]
    assert "/feeds/atom" in error
    assert "robots.txt forbids it" in error
    assert (records(crawl)["rats"].body, set(records(crawl))) == ("", {"rats", "fish"})


def test_nothing_is_asked_while_robots_txt_cannot_be_had(provider: Provider, crawl: Crawl) -> None:
    provider.script(status(503), where="/robots.txt", always=True)
    report = crawl.run("press")
    assert "robots.txt cannot be had (HTTP 503), so nothing may be asked for now" in report["errors"][0]
    assert not asked(provider, "/feeds/")


def test_no_robots_txt_allows_all(provider: Provider, crawl: Crawl) -> None:
    provider.script(status(404), where="/robots.txt", always=True)
    assert crawl.run("press")["new"] == 3


def test_a_page_that_is_gone_leaves_what_the_feed_says(crawl: Crawl, world: PressWorld) -> None:
    world.gone = {"rats"}
    report = crawl.run("press")
    assert (report["new"], report["complete"]) == (3, True)
    assert records(crawl)["rats"].body == ""


@pytest.mark.parametrize("how", ["gone", "forbidden", "behind a wall", "without text", "failing"])
def test_a_page_that_goes_takes_nothing_with_it(how: str, crawl: Crawl, provider: Provider, world: PressWorld) -> None:
    crawl.run("press")
    before = records(crawl)["rats"]
    world.note = " With a new word."
    if how == "forbidden":
        world.robots = "User-agent: *\nDisallow: /news/\n"
    elif how != "gone":
        faults = {"behind a wall": status(401), "without text": body(b"<html></html>"), "failing": status(500)}
        provider.script(faults[how], where="/news/rats", always=True)
    else:
        world.gone = {"rats"}
    assert crawl.run("press")["changed"] == 1
    after = records(crawl)["rats"]
    assert after.abstract[0].text == "In short: rats. With a new word."
    assert (after.body, after.relations) == (before.body, before.relations)
    with crawl.library() as library:
        payload = library.payload(after.uid)
    assert payload
    assert b"what the researchers" in payload.content


def test_a_feed_without_pages_takes_nothing_from_a_story_of_another(
    provider: Provider, tmp_path: Path, world: PressWorld
) -> None:
    world.feeds |= {"rss": ["rats"], "rdf": ["rats"]}
    listed = [{"url": f"{provider.base_url}/feeds/{name}", "articles": name == "rss"} for name in ("rss", "rdf")]
    crawl = crawl_of(provider, tmp_path, feeds=listed)
    crawl.run("press")
    assert "what the researchers" in records(crawl)["rats"].body


@pytest.mark.parametrize("place", ["feed", "page"])
def test_a_host_that_asks_for_longer_waits_than_there_may_be_is_left_alone(
    place: str, provider: Provider, tmp_path: Path, world: PressWorld
) -> None:
    world.robots = "User-agent: *\nCrawl-delay: 86400\n"
    said = "robots.txt asks to wait 86400 s between requests, longer than crawl.max_wait_s"
    if place == "feed":
        report = crawl_of(provider, tmp_path, "rss").run("press")
        assert said in report["errors"][0]
        assert not asked(provider, "/feeds/")
        return
    with running(lambda asked: PressWorld().answer(asked)) as other:
        item = f"<item><title>Stem cell news</title><link>{provider.base_url}/news/rats</link></item>"
        feed = f'<rss version="2.0"><channel><title>A</title>{item}</channel></rss>'
        other.script(body(feed.encode(), "application/xml"), where="/feeds/rss")
        feeds = [{"url": f"{other.base_url}/feeds/rss"}, {"url": f"{provider.base_url}/feeds/rss", "enabled": False}]
        # Both are this machine: only the port tells them apart.
        report = crawl_of(other, tmp_path, feeds=feeds).run("press")
    assert (report["new"], report["complete"]) == (1, True)
    assert said in report["notes"][0]
    assert not asked(provider, "/news/")


def test_a_page_that_fails_is_asked_for_by_the_next_crawl(provider: Provider, crawl: Crawl) -> None:
    provider.script(status(500), where="/news/rats", always=True)
    report = crawl.run("press")
    assert (report["new"], report["failed"], report["watermark"]) == (3, 1, "")
    provider.behave()
    report = crawl.run("press")
    assert (report["changed"], report["watermark"]) == (1, TODAY)
    assert "what the researchers" in records(crawl)["rats"].body


def test_a_page_without_a_feeds_words_is_found_by_its_text(provider: Provider, tmp_path: Path) -> None:
    crawl = crawl_of(provider, tmp_path, "json", keywords=["NO SUCH WORD", "Invented Institute"])
    crawl.run("press")
    assert set(records(crawl)) == {"cup"}


@pytest.mark.parametrize("name", LASTING)
def test_a_lasting_fault_of_one_feed_stops_no_other(name: str, provider: Provider, crawl: Crawl) -> None:
    fault, words = LASTING[name]
    provider.script(fault, where="/feeds/atom", always=True)
    report = crawl.run("press")
    said = " ".join(report["errors"])
    assert report["failed"]
    assert "/feeds/atom" in said
    assert words in said
    assert report["watermark"] == ""
    assert set(records(crawl)) - {"trial"} == {"rats", "fish"}
    provider.behave()
    assert crawl.run("press")["watermark"] == TODAY
    assert set(records(crawl)) == {"rats", "trial", "fish"}


def test_a_page_that_is_no_feed_is_kept_in_quarantine(provider: Provider, crawl: Crawl) -> None:
    provider.script(html(), where="/feeds/rss", always=True)
    crawl.run("press")
    (found,) = crawl.quarantined("press")
    assert "this is no feed" in found.reason
    assert b"Maintenance" in found.content


@pytest.mark.parametrize("kind", ["laughs", "external", "parameter"])
def test_entities_of_a_feed_open_nothing(kind: str, provider: Provider, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("stem cell secret")
    outside = f"{provider.base_url}/outside.dtd"
    item = b"<channel><item><title>stem cell &i;</title><link>http://127.0.0.1/x</link></item></channel>"
    kinds = {
        "laughs": xml_bomb(b"rss", item),
        "external": b'<!DOCTYPE rss [<!ENTITY i SYSTEM "%s">]><rss version="2.0">%s</rss>'
        % (secret.as_uri().encode(), item),
        "parameter": b'<!DOCTYPE rss [<!ENTITY %% e SYSTEM "%s"> %%e;]><rss version="2.0">%s</rss>'
        % (outside.encode(), item),
    }
    provider.script(body(kinds[kind]), where="/feeds/rss", always=True)
    crawl = crawl_of(provider, tmp_path / "home", "rss")
    report = crawl.run("press")
    kept = "".join(f"{one.title} {one.abstract} {one.body}" for one in records(crawl).values())
    assert "secret" not in kept
    assert len(kept) < 10_000
    assert not asked(provider, "/outside.dtd")
    assert report["failed"] or report["quarantined"] or report["new"] == 1


def test_a_compressed_page_is_unpacked(provider: Provider, tmp_path: Path) -> None:
    def pack(good: Any) -> Any:
        return type(good)(gzip.compress(good.content), good.media_type, headers=(("Content-Encoding", "gzip"),))

    provider.script(pack, where="/news/rats")
    crawl = crawl_of(provider, tmp_path, "rss")
    crawl.run("press")
    assert "what the researchers" in records(crawl)["rats"].body


def test_without_feeds_press_is_left_out_unless_it_is_named(tmp_path: Path) -> None:
    nowhere = {"base_url": "http://127.0.0.1:9", "requests_per_second": 500.0}
    crawl = Crawl(tmp_path, pubmed=nowhere, clinicaltrials=nowhere)
    assert {report["source"] for report in crawl.run_all()} == {"pubmed", "clinicaltrials"}
    assert "no feeds are configured" in crawl.run("press")["errors"][0]


def journal_item(title: str, doi: str, more: str = "") -> str:
    link = f"<link>https://journal.example/articles/{doi.rpartition('/')[2]}</link>"
    said = f"<description>Published online; doi:{doi}. {more}</description>"
    return f"<item><title>{title}</title>{link}{said}<prism:doi>{doi}</prism:doi></item>"


def test_items_of_a_journal_are_papers_and_notices(provider: Provider, tmp_path: Path) -> None:
    items = (
        journal_item("Stem cells in rats", "10.5555/Invented.1"),
        journal_item("RETRACTED ARTICLE: Stem cells in mice", "10.5555/invented.2"),
        journal_item("Retraction Note: Stem cells in pigs", "10.5555/invented.3", "About doi:10.5555/invented.9"),
        journal_item("Author Correction: Stem cells in cats", "10.5555/invented.4"),
        journal_item("Correction of scoliosis with stem cells", "10.5555/invented.5"),
    )
    prism = "http://prismstandard.org/namespaces/basic/2.0/"
    feed = f'<rss version="2.0" xmlns:prism="{prism}"><channel><title>Cord</title>{"".join(items)}</channel></rss>'
    provider.script(body(feed.encode(), "application/xml"), where="/feeds/rss")
    listed = [{"url": f"{provider.base_url}/feeds/rss", "kind": "journal"}]
    crawl = crawl_of(provider, tmp_path, feeds=listed)
    assert crawl.run("press")["new"] == 5
    with crawl.library() as library:
        found = {one.record.identifiers.doi[-1]: one.record for one in library.get_many(library.iter_uids()).values()}
    paper, retracted, retraction, correction, operation = (found[number] for number in "12345")
    assert [one.kind for one in (paper, retracted, retraction, correction, operation)] == [
        *(Kind.ARTICLE, Kind.ARTICLE, Kind.NOTICE, Kind.NOTICE, Kind.ARTICLE)
    ]
    assert (paper.identifiers.keys(), paper.relations) == (("doi:10.5555/invented.1",), ())
    assert (retracted.title, retracted.status) == ("Stem cells in mice", PublicationStatus.RETRACTED)
    assert (retraction.title, retraction.status) == ("Retraction Note: Stem cells in pigs", PublicationStatus.CURRENT)
    assert [(one.type, one.target) for one in retraction.relations] == [
        (RelationType.RETRACTS, "doi:10.5555/invented.9")
    ]
    assert [(one.type, one.target, one.raw) for one in correction.relations] == [
        (RelationType.CORRECTS, "", "Stem cells in cats")
    ]
