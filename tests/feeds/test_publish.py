"""What is published: well-formed, stable, honest, and harmless whatever the titles say."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import feedparser
import msgspec
import pytest
import rispy
from lxml import etree, html

from cli.commands.feeds import media_type
from cli.exports import find_format
from cli.main import run
from config.settings import PublishSettings
from feeds.publish.address import missing
from feeds.publish.folder import LOCK, MANIFEST, write_folder
from feeds.publish.formats import feed_formats
from feeds.publish.site import render_site
from feeds.topics.types import Topic
from feeds.topics.window import open_window
from library import Library, schema
from nlp.lexicon.lookup import Lexicon
from records.errors import ConfigError
from records.identifiers import Identifiers
from records.record import Author, Kind, PublicationStatus, Relation, RelationType, Section
from tests.feeds.world import RECORDS, article, make_library, put

SETTINGS = PublishSettings(base_url="https://feeds.example/topics", authority="library.example")
TOPIC = Topic(name="exosomes", title="Exosomes & <vesicles>", description="What vesicles do.", query="exosome")
WRITERS = {one.SUFFIX: one.write for one in map(find_format, ("csv", "ris"))}
ATOM = "{http://www.w3.org/2005/Atom}"

EVIL = (
    "<script>alert(1)</script> exosome",
    '"><img src=x onerror=alert(1)> exosome',
    "exosome ]]> & &amp; <!-- --> <![CDATA[ x ]]>",
    "exosome \u202etxt.exe\u202c \u2066hidden\u2069 \u200f",
    "exosome \x00\x01\x08\x0b\x0c\x1f\x7f\x85 \ufffe\uffff control",
    "exosome\r\nBcc: victim@example.org\r\n\r\nTY  - JOUR\nER  - ",
    "exosome {{ 7 * 7 }} {% raw %}",
    '=HYPERLINK("https://evil.example","exosome")',
    "exosome " + "A" * 1_000_000,
    "exosome " + "e" + "\u0301" * 5_000,
)


def render(library: Library, *topics: Topic, settings: PublishSettings = SETTINGS) -> dict[str, bytes]:
    with open_window(library, Lexicon(), library.iter_uids()) as window:
        return render_site(topics or (TOPIC,), window, settings, WRITERS)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with make_library(tmp_path) as library:
        yield library


@pytest.fixture
def evil(tmp_path: Path) -> Iterator[Library]:
    records = [
        article(
            number,
            title,
            title,
            url="javascript:alert(1)//exosome" if number % 2 else 'https://x.example/"><script>',
            authors=(Author(family=title[:500]),),
            container_title=title[:500],
            kind=Kind.PRESS if number % 3 else Kind.ARTICLE,
        )
        for number, title in enumerate(EVIL)
    ]
    with make_library(tmp_path, *records) as library:
        yield library


def test_every_format_is_there(library: Library) -> None:
    files = render(library)
    suffixes = {".atom", ".rss", ".json", ".html", ".csv", ".ris"}
    assert set(files) == {"index.html", "topics.opml"} | {f"exosomes{suffix}" for suffix in suffixes}
    assert all(media_type(name) for name in files)
    assert [one.SUFFIX for one in feed_formats()] == [".atom", ".html", ".json", ".rss"]


def check_atom(content: bytes) -> list[etree._Element]:
    """RFC 4287: what a feed and an entry must have, once, and of which form."""
    feed = etree.fromstring(content)
    assert feed.tag == f"{ATOM}feed"
    entries = feed.findall(f"{ATOM}entry")
    assert len(feed.findall(f"{ATOM}author")) >= 1
    for element in (feed, *entries):
        for name in ("id", "title", "updated"):
            assert len(element.findall(ATOM + name)) == 1, name
        for date in element.xpath("*[local-name()='updated' or local-name()='published']"):
            assert dt.datetime.fromisoformat(date.text).tzinfo is not None
        assert urlsplit(element.findtext(f"{ATOM}id")).scheme == "tag"
        assert all(link.get("href") for link in element.findall(f"{ATOM}link"))
        alternates = [
            (link.get("type"), link.get("hreflang")) for link in element.findall(f"{ATOM}link[@rel='alternate']")
        ]
        assert len(alternates) == len(set(alternates))
    for entry in entries:
        assert entry.find(f"{ATOM}link[@rel='alternate']") is not None or entry.find(f"{ATOM}content") is not None
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(set(ids)) == len(ids)
    return entries


def check_rss(content: bytes) -> list[etree._Element]:
    """RSS 2.0: the channel's required elements, and a title or description and a unique guid in each item."""
    rss = etree.fromstring(content)
    assert (rss.tag, rss.get("version")) == ("rss", "2.0")
    (channel,) = rss.findall("channel")
    for name in ("title", "link", "description"):
        assert len(channel.findall(name)) == 1
    items = channel.findall("item")
    guids = [item.find("guid") for item in items]
    assert all(guid is not None and guid.get("isPermaLink") == "false" for guid in guids)
    assert len({guid.text for guid in guids if guid is not None}) == len(items)
    return items


def check_json_feed(content: bytes) -> list[dict[str, object]]:
    """JSON Feed 1.1: required keys and their types."""
    feed = json.loads(content)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert isinstance(feed["title"], str)
    for item in feed["items"]:
        assert isinstance(item["id"], str)
        assert isinstance(item["content_text"], str)
        assert dt.datetime.fromisoformat(item["date_published"]).tzinfo is not None
        assert dt.datetime.fromisoformat(item["date_modified"]).tzinfo is not None
        assert all(isinstance(tag, str) for tag in item["tags"])
        assert all(key.startswith("_") for key in item.keys() - KNOWN_KEYS)
    items: list[dict[str, object]] = feed["items"]
    return items


KNOWN_KEYS = {"id", "title", "url", "content_text", "date_published", "date_modified", "tags"}


def check_opml(content: bytes) -> list[etree._Element]:
    """OPML 2.0: head, body, and text and xmlUrl in each subscription."""
    opml = etree.fromstring(content)
    assert opml.get("version") == "2.0"
    assert [child.tag for child in opml] == ["head", "body"]
    outlines = opml.findall("body/outline")
    assert all(outline.get("type") == "rss" and outline.get("text") and outline.get("xmlUrl") for outline in outlines)
    return outlines


def test_formats_hold_to_their_specifications(library: Library) -> None:
    files = render(library)
    count = 5
    assert len(check_atom(files["exosomes.atom"])) == count
    assert len(check_rss(files["exosomes.rss"])) == count
    assert len(check_json_feed(files["exosomes.json"])) == count
    (outline,) = check_opml(files["topics.opml"])
    assert outline.get("xmlUrl") == "https://feeds.example/topics/exosomes.atom"
    assert len(html.fromstring(files["exosomes.html"]).findall(".//article")) == count
    assert len(list(csv.DictReader(io.StringIO(files["exosomes.csv"].decode())))) == count
    assert len(rispy.loads(files["exosomes.ris"].decode())) == count


def test_without_an_address_and_without_matches(library: Library) -> None:
    bare = PublishSettings()
    for topic in (TOPIC, msgspec.structs.replace(TOPIC, query="nothing-of-the-kind")):
        files = render(library, topic, settings=bare)
        entries = check_atom(files["exosomes.atom"])
        assert len(check_rss(files["exosomes.rss"])) == len(check_json_feed(files["exosomes.json"])) == len(entries)
        assert etree.fromstring(files["exosomes.rss"]).findtext("channel/link") == "https://cordwatch.invalid/"
        assert "topics.opml" not in files
        assert b"topics.opml" not in files["index.html"]
    assert b"Nothing in this period" in files["exosomes.html"]
    own = render(library, settings=PublishSettings(authority="library.example"))
    assert etree.fromstring(own["exosomes.rss"]).findtext("channel/link") == "https://library.example/"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://feeds.example",
        "feeds.example",
        "https://",
        "https://a b.example",
        "https://f.example/?a=b",
        "https://ü.example",
    ],
)
def test_an_address_that_is_none_is_refused(library: Library, url: str) -> None:
    with pytest.raises(ConfigError, match=r"publish\.base_url is .*, not the http or https address of a folder"):
        render(library, settings=PublishSettings(base_url=url))


@pytest.mark.parametrize(
    "name",
    ["a b", "", "localhost", "a..b", "-a.example", "ü.example", "192.0.2.1", "a.example\n", "x@a.example", "a.b/c"],
)
def test_an_authority_that_is_no_domain_is_refused(library: Library, name: str) -> None:
    with pytest.raises(ConfigError, match=r"publish\.authority is .*, not a domain name"):
        render(library, settings=PublishSettings(authority=name))


def test_good_addresses_are_taken(library: Library) -> None:
    for url in ("http://feeds.example", "https://feeds.example/a/", "http://127.0.0.1:8000/x"):
        good = PublishSettings(base_url=url, authority="xn--bcher-kva.2026.example")
        files = render(library, settings=good)
        (outline,) = check_opml(files["topics.opml"])
        assert outline.get("xmlUrl") == f"{url.rstrip('/')}/exosomes.atom"
        assert not list(missing(good))


def test_what_is_not_set_is_said_once_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_library(tmp_path).close()
    assert run(["--home", str(tmp_path), "feeds", "write", str(tmp_path / "site")]) == 0
    said = capsys.readouterr().err
    assert said.count("publish.base_url") == said.count("publish.authority") == 1


@pytest.mark.parametrize("suffix", [".atom", ".rss"])
def test_feedparser_reads_back_what_was_written(library: Library, suffix: str) -> None:
    parsed = feedparser.parse(render(library)[f"exosomes{suffix}"])
    assert not parsed.bozo
    assert parsed.feed.title == f"Cordwatch: Exosomes & {'‹' if suffix == '.rss' else '<'}vesicles>"
    found = {entry.id: entry for entry in parsed.entries}
    entry = found["tag:library.example,2026:item/pubmed:99000001"]
    stored = library.get("pubmed:99000001")
    assert stored is not None
    assert entry.title == stored.record.title
    assert entry.link == stored.record.url
    moment = dt.datetime(*entry.published_parsed[:6], tzinfo=dt.UTC)
    assert moment == stored.first_seen.replace(microsecond=0)
    text = entry.summary if suffix == ".rss" else entry.content[0].value
    assert "Annals of Cord Repair" in text
    assert "matches exosome" in text


@pytest.mark.parametrize("suffix", [".atom", ".rss"])
@pytest.mark.parametrize(
    "title",
    [
        "<img src=x onerror=alert(1)> exosome </img>",
        "<i>In vivo</i> exosome & <b>co</b>",
        "exosome <script>alert(1)</script>",
        "exosome p < 0.05 & n > 3",
    ],
)
def test_no_reader_takes_a_title_for_markup(library: Library, suffix: str, title: str) -> None:
    put(library, article(20, title))
    parsed = feedparser.parse(render(library)[f"exosomes{suffix}"])
    (entry,) = (one for one in parsed.entries if one.id.endswith("pubmed:99000020"))
    assert entry.title_detail.type == "text/plain"
    assert entry.title.replace("‹", "<") == title


def test_a_feed_without_entries_names_no_day_that_never_was(library: Library) -> None:
    files = render(library, msgspec.structs.replace(TOPIC, query="nothing-of-the-kind"))
    assert etree.fromstring(files["exosomes.rss"]).find("channel/lastBuildDate") is None
    assert etree.fromstring(files["topics.opml"]).find("head/dateModified") is None
    for name, content in files.items():
        assert b"1970" not in content, name


def test_retractions_are_marked_everywhere(library: Library) -> None:
    files = render(library)
    marked = "RETRACTED: Exosomes restore walking"
    (entry,) = (one for one in check_atom(files["exosomes.atom"]) if "restore" in one.findtext(f"{ATOM}title"))
    assert entry.findtext(f"{ATOM}title") == marked
    assert [one.get("term") for one in entry.findall(f"{ATOM}category")] == ["article", "retracted"]
    for suffix in (".rss", ".json", ".html", ".csv", ".ris"):
        assert marked in files[f"exosomes{suffix}"].decode(), suffix
    (block,) = html.fromstring(files["exosomes.html"]).find_class("bad")
    assert marked in block.text_content()
    assert "In the spinal cord." not in block.text_content()


def test_the_body_of_a_press_item_is_never_published(library: Library) -> None:
    long = "word " * 1_000
    put(library, msgspec.structs.replace(RECORDS[4], source_id="bb22", abstract=(Section(text=f"exosome {long}"),)))
    files = render(library)
    for name, content in files.items():
        assert b"BODY THAT IS NEVER SHOWN" not in content, name
        assert b"word " * 100 not in content, name
    assert b"The Daily Example" in files["exosomes.atom"]


def test_records_of_one_work_are_one_entry(library: Library) -> None:
    same = Identifiers(doi="10.5555/cw.7")
    put(
        library,
        article(20, "Exosomes as a preprint", kind=Kind.PREPRINT, source="biorxiv", identifiers=same),
        article(21, "Exosomes as published", identifiers=same),
    )
    entries = check_atom(render(library)["exosomes.atom"])
    titles = [entry.findtext(f"{ATOM}title") for entry in entries]
    assert "Exosomes as published" in titles
    assert "Exosomes as a preprint" not in titles


def test_a_record_that_was_removed_says_nothing_of_its_work(library: Library) -> None:
    same = Identifiers(doi="10.5555/cw.7")
    retracted = PublicationStatus.RETRACTED
    old = article(20, "Old", source="gone", kind=Kind.PREPRINT, identifiers=same, status=retracted)
    put(library, article(21, "Exosomes that stand", identifiers=same), old)
    assert b"RETRACTED: Exosomes that stand" in render(library)["exosomes.json"]
    with library.transaction() as writer:
        writer.delete(old.uid, "removed by its source")
    assert b'"Exosomes that stand"' in render(library)["exosomes.json"]


def test_ids_stay_and_dates_move_when_a_record_changes(library: Library) -> None:
    def entries() -> dict[str, tuple[str, str]]:
        return {
            str(item["id"]): (str(item["date_published"]), str(item["title"]))
            for item in check_json_feed(render(library)["exosomes.json"])
        }

    before = entries()
    assert before == entries()
    put(library, article(1, "Exosomes, with another title"))
    after = entries()
    changed = "tag:library.example,2026:item/pubmed:99000001"
    assert before.keys() == after.keys()
    assert after[changed] == (before[changed][0], "Exosomes, with another title")


def first_seen(library: Library, uid: str, days_ago: float) -> None:
    """Let a record have been collected earlier."""
    moment = (dt.datetime.now(dt.UTC) - dt.timedelta(days=days_ago)).isoformat(timespec="milliseconds")
    with library.transaction() as writer:
        row = schema.records.c.uid == uid
        writer.connection.execute(schema.records.update().where(row).values(first_seen=moment, last_changed=moment))


def one(library: Library) -> dict[str, object]:
    (item,) = (
        item for item in check_json_feed(render(library)["exosomes.json"]) if "of one work" in str(item["title"])
    )
    return item


def test_an_id_stays_when_a_paper_joins_its_preprint(library: Library) -> None:
    same = Identifiers(doi="10.5555/cw.7")
    preprint = article(20, "Exosomes of one work", kind=Kind.PREPRINT, source="zz", identifiers=same)
    put(library, preprint)
    first_seen(library, preprint.uid, 60)
    before = one(library)
    put(library, article(21, "Exosomes of one work, as published", identifiers=same))
    after = one(library)
    assert after["title"] == "Exosomes of one work, as published"
    assert (after["id"], after["date_published"]) == (before["id"], before["date_published"])
    assert str(after["date_modified"]) > str(before["date_modified"])
    assert check_json_feed(render(library)["exosomes.json"])[0]["id"] == after["id"]
    with library.transaction() as writer:
        writer.delete(preprint.uid, "removed by its source")
    assert one(library)["id"] == before["id"]


def test_what_comes_after_a_work_has_left_the_feed_is_new_to_readers(library: Library) -> None:
    same = Identifiers(registrations=("NCT99000077",))
    registration = article(20, "Exosomes of one work", kind=Kind.REGISTRATION, source="aa", identifiers=same)
    put(library, registration)
    first_seen(library, registration.uid, 200)
    before = one(library)
    paper = article(21, "Exosomes of one work: results", identifiers=same)
    put(library, paper)
    first_seen(library, paper.uid, 50)
    after = one(library)
    assert after["id"] == "tag:library.example,2026:item/pubmed:99000021" != before["id"]
    put(library, article(22, "A comment", kind=Kind.PRESS, source="aa", identifiers=same))
    assert one(library)["id"] == after["id"]


def published(library: Library, folder: Path) -> dict[str, dict[str, object]]:
    """What the command publishes of exosomes, by title."""
    (folder / "topics").mkdir(exist_ok=True)
    (folder / "topics" / "exosomes.toml").write_text('title = "a"\nquery = "exosome"', encoding="utf-8")
    assert run(["--home", str(folder), "feeds", "write", str(folder / "site"), "--topic", "exosomes"]) == 0
    items = check_json_feed((folder / "site" / "exosomes.json").read_bytes())
    return {str(item["title"]): item for item in items}


def test_who_took_a_paper_in_long_ago_is_told_that_it_is_retracted(library: Library, tmp_path: Path) -> None:
    own, noticed, doubted = (
        article(number, f"Exosomes of one work {number}", identifiers=Identifiers(doi=f"10.5555/cw.{number}"))
        for number in (20, 21, 22)
    )
    notice = article(
        30,
        "Retraction of a paper",
        kind=Kind.NOTICE,
        relations=(Relation(type=RelationType.RETRACTS, target="doi:10.5555/cw.21"),),
    )
    old = msgspec.structs.replace(doubted, status=PublicationStatus.RETRACTED)
    put(library, own, noticed, old)
    for one_of_them in (own, noticed, doubted):
        first_seen(library, one_of_them.uid, 400)
    before = published(library, tmp_path)
    assert not [title for title in before if "of one work" in title], "they have left the feed"
    put(library, msgspec.structs.replace(own, status=PublicationStatus.RETRACTED), notice)
    put(library, msgspec.structs.replace(old, volume="7"))
    after = published(library, tmp_path)
    told = {title: item for title, item in after.items() if "of one work" in title}
    assert set(told) == {"RETRACTED: Exosomes of one work 20", "RETRACTED: Exosomes of one work 21"}
    for number, uid in ((20, own.uid), (21, noticed.uid)):
        item = told[f"RETRACTED: Exosomes of one work {number}"]
        assert str(item["id"]).endswith(f"item/{uid}")
        taken_in, told_of = (dt.datetime.fromisoformat(str(item[f"date_{name}"])) for name in ("published", "modified"))
        assert told_of - taken_in > dt.timedelta(days=300)
    assert set(list(after)[:2]) == set(told), "what was retracted last stands first"


def test_hostile_text_is_harmless_in_every_format(evil: Library) -> None:
    files = render(evil, msgspec.structs.replace(TOPIC, title=EVIL[0], description=EVIL[1] + EVIL[4]))
    assert len(check_atom(files["exosomes.atom"])) == len(EVIL)
    assert len(check_rss(files["exosomes.rss"])) == len(EVIL)
    assert len(check_json_feed(files["exosomes.json"])) == len(EVIL)
    check_opml(files["topics.opml"])
    for name, content in files.items():
        text = content.decode()
        assert not [c for c in text if (ord(c) < 32 and c not in "\n") or c in "\x7f\u202e\u2066\u200f\ufffe"], name
        assert len(content) < 400_000, name
        assert "\u0301" * 10 not in text, name
    for name in ("exosomes.html", "index.html"):
        page = html.fromstring(files[name])
        assert not page.xpath("//script | //img | //iframe | //@onerror"), name
        assert all(urlsplit(str(href)).scheme in ("", "http", "https") for href in page.xpath("//@href")), name
        assert "49" not in page.text_content(), name
    for item in [*check_json_feed(files["exosomes.json"])]:
        assert str(item.get("url", "https:")).startswith("https:")
    for entry in check_atom(files["exosomes.atom"]):
        assert not html.fromstring(entry.findtext(f"{ATOM}content")).xpath("//script | //img")
    rows = list(csv.DictReader(io.StringIO(files["exosomes.csv"].decode())))
    assert len(rows) == len(EVIL)
    assert all(not (cell or "").startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    assert len(rispy.loads(files["exosomes.ris"].decode())) == len(EVIL)


def test_only_so_many_newest_first(library: Library) -> None:
    items = check_json_feed(render(library, settings=PublishSettings(items=2))["exosomes.json"])
    assert len(items) == 2
    assert str(items[0]["date_published"]) >= str(items[1]["date_published"])


# The folder


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_ino) for path in folder.iterdir()}


def test_only_changed_files_are_touched(tmp_path: Path) -> None:
    assert write_folder(tmp_path, {"a.atom": b"1", "b.html": b"2"}).written == ("a.atom", "b.html")
    before = snapshot(tmp_path)
    again = write_folder(tmp_path, {"a.atom": b"1", "b.html": b"2"})
    assert (again.written, again.unchanged) == ((), ("a.atom", "b.html"))
    assert snapshot(tmp_path) == before
    changed = write_folder(tmp_path, {"a.atom": b"3", "b.html": b"2"})
    after = snapshot(tmp_path)
    assert changed.written == ("a.atom",)
    assert (after["a.atom"][0], after["b.html"]) == (b"3", before["b.html"])
    assert after.keys() == {"a.atom", "b.html", MANIFEST, LOCK}


def test_topics_that_are_gone_are_removed_and_other_files_left(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    write_folder(tmp_path, {"a.atom": b"1", "b.atom": b"2"})
    assert write_folder(tmp_path, {"a.atom": b"1"}).removed == ("b.atom",)
    assert sorted(path.name for path in tmp_path.iterdir()) == [MANIFEST, LOCK, "a.atom", "notes.txt"]


def write_some(place: tuple[Path, int]) -> tuple[str, ...]:
    folder, number = place
    files = {f"{name}.atom": f"{number} {name}".encode() for name in range(number, number + 60)}
    return write_folder(folder, files).written


def test_those_who_write_at_once_write_one_after_the_other(tmp_path: Path) -> None:
    with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as processes:
        for _ in range(4):
            list(processes.map(write_some, [(tmp_path, number) for number in (0, 20, 40)]))
            names = {path.name for path in tmp_path.iterdir()} - {MANIFEST, LOCK}
            assert len(names) == 60
            assert set(json.loads((tmp_path / MANIFEST).read_bytes())["files"]) == names
            assert len({path.read_text().split()[0] for path in tmp_path.glob("*.atom")}) == 1


def test_files_of_others_are_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("somebody's page")
    with pytest.raises(ConfigError, match=r"index\.html was not written by"):
        write_folder(tmp_path, {"a.atom": b"1", "index.html": b"2"})
    assert sorted(path.name for path in tmp_path.iterdir()) == [LOCK, "index.html"]


def test_a_failed_write_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(tmp_path, {"a.atom": b"1", "b.atom": b"1"})
    blocked = tmp_path / "b.atom.cordwatch-partial"
    blocked.mkdir()
    with pytest.raises(ConfigError):
        write_folder(tmp_path, {"a.atom": b"2", "b.atom": b"2"})
    assert (tmp_path / "a.atom").read_bytes() == b"1"
    blocked.rmdir()
    assert write_folder(tmp_path, {"a.atom": b"2", "b.atom": b"2"}).written == ("a.atom", "b.atom")


def test_a_manifest_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    folder = tmp_path / "site"
    write_folder(folder, {"a.atom": b"1"})
    (folder / MANIFEST).write_text('{"files": ["../outside.txt", "a.atom"]}')
    write_folder(folder, {})
    assert outside.exists()
    assert not (folder / "a.atom").exists()
