"""Press from sitemaps, items under embargo, and texts that several outlets carry."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from crawler.parsers.copies import copy_keys, is_copy
from crawler.parsers.embargo import embargo_of, stated_embargo
from crawler.parsers.moments import moment_of
from crawler.parsers.sitemaps import MAX_BYTES, parse_sitemap
from library.works import works_of
from records.errors import ParseError
from records.record import Record, RelationType
from tests.crawler.crawling import Crawl
from tests.loopback import Answer, Asked, Provider, redirect, running, status

NOW = dt.datetime.now(dt.UTC)
NEWS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
STORY = " ".join(
    f"In week {n} the rats with a graft of stem cells walked {n} steps further than others." for n in range(30)
)


def ago(**time: float) -> str:
    return (NOW - dt.timedelta(**time)).isoformat(timespec="seconds")


def listed(url: str, when: str = "", title: str = "") -> str:
    date = f"<news:publication_date>{when}</news:publication_date>" if when else ""
    name = f"<news:publication><news:name>Invented Times</news:name></news:publication><news:title>{title}</news:title>"
    return f"<url><loc>{url}</loc><news:news>{name}{date}</news:news></url>"


def urlset(*urls: str) -> bytes:
    return f'<?xml version="1.0"?><urlset {NEWS}>{"".join(urls)}</urlset>'.encode()


def index(*places: tuple[str, str]) -> bytes:
    entries = "".join(f"<sitemap><loc>{url}</loc><lastmod>{when}</lastmod></sitemap>" for url, when in places)
    return f"<sitemapindex {NEWS}>{entries}</sitemapindex>".encode()


@dataclass
class SitemapWorld:
    """Sitemaps and pages by their paths; ``{base}`` in them stands for the host."""

    files: dict[str, bytes] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Answer | None:
        base = f"http://{asked.headers['Host']}"
        if asked.path in self.files:
            content = self.files[asked.path].replace(b"{base}", base.encode())
            return Answer(gzip.compress(content) if asked.path.endswith(".gz") else content, "application/xml")
        if asked.path in self.pages:
            page = "<!doctype html><html lang=en><head>{}</head><body><article><h1>{}</h1><p>{}</p></article></html>"
            title, _, body = self.pages[asked.path].partition("|")
            head, _, text = body.rpartition("|")
            return Answer(page.format(head, title, text).encode(), "text/html; charset=utf-8")
        return None

    def story(self, path: str, title: str, text: str = STORY, head: str = "") -> str:
        self.pages[path] = f"{title}|{head}|{text}"
        return "{base}" + path


@pytest.fixture
def world() -> SitemapWorld:
    return SitemapWorld()


@pytest.fixture
def provider(world: SitemapWorld) -> Iterator[Provider]:
    with running(lambda asked: world.answer(asked)) as provider:
        yield provider


def crawl_of(provider: Provider, home: Path, **sitemap: Any) -> Crawl:
    listed = {"url": f"{provider.base_url}/sitemap.xml", **sitemap}
    return Crawl(home, press={"feeds": [], "sitemaps": [listed], "min_interval_s": 0.0, "requests_per_second": 500.0})


def records(crawl: Crawl) -> dict[str, Record]:
    with crawl.library() as library:
        stored = library.get_many(library.iter_uids()).values()
        return {one.record.url.rsplit("/", 1)[-1]: one.record for one in stored}


def asked(provider: Provider) -> list[str]:
    return [one.path for one in provider.asked if one.path != "/robots.txt"]


def test_a_news_sitemap_behind_an_index(provider: Provider, tmp_path: Path, world: SitemapWorld) -> None:
    new, old = ago(days=2), ago(days=60)
    world.files = {
        "/sitemap.xml": index(("{base}/new.xml.gz", ago(days=1)), ("{base}/old.xml", old)),
        "/new.xml.gz": urlset(
            listed(world.story("/news/cells", "Stem cells help rats"), new, "Stem cells help rats"),
            listed(world.story("/sport/cup", "Stem cells of football"), new),
            listed(world.story("/news/older", "Stem cells long ago"), old),
            listed(world.story("/news/undated", "Stem cells some day")),
        ),
    }
    report = crawl_of(provider, tmp_path, path="/news/").run("press")
    assert (report["new"], report["failed"]) == (1, 0)
    assert asked(provider) == ["/sitemap.xml", "/new.xml.gz", "/news/cells"]
    assert "1 addresses without a date" in report["notes"][0]
    found = records(Crawl(tmp_path))["cells"]
    assert (found.title, found.container_title) == ("Stem cells help rats", "Invented Times")
    assert found.published
    assert found.published.iso() == new[:10]


def test_the_next_crawl_goes_on_where_the_last_one_ended(
    provider: Provider, tmp_path: Path, world: SitemapWorld
) -> None:
    urls = [world.story(f"/news/{n}", f"Stem cells {n}", f"{STORY} {n}") for n in range(5)]
    dates = [ago(days=3), ago(days=2), ago(days=2), ago(days=2), ago(days=1)]
    world.files["/sitemap.xml"] = urlset(*(listed(url, when) for url, when in zip(urls, dates, strict=True)))
    crawl = crawl_of(provider, tmp_path, max_articles=2)
    for expected in (["/news/0", "/news/1"], ["/news/2", "/news/3"], ["/news/4"], []):
        provider.behave()
        assert crawl.run("press")["complete"]
        assert asked(provider)[1:] == expected
    assert len(records(crawl)) == 5


def test_a_page_that_fails_is_asked_for_again(provider: Provider, tmp_path: Path, world: SitemapWorld) -> None:
    urls = [world.story(f"/news/{n}", f"Stem cells {n}", f"{STORY} {n}") for n in range(3)]
    world.files["/sitemap.xml"] = urlset(*(listed(url, ago(days=3 - n)) for n, url in enumerate(urls)))
    provider.script(status(500), where="/news/1", always=True)
    crawl = crawl_of(provider, tmp_path)
    assert crawl.run("press")["failed"] == 1
    provider.behave()
    assert crawl.run("press")["complete"]
    assert asked(provider)[1:] == ["/news/1", "/news/2"]
    assert set(records(crawl)) == {"0", "1", "2"}


@pytest.mark.parametrize("kind", ["deep", "circle", "html", "cut", "private"])
def test_sitemaps_that_misbehave_are_reported(
    kind: str, provider: Provider, tmp_path: Path, world: SitemapWorld
) -> None:
    world.files = {
        "deep": {
            f"/{name}": index(("{base}/" + after, ago(days=1)))
            for name, after in zip(("sitemap.xml", *"abcd"), "abcde", strict=True)
        },
        "circle": {"/sitemap.xml": index(("{base}/sitemap.xml", ago(days=1)))},
        "html": {"/sitemap.xml": b"<!doctype html><html><body>Back soon.</body></html>"},
        "cut": {"/sitemap.xml": urlset(listed("{base}/news/1", ago(days=1)))[:-30]},
        "private": {"/sitemap.xml": index(("http://10.1.2.3/sitemap.xml", ago(days=1)))},
    }[kind]
    report = crawl_of(provider, tmp_path).run("press")
    assert len(asked(provider)) < 8
    assert report["failed"] == (kind != "circle")
    words = {"deep": "deeper", "html": "no sitemap", "cut": "no sitemap", "private": "private address", "circle": ""}
    assert words[kind] in " ".join(report["errors"])


@pytest.mark.parametrize(
    "content",
    [b"", b"no addresses", gzip.compress(b"\0" * (MAX_BYTES + 9)), gzip.compress(b"<urlset/>")[:-5], b"<rss/>"],
    ids=["empty", "no addresses", "bomb", "cut", "another format"],  # packed bytes hold the second that it is now
)
def test_what_is_no_sitemap_is_refused(content: bytes) -> None:
    with pytest.raises(ParseError):
        parse_sitemap(content, url="https://newsroom.example/sitemap.xml")


def test_a_plain_text_sitemap() -> None:
    sitemap = parse_sitemap(b"\xef\xbb\xbfhttps://newsroom.example/1\r\nhttps://newsroom.example/2\r\n")
    assert [one.url for one in sitemap.listed] == ["https://newsroom.example/1", "https://newsroom.example/2"]


def test_items_under_embargo_are_kept_and_kept_back(provider: Provider, tmp_path: Path, world: SitemapWorld) -> None:
    later = (NOW + dt.timedelta(days=2)).replace(microsecond=0)
    said = f"EMBARGOED until {later:%H:%M} GMT, {later.day} {later:%B %Y}. {STORY}"
    meta = f'<meta name="embargo" content="{later.isoformat()}">'
    world.files["/sitemap.xml"] = urlset(
        listed(world.story("/news/said", "Stem cells said", said), ago(days=1)),
        listed(world.story("/news/meta", "Stem cells meta", "Other words. " + STORY[::-1], meta), ago(days=1)),
        listed(world.story("/news/dated", "Stem cells dated", STORY.upper()[: len(STORY) // 2]), later.isoformat()),
        listed(world.story("/news/free", "Stem cells free", f"{STORY[:500]} and nothing else"), ago(days=1)),
    )
    crawl = crawl_of(provider, tmp_path)
    assert crawl.run("press")["new"] == 4
    embargoes = {name: record.embargo_until for name, record in records(crawl).items()}
    whole = later.replace(second=0)
    assert embargoes == {"said": whole, "meta": later, "dated": later, "free": None}
    ids = {name: record.uid for name, record in records(crawl).items()}
    for name in embargoes:
        code, out, err = crawl.start(ids[name], command="show").wait()
        assert (code == 0, "Stem cells" in out, "under embargo until" in err) == (
            (True, True, False) if name == "free" else (False, False, True)
        )
    code, _, err = crawl.start(
        "-o", str(tmp_path / "all.jsonl"), "--as", "jsonl", command="export", as_json=False
    ).wait()
    assert code == 0, err
    assert (tmp_path / "all.jsonl").read_text(encoding="utf-8").count("\n") == 1
    assert "Stem cells said" not in (tmp_path / "all.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("EMBARGOED until 16:00 GMT, 5 March 2025. Cells", "2025-03-05T16:00:00+00:00"),
        ("Embargoed for release until 2:00 p.m. U.S. Eastern Time, Monday, March 3, 2025", "2025-03-03T19:00:00+00:00"),
        ("Under strict embargo until 00.01 London time on Friday 4 April 2025", "2025-04-03T23:01:00+00:00"),
        ("Embargo lifts March 7, 2025", "2025-03-08T12:00:00+00:00"),
        ("EMBARGO: until 2025-03-05T11:00Z", "2025-03-05T11:00:00+00:00"),
        ("EMBARGO: 16:00 US ET Wednesday 5 March 2025", "2025-03-05T21:00:00+00:00"),
        ("Embargoed for 5 March 2025 at 16:00 GMT", "2025-03-05T16:00:00+00:00"),
        ("NOT FOR PUBLICATION OR BROADCAST BEFORE 5 March 2025, 00:01 GMT", "2025-03-05T00:01:00+00:00"),
        ("Not for release until March 5, 2025", "2025-03-06T12:00:00+00:00"),
        ("Hold for release until March 5, 2025", "2025-03-06T12:00:00+00:00"),
        ("Embargo lifts at 5 p.m. ET on Monday, March 3", "2025-03-03T22:00:00+00:00"),
        ("EMBARGOED FOR RELEASE UNTIL 11:00 A.M. (US ET), 3/5/2025", "2025-03-05T16:00:00+00:00"),
        # Where both numbers may be the month, the later day is meant.
        ("Embargoed: 5/3/2025 16:00 GMT", "2025-05-03T16:00:00+00:00"),
        ("Embargo ends: 5PM (Eastern) on 03.12.2025", "2025-12-03T22:00:00+00:00"),
        ("Embargo ends: 5PM (Eastern) on 12.03.2025", "2025-12-03T22:00:00+00:00"),
        ("Embargo ends 05.03.2025 12:00 CET", "2025-03-05T11:00:00+00:00"),
        ("Strict embargo: 00.01 hrs GMT Thursday 6 March 2025", "2025-03-06T00:01:00+00:00"),
        ("Embargo date: March 5, 2025 11am ET", "2025-03-05T16:00:00+00:00"),
        ("EMBARGOED UNTIL 1600 GMT 5 March 2025", "2025-03-05T16:00:00+00:00"),
        ("Embargoed until 2025-03-05T16:00:00-05:00", "2025-03-05T21:00:00+00:00"),
        ("Under embargo until Wednesday 5th March, 16:00 London time (11:00 US ET)", "2025-03-05T16:00:00+00:00"),
        ("Embargoed until midnight GMT on 5 March 2025", "2025-03-06T00:00:00+00:00"),
        ("Embargoed until 10.00 AEDT 5 March 2025", "2025-03-04T23:00:00+00:00"),
        ("Embargoed until 5 March 2025. In 10.50 percent of rats in Berlin", "2025-03-06T12:00:00+00:00"),
        ("Sperrfrist: 5. März 2025, 16 Uhr", "2025-03-05T15:00:00+00:00"),
        ("Publication embargo: 16:00 London time, 10 December 2025", "2025-12-10T16:00:00+00:00"),
        ("Journal embargo: 10 December 2025, 11 a.m. ET", "2025-12-10T16:00:00+00:00"),
        ("Nature embargo: 10 December 2025 16:00 GMT", "2025-12-10T16:00:00+00:00"),
        ("Embargoed by the journal until 6 March 2025", "2025-03-07T12:00:00+00:00"),
        ("Embargo on publication until 16:00 GMT, 6 March 2025", "2025-03-06T16:00:00+00:00"),
        ("Embargo (for publication): 6 March 2025", "2025-03-07T12:00:00+00:00"),
        ("Embargo of 6 March 2025, 16:00 GMT", "2025-03-06T16:00:00+00:00"),
        ("Please note the embargo: 6 March 2025 16:00 GMT", "2025-03-06T16:00:00+00:00"),
        ("The embargo lifts on 6 March 2025", "2025-03-07T12:00:00+00:00"),
        ("Cells restore walking. The embargo will lift at 16:00 GMT on 6 March 2025", "2025-03-06T16:00:00+00:00"),
        ("Embargoed until further notice", "unread"),
        ("SOUS EMBARGO JUSQU'AU 5 mars 2025", "unread"),
        ("The trade embargo was lifted on 5 March 2025", None),
        ("The embargo on Cuba, which holds until 5 March 2025, keeps cells away", None),
        ("The Cuba embargo: 64 years without drugs, until 5 March 2025", None),
        ("Goods embargoed by the union until 1994 are sold on 5 March 2025", None),
        ("The embargo ends decades of trade", None),
        ("For immediate release. The ship breaks an embargo until 5 March 2025 of aid", None),
        ("NO EMBARGO: for immediate release, 5 March 2025", None),
        ("Embargo: none. 5 March 2025", None),
        ("There is no embargo: 5 March 2025", None),
        ("Keep the cells on ice. Hold until use: they are not for use before surgery.", None),
        ("x" * 500 + " EMBARGOED until 16:00 GMT, 5 March 2025", None),
    ],
)
def test_embargoes_in_words(text: str, end: str | None) -> None:
    found = embargo_of(text, near=dt.date(2025, 3, 1))
    assert (None if found is None else found.until.isoformat() if found.until else "unread") == end


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("March 5, 2025 4:00 PM EST", "2025-03-05T21:00:00+00:00"),
        ("Wed, 05 Mar 2025 16:00:00 -0500", "2025-03-05T21:00:00+00:00"),
        ("2025-03-05T16:00:00.000+01:00", "2025-03-05T15:00:00+00:00"),
        ("2025-03-05 16:00", "2025-03-06T04:00:00+00:00"),
        ("5 March 2025", "2025-03-06T12:00:00+00:00"),
        ("2025-03-05", "2025-03-06T12:00:00+00:00"),
        ("when it is time", "unread"),
        ("none", None),
        ("", None),
    ],
)
def test_embargoes_in_fields_of_their_own(text: str, end: str | None) -> None:
    found = stated_embargo(text)
    assert (None if found is None else found.until.isoformat() if found.until else "unread") == end
    assert moment_of("March 5, 2025 4:00 PM EST") is None, "no mail's date"


def test_an_embargo_without_an_end_that_can_be_read_holds_for_a_week(
    provider: Provider, tmp_path: Path, world: SitemapWorld
) -> None:
    said = f"EMBARGOED until further notice. {STORY}"
    world.files["/sitemap.xml"] = urlset(
        listed(world.story("/news/new", "Stem cells new", said), ago(days=1)),
        listed(world.story("/news/old", "Stem cells old", said[::-1] + said), ago(days=10)),
        listed(
            world.story("/news/past", "Stem cells past", f"{said} Once more, for those who came late."), ago(days=9)
        ),
    )
    report = crawl_of(provider, tmp_path).run("press")
    (note,) = report["notes"]
    assert "/news/new: no end can be read in 'EMBARGOED until further notice." in note
    embargoes = {name: record.embargo_until for name, record in records(Crawl(tmp_path)).items()}
    day = dt.datetime.combine((NOW - dt.timedelta(days=1)).date(), dt.time(), dt.UTC)
    assert embargoes["new"] == day + dt.timedelta(days=7)
    assert embargoes["past"]
    assert embargoes["past"] < NOW
    assert embargoes["old"] is None, "what stands far down is no notice"


def test_a_syndicated_text_names_its_original_and_is_the_same_story(
    provider: Provider, tmp_path: Path, world: SitemapWorld
) -> None:
    copied = f"Lead-in by the wire. {STORY} Copyright of the wire."
    world.files = {
        "/sitemap.xml": urlset(listed(world.story("/news/first", "Stem cells help rats"), ago(days=2))),
        "/other.xml": urlset(
            listed(world.story("/wire/copy", "Rats helped by stem cells", copied), ago(days=1)),
            listed(
                world.story(
                    "/wire/own", "Stem cells again", STORY.replace("rats", "pigs").replace("further", "less far")
                ),
                ago(days=1),
            ),
        ),
    }
    places = [{"url": f"{provider.base_url}/{name}.xml", "outlet": name} for name in ("sitemap", "other")]
    crawl = Crawl(
        tmp_path, press={"feeds": [], "sitemaps": places, "min_interval_s": 0.0, "requests_per_second": 500.0}
    )
    for _ in range(2):
        crawl.run("press")
        found = records(crawl)
        links = {name: [r for r in one.relations if r.type is RelationType.COPY_OF] for name, one in found.items()}
        assert [link.target for link in links["copy"]] == [f"url:{found['first'].url}"]
        assert (links["first"], links["own"]) == ([], [])
    with crawl.library() as library, library.reading() as connection:
        works = works_of(connection, [one.uid for one in found.values()])
    assert works[found["copy"].uid] == works[found["first"].uid]
    assert works[found["own"].uid] == (found["own"].uid,)


def test_copies_have_keys_in_common_and_others_have_none() -> None:
    copy = f"By our staff. {STORY} Read more."
    assert set(copy_keys(STORY)) & set(copy_keys(copy))
    assert is_copy(STORY, copy)
    other = STORY.replace("rats", "pigs").replace("further", "less far")
    assert not is_copy(STORY, other)
    assert copy_keys("A teaser of a few words") == ()


def test_a_place_has_a_rate_of_its_own(provider: Provider, tmp_path: Path, world: SitemapWorld) -> None:
    urls = [world.story(f"/news/{n}", f"Stem cells {n}", f"{STORY} {n}") for n in range(2)]
    world.files["/sitemap.xml"] = urlset(*(listed(url, ago(days=1)) for url in urls))
    crawl_of(provider, tmp_path, requests_per_second=4.0).run("press")
    times = [one.at for one in provider.asked]
    assert (times[-1] - times[0]) / (len(times) - 1) > 0.2, "over all of them: a busy machine is late now and then"


def test_a_link_into_the_private_network_is_not_followed(
    provider: Provider, tmp_path: Path, world: SitemapWorld
) -> None:
    world.files["/sitemap.xml"] = urlset(listed(world.story("/news/1", "Stem cells"), ago(days=1), "Stem cells"))
    provider.script(redirect("http://169.254.1.1/"), where="/news/1", always=True)
    report = crawl_of(provider, tmp_path).run("press")
    assert report["new"] == 1
    assert records(Crawl(tmp_path))["1"].body == ""
