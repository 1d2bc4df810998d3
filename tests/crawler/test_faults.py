"""Providers that misbehave, each in one way: nothing is lost, nothing doubled, the report says what happened, the
watermark has not passed a gap, and the next crawl heals it."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.crawler.biorxiv_world import BiorxivWorld
from tests.crawler.crawling import Crawl
from tests.crawler.crossref_world import CrossrefWorld
from tests.crawler.europepmc_world import EuropepmcWorld
from tests.crawler.faults import LASTING
from tests.crawler.openalex_world import OpenalexWorld
from tests.crawler.worlds import PagedWorld
from tests.loopback import Answer, Asked, Fault, Provider, body, dripping, huge, running, status, without_end

WORLDS: tuple[Callable[[], PagedWorld], ...] = (BiorxivWorld, CrossrefWorld, EuropepmcWorld, OpenalexWorld)
UNTIL = dt.datetime.now(dt.UTC).date().isoformat()


def latin(good: Answer) -> Answer:
    """Umlauts of another character set than the header names."""
    return replace(good, content=good.content.replace(b"Invented", "Zürich".encode("latin-1")))


FAULTS: dict[str, tuple[Fault, str]] = {
    **LASTING,
    "wrong character set": (latin, "not the JSON"),
    "two character sets": (lambda good: replace(good, content=good.content.decode().encode("utf-16")), "not the JSON"),
    "a gigabyte that is announced": (huge(), "crawl.max_response_mb"),
    "a gigabyte that is not announced": (without_end(), "crawl.max_response_mb"),
    "entities": (body(b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>'), "not the JSON"),
    "numbers beyond all bounds": (body(b'{"hitCount": 1e999}', "application/json"), "not the JSON"),
}


@pytest.fixture
def world() -> PagedWorld:
    return EuropepmcWorld()


@pytest.fixture
def provider(world: PagedWorld) -> Iterator[Provider]:
    for number in range(7):
        world.add(str(99_200_000 + number), f"2024-01-{number + 10}")
    with running(lambda asked: world.answer(asked)) as provider:
        yield provider


@pytest.fixture
def crawl(provider: Provider, tmp_path: Path, world: PagedWorld) -> Crawl:
    return crawl_of(provider.base_url, tmp_path, world)


def crawl_of(base_url: str, home: Path, world: PagedWorld, **sections: Any) -> Crawl:
    return Crawl(home, **{world.source: world.settings(base_url)}, **sections)


@pytest.mark.parametrize(
    ("name", "world"), [(name, WORLDS[place % len(WORLDS)]()) for place, name in enumerate(FAULTS)], ids=list(FAULTS)
)
def test_lasting_fault_is_reported_and_healed_by_the_next_crawl(
    name: str, provider: Provider, crawl: Crawl, world: PagedWorld
) -> None:
    fault, words = FAULTS[name]
    provider.script(as_it_is, where=world.path)
    provider.script(fault, where=world.path, always=True)
    report = crawl.run(world.source)
    assert report["failed"] == 1
    assert world.path in report["errors"][0]
    assert words in report["errors"][0]
    assert report["new"] <= 3, "the first page, which was good"
    assert crawl.state(world.source).watermark == ""
    provider.behave()
    report = crawl.run(world.source)
    assert (report["complete"], report["watermark"]) == (True, UNTIL)
    assert set(crawl.contents(world.source)) == world.uids()
    assert {version for _, version in crawl.contents(world.source).values()} == {1}


def as_it_is(good: Answer) -> Answer:
    """No fault."""
    return good


def test_retry_after_as_a_date_is_obeyed(provider: Provider, crawl: Crawl, world: PagedWorld) -> None:
    moment = dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(seconds=3)
    provider.script(status(429, retry_after=format_datetime(moment, usegmt=True)), where=world.path)
    assert Crawl(crawl.home, europepmc=world.settings(provider.base_url), crawl={"max_wait_s": 9.0}).run(world.source)[
        "complete"
    ]
    assert dt.datetime.now(dt.UTC) >= moment, "it was asked again too early"


def test_a_burst_of_errors_passes(provider: Provider, crawl: Crawl, world: PagedWorld) -> None:
    provider.script(
        *(status(code) for code in (500, 503)), as_it_is, *(status(code) for code in (502, 504)), where=world.path
    )
    report = crawl.run(world.source)
    assert (report["new"], report["failed"]) == (7, 0)


def test_a_slow_drip_is_given_up(provider: Provider, tmp_path: Path, world: PagedWorld) -> None:
    provider.script(dripping(), where=world.path, always=True)
    quick = {"timeout_s": 1.0, "retries": 0}
    report = crawl_of(provider.base_url, tmp_path, world, crawl=quick).run(world.source)
    assert "crawl.timeout_s" in report["errors"][0]
    assert report["watermark"] == ""


def test_a_total_that_shrinks_while_paging_is_no_gap(provider: Provider, crawl: Crawl, world: PagedWorld) -> None:
    def withdrawn(good: Answer) -> Answer:
        world.works.pop("99200006", None)
        return good

    provider.script(withdrawn, where=world.path)
    report = crawl.run(world.source)
    assert (report["new"], report["complete"], report["watermark"]) == (6, True, UNTIL)


@pytest.mark.parametrize("world", [BiorxivWorld()], ids=["biorxiv"])
def test_pages_that_are_counted_off_are_read_again_when_their_count_changes(
    provider: Provider, crawl: Crawl, world: PagedWorld
) -> None:
    """The first work goes after the first page: the fourth moves onto that page, which has been read."""

    def withdrawn(good: Answer) -> Answer:
        world.works.pop("99200000", None)
        return good

    provider.script(withdrawn, where=world.path)
    report = crawl.run(world.source)
    assert (report["new"], report["complete"], report["watermark"]) == (7, True, UNTIL)
    assert world.uids() < set(crawl.contents(world.source))


@pytest.mark.parametrize("world", [BiorxivWorld()], ids=["biorxiv"])
def test_a_count_that_does_not_keep_still_holds_the_window(provider: Provider, crawl: Crawl, world: PagedWorld) -> None:
    def another(good: Answer) -> Answer:
        world.add(str(99_200_010 + len(world.works)), "2024-01-02")
        return good

    provider.script(another, where=world.path, always=True)
    report = crawl.run(world.source)
    assert "the count went between" in report["errors"][0]
    assert report["watermark"] == ""
    provider.behave()
    assert crawl.run(world.source)["watermark"] == UNTIL
    assert set(crawl.contents(world.source)) == world.uids()


def test_items_that_come_twice_are_kept_once(provider: Provider, tmp_path: Path) -> None:
    """A work that is added while pages are read moves the others by one."""
    world = EuropepmcWorld()
    for number in range(7):
        world.add(str(99_200_000 + number), f"2024-01-{number + 10}")

    def answer(asked: Asked) -> Answer | None:
        found = world.answer(asked)
        world.add("99200009", "2024-01-01")
        return found

    with running(answer) as provider:
        crawl = crawl_of(provider.base_url, tmp_path, world)
        crawl.run(world.source)
        report = crawl.run(world.source)
    assert report["complete"]
    assert set(crawl.contents(world.source)) == world.uids()
    assert {version for _, version in crawl.contents(world.source).values()} == {1}


def test_a_host_that_is_away_is_said_to_be_for_its_robots_txt_too(tmp_path: Path) -> None:
    world = BiorxivWorld()
    with running(lambda asked: world.answer(asked)) as provider:
        address = provider.base_url
    report = crawl_of(address, tmp_path, world).run(world.source)
    assert "robots.txt cannot be had (the connection was refused)" in report["errors"][0]


def test_what_robots_txt_forbids_is_not_asked_for(tmp_path: Path) -> None:
    world = BiorxivWorld()
    forbidding = Answer(b"User-agent: *\nDisallow: /details/\n", "text/plain")
    with running(lambda asked: forbidding if asked.path == "/robots.txt" else world.answer(asked)) as provider:
        report = crawl_of(provider.base_url, tmp_path, world).run(world.source)
        assert [asked.path for asked in provider.asked] == ["/robots.txt"]
    assert "robots.txt forbids it" in report["errors"][0]
    assert report["watermark"] == ""


@pytest.mark.parametrize("world", [BiorxivWorld(), EuropepmcWorld()], ids=["biorxiv", "europepmc"])
def test_a_clock_that_goes_ahead_leaves_no_gap(provider: Provider, crawl: Crawl, world: PagedWorld) -> None:
    """The provider's day is long before ours: what it adds from then on is still to come."""
    provider.clock = "Mon, 01 Jul 2024 08:00:00 GMT"
    assert crawl.run(world.source)["watermark"] == "2024-07-01"
    provider.clock = ""
    world.add("99200020", "2024-08-15")
    report = crawl.run(world.source)
    assert (report["new"], report["watermark"]) == (1, UNTIL)


def test_a_watermark_that_lies_ahead_does_not_stop_a_source(crawl: Crawl, world: PagedWorld) -> None:
    crawl.run(world.source)
    with crawl.library() as library, library.transaction() as writer:
        kept = library.state(world.source)
        writer.save_state(type(kept)(source=kept.source, watermark="2099-01-01", state=kept.state))
    world.add("99200020", UNTIL)
    assert crawl.run(world.source)["new"] == 1


def test_an_expired_certificate_is_not_accepted(tmp_path: Path, world: PagedWorld) -> None:
    world.add("99200000", "2024-01-10")
    with running(lambda asked: world.answer(asked), tls=expired(tmp_path)) as provider:
        crawl = crawl_of(provider.base_url.replace("http://", "https://"), tmp_path / "home", world)
        report = crawl.run(world.source)
        assert not provider.asked
    assert "certificate" in report["errors"][0]
    assert crawl.state(world.source).watermark == ""


def expired(folder: Path) -> ssl.SSLContext:
    """A certificate of this machine that has run out."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    day = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), day, day + dt.timedelta(9)
    )
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = builder.add_extension(address, critical=False).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "chain.pem").write_bytes(private + certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "chain.pem")
    return context


def test_scripts_in_a_feed_are_left_out(tmp_path: Path) -> None:
    item = (
        b"<item><title>Stem cells &lt;script&gt;alert(1)&lt;/script&gt; heal</title><link>javascript:alert(2)</link>"
        b"<guid>x</guid><description><![CDATA[In rats.<script>alert(3)</script><img src=x onerror=alert(4)>]]>"
        b"</description></item>"
    )
    feed = Answer(
        b'<rss version="2.0"><channel><title>Wire</title>' + item + b"</channel></rss>", "application/rss+xml"
    )
    with running(lambda asked: feed if asked.path == "/feed" else None) as provider:
        press = {"feeds": [{"url": f"{provider.base_url}/feed"}], "requests_per_second": 500.0}
        crawl = Crawl(tmp_path, press=press)
        assert crawl.run("press")["new"] == 1
    with crawl.library() as library:
        (stored,) = library.get_many(library.iter_uids()).values()
    assert (stored.record.title, stored.record.url) == ("Stem cells heal", "")
    assert stored.record.text_of("abstract") == "In rats."
