"""Every real file of the sources is read, or refused with a reason: a table of them all is printed and held to files.

``CORDWATCH_REGENERATE=1`` writes these anew; they hold paths and counts, nothing of what stands in the payloads.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import click
import msgspec
import pytest
from scrapy.settings import Settings
from scrapy.utils.misc import load_object

from crawler.formats import find_format
from crawler.items import Deleted, Fetched, Item, Rejected
from crawler.parsers import biorxiv, crossref, europepmc, openalex, retractionwatch
from crawler.parsers.articles import parse_article
from crawler.parsers.eutils import error_in, parse_esearch
from crawler.parsers.feeds import parse_feed
from crawler.parsers.sitemaps import parse_sitemap
from records.errors import ParseError

TABLES: Final = Path(__file__).with_name("goldens") / "acceptance"
REGENERATE: Final = os.environ.get("CORDWATCH_REGENERATE") == "1"
COLUMNS: Final = ("path", "outcome", "records", "refused", "says")
NEWSROOM: Final = "https://newsroom.example"


class Outcome(msgspec.Struct, frozen=True):
    """What became of one file."""

    records: int = 0
    reasons: tuple[str, ...] = ()
    """Of each item that was refused or, if nothing could be read, of the file."""
    read: bool = True
    says: str = ""
    """Of a file that holds no records, what it says."""


def of_items(items: Iterable[Item]) -> Outcome:
    """Each item of a file is a record, a removal or has a reason."""
    found = list(items)
    for item in found:
        if isinstance(item, Fetched):
            record = item.record
            assert record.source_id
            assert record.title or record.abstract or record.alternative_titles, record.source_id
            assert item.payload.content
    reasons = tuple(item.reason for item in found if isinstance(item, Rejected))
    records = sum(isinstance(item, Fetched | Deleted) for item in found)
    return Outcome(records=records, reasons=reasons, read=bool(records) or not reasons)


def imported(path: Path, content: bytes) -> Outcome:
    """As `cordwatch import` would read it."""
    chosen = find_format(content[:65_536], Path(path.name))
    stream = io.BufferedReader(io.BytesIO(content))  # type: ignore[arg-type]
    items = list(chosen.read(stream, source="import", path=path.name))
    assert items, f"{path.name} brings nothing, and nobody says why"
    articles = len(re.findall(rb"<Pubmed(?:Book)?Article>", content))
    assert not articles or sum(not isinstance(item, Deleted) for item in items) == articles, path.name
    return of_items(items)


def from_pubmed(path: Path, content: bytes) -> Outcome:
    """Answers to ESearch as the spider reads them, all others as files."""
    if not path.parent.name.startswith("eutils"):
        return imported(path, content)
    try:
        found = parse_esearch(content)
    except ParseError as error:
        raise ParseError(error_in(content) or error.message) from error
    assert len(found.pmids) <= found.count
    return Outcome(records=len(found.pmids))


def from_openalex(path: Path, content: bytes) -> Outcome:
    """A page, or the answer to a single DOI."""
    if b'"results"' in content:
        return of_items(openalex.parse_page(content).items)
    return of_items([openalex.parse_item(content)])


def from_feed(path: Path, content: bytes) -> Outcome:
    document = parse_feed(content, url=f"{NEWSROOM}/feed")
    for item in document.items:
        assert item.link.startswith(("http://", "https://")) or not item.link
        assert "<script" not in item.summary + item.content + item.title
    return Outcome(records=len(document.items))


def from_sitemap(path: Path, content: bytes) -> Outcome:
    return Outcome(records=len(parse_sitemap(content, url=f"{NEWSROOM}/sitemap.xml").listed))


def from_robots(path: Path, content: bytes) -> Outcome:
    """By the parser that a crawl uses: whether the first page may be asked for, and how long to wait in between."""
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    rules: Any = load_object(settings["ROBOTSTXT_PARSER"])(content, None)
    delay = rules.crawl_delay("cordwatch") or 0
    return Outcome(says=("allowed" if rules.allowed(f"{NEWSROOM}/", "cordwatch") else "forbidden") + f", {delay:g} s")


def from_page(path: Path, content: bytes) -> Outcome:
    """A page; what lies beside it are notes of those who collected it."""
    if not path.name.removesuffix(".gz").endswith((".html", ".htm")):
        return imported(path, content)
    article = parse_article(content, url=f"{NEWSROOM}/story")
    assert "<p>" not in article.body
    return Outcome(records=int(bool(article.body)))


Reader = Callable[[Path, bytes], Outcome]
READERS: Final[dict[str, Reader]] = {
    "articles_html": from_page,
    "biorxiv": lambda path, content: of_items(biorxiv.parse_page(content).items),
    "clinicaltrials": imported,
    "crossref": lambda path, content: of_items(crossref.parse_page(content).items),
    "doi": imported,
    "doi_content_negotiation": imported,
    "europepmc": lambda path, content: of_items(europepmc.parse_page(content).items),
    "feeds": from_feed,
    "feeds_feedparser_suite": from_feed,
    "lay_health_qa": imported,
    "oai_pmh": imported,
    "openalex": from_openalex,
    "pmc_jats": imported,
    "pubmed": from_pubmed,
    "retractionwatch": lambda path, content: of_items(retractionwatch.Papers(io.BytesIO(content))),
    "robots": from_robots,
    "ror": imported,
    "semanticscholar": imported,
    "sitemaps": from_sitemap,
    "unpaywall": imported,
}
"""Folder → what reads its files; those of providers that are no sources are offered to `cordwatch import`."""
NOTES: Final = {"MANIFEST.tsv", "README.md"}
"""What lies beside the folders: where the files came from."""


def unpacked(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content


def outcome_of(path: Path, read: Reader) -> Outcome:
    try:
        found = read(path, unpacked(path))
    except ParseError as error:
        found = Outcome(read=False, reasons=(error.message,))
    assert all(reason.strip() for reason in found.reasons), f"{path}: a refusal without a reason"
    return found


def row_of(name: str, outcome: Outcome) -> tuple[str, ...]:
    said = "read" if outcome.read else "refused"
    return name, said, str(outcome.records), str(len(outcome.reasons)), outcome.says


def show(rows: Iterable[tuple[str, Outcome]]) -> None:
    """The table, a line each file; the terminal's summary shows it (``tests/conftest.py``)."""
    click.echo(f"\n{'file':76} {'outcome':8} {'records':>7}  reasons")
    for name, outcome in rows:
        file = name.rpartition("/")[2]
        plain = (" ".join(reason.split()).replace(f"{file}: ", "") for reason in outcome.reasons)
        reasons = dict.fromkeys(reason[:90] for reason in plain)
        said = "; ".join([*filter(None, [outcome.says]), *list(reasons)[:3]])
        _, verdict, records, *_ = row_of(name, outcome)
        click.echo(f"{name:76} {verdict:8} {records:>7}  {said}".rstrip())


@pytest.mark.parametrize(
    "folder", [pytest.param(one, marks=[pytest.mark.slow] if one == "articles_html" else []) for one in READERS]
)
def test_every_file_is_read_or_refused_with_a_reason(folder: str, shared_data: Path) -> None:
    root = shared_data / "sources"
    paths = sorted(path for path in (root / folder).rglob("*") if path.is_file())
    found = [(path.relative_to(root).as_posix(), outcome_of(path, READERS[folder])) for path in paths]
    show(found)
    table = [COLUMNS, *(row_of(*one) for one in found)]
    golden = TABLES / f"{folder}.tsv"
    if REGENERATE:
        golden.parent.mkdir(exist_ok=True)
        with golden.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, dialect="excel-tab", lineterminator="\n").writerows(table)
    with golden.open(encoding="utf-8", newline="") as stream:
        assert table == [tuple(row) for row in csv.reader(stream, dialect="excel-tab")]


def test_every_folder_has_a_reader_and_a_table(shared_data: Path) -> None:
    there = {path.name for path in (shared_data / "sources").iterdir()}
    assert there == {*READERS, *NOTES}
    assert {path.stem for path in TABLES.iterdir()} == set(READERS)
