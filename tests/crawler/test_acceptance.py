"""Every real file of the first sources is parsed or refused with a reason; the table is printed."""

from __future__ import annotations

import gzip
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
import pytest

from crawler.formats import find_format
from crawler.items import Deleted, Fetched, Rejected
from crawler.parsers import biorxiv, crossref, europepmc, openalex, retractionwatch
from crawler.parsers.articles import parse_article
from crawler.parsers.eutils import error_in, parse_esearch
from crawler.parsers.feeds import parse_feed
from crawler.parsers.sitemaps import parse_sitemap
from records.errors import ParseError


@dataclass
class Outcome:
    """What became of the files of one kind."""

    parsed: int = 0
    records: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    files: int = 0

    def refuse(self, reason: str) -> None:
        assert reason.strip(), "a refusal without a reason"
        self.reasons[" ".join(reason.split())[:90]] += 1


def unpacked(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content


def files(folder: Path, *suffixes: str) -> list[Path]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path for path in found if not suffixes or path.name.removesuffix(".gz").endswith(suffixes)]


def show(table: dict[str, Outcome], capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        click.echo(f"\n{'kind':36} {'files':>6} {'parsed':>7} {'refused':>8} {'records':>8}  reasons")
        for kind, outcome in sorted(table.items()):
            reasons = "; ".join(f"{count}× {reason}" for reason, count in outcome.reasons.most_common(3))
            refused = outcome.files - outcome.parsed
            click.echo(f"{kind:36} {outcome.files:6} {outcome.parsed:7} {refused:8} {outcome.records:8}  {reasons}")


def read(path: Path, outcome: Outcome) -> None:
    """As `cordwatch import` would; each item of a file is a record, a removal or has a reason."""
    outcome.files += 1
    content = unpacked(path)
    name = Path(path.name)
    try:
        chosen = find_format(content[:65_536], name)
        items = list(chosen.read(io.BufferedReader(io.BytesIO(content)), source="import", path=path.name))  # type: ignore[arg-type]
    except ParseError as error:
        outcome.refuse(error.message.replace(path.name, "FILE"))
        return
    assert items, f"{path.name} brings nothing, and nobody says why"
    articles = len(re.findall(rb"<Pubmed(?:Book)?Article>", content))
    assert not articles or sum(not isinstance(item, Deleted) for item in items) == articles, path.name
    good = [item for item in items if isinstance(item, Fetched | Deleted)]
    for item in items:
        if isinstance(item, Rejected):
            outcome.refuse(item.reason.replace(path.name, "FILE"))
        elif isinstance(item, Fetched):
            assert item.record.source_id
            assert item.record.title or item.record.abstract or item.record.alternative_titles, item.record.source_id
            assert item.payload.content
    outcome.records += len(good)
    outcome.parsed += bool(good)


def eutils_answer(path: Path, outcome: Outcome) -> None:
    outcome.files += 1
    content = unpacked(path)
    try:
        found = parse_esearch(content)
    except ParseError as error:
        outcome.refuse(error_in(content) or error.message)
        return
    assert len(found.pmids) <= found.count
    outcome.parsed += 1
    outcome.records += len(found.pmids)


@pytest.mark.parametrize(("folder", "floor"), [("pubmed", 105), ("clinicaltrials", 66)])
def test_records_of_registries(folder: str, floor: int, shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = shared_data / "sources" / folder
    table: dict[str, Outcome] = {}
    for path in files(root):
        kind = f"{path.parent.relative_to(root.parent)}/*{Path(path.name.removesuffix('.gz')).suffix}"
        outcome = table.setdefault(kind, Outcome())
        if path.parent.name.startswith("eutils"):
            eutils_answer(path, outcome)
        else:
            read(path, outcome)
    show(table, capsys)
    assert sum(outcome.parsed for outcome in table.values()) >= floor
    assert sum(outcome.files for outcome in table.values()) == len(files(root))


@dataclass(frozen=True)
class Provider:
    """A folder of answers that a spider would meet."""

    read: Callable[[Path, bytes], Iterable[Fetched | Rejected]]
    files: int
    """So many at least must be read."""
    records: int
    """So many at least must come of them."""


def openalex_works(path: Path, content: bytes) -> Iterable[Fetched | Rejected]:
    """A page, or the answer to a single DOI."""
    if b'"results"' in content:
        return openalex.parse_page(content).items
    found = openalex.parse_item(content)
    if isinstance(found, Rejected):
        raise ParseError(found.reason)
    return [found]


PROVIDERS = {
    "biorxiv": Provider(lambda path, content: biorxiv.parse_page(content).items, 1, 2),
    "crossref": Provider(lambda path, content: crossref.parse_page(content).items, 79, 1263),
    "europepmc": Provider(lambda path, content: europepmc.parse_page(content).items, 5, 1043),
    "openalex": Provider(openalex_works, 4, 5),
    "retractionwatch": Provider(lambda path, content: retractionwatch.Papers(io.BytesIO(content)), 1, 10),
}


@pytest.mark.parametrize("folder", PROVIDERS)
def test_answers_of_providers(folder: str, shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    provider = PROVIDERS[folder]
    table: dict[str, Outcome] = {}
    for path in files(shared_data / "sources" / folder):
        outcome = table.setdefault(f"{folder}/*{Path(path.name.removesuffix('.gz')).suffix}", Outcome())
        outcome.files += 1
        try:
            items = list(provider.read(path, unpacked(path)))
        except ParseError as error:
            outcome.refuse(error.message)
            continue
        outcome.parsed += 1
        for item in items:
            if isinstance(item, Rejected):
                outcome.refuse(item.reason)
            else:
                assert item.record.source_id
                assert item.record.title or item.record.abstract, item.record.source_id
                outcome.records += 1
    show(table, capsys)
    assert sum(outcome.parsed for outcome in table.values()) >= provider.files
    assert sum(outcome.records for outcome in table.values()) >= provider.records


OTHERS = ("doi", "doi_content_negotiation", "oai_pmh", "pmc_jats", "ror", "semanticscholar", "unpaywall")
"""Folders of providers that are no sources: their files are offered to `cordwatch import`."""
ELSEWHERE = (
    *("articles_html", "clinicaltrials", "feeds", "feeds_feedparser_suite", "pubmed", "sitemaps"),
    # No records: questions of lay people, robots.txt files.
    *("lay_health_qa", "robots"),
)


def test_files_of_other_providers_are_read_or_refused_with_a_reason(
    shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table: dict[str, Outcome] = {}
    for folder in OTHERS:
        for path in files(shared_data / "sources" / folder):
            read(path, table.setdefault(f"{folder}/*{Path(path.name.removesuffix('.gz')).suffix}", Outcome()))
    show(table, capsys)
    assert all(outcome.parsed or outcome.reasons for outcome in table.values())
    assert sum(outcome.files for outcome in table.values()) == 68 + 44
    assert sum(outcome.records for kind, outcome in table.items() if kind.startswith("pmc_jats")) == 44


def test_every_folder_of_real_payloads_is_in_a_table(shared_data: Path) -> None:
    folders = {path.name for path in (shared_data / "sources").iterdir() if path.is_dir()}
    assert folders == {*OTHERS, *ELSEWHERE, *PROVIDERS}


def test_sitemaps(shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = Outcome()
    for path in files(shared_data / "sources" / "sitemaps"):
        outcome.files += 1
        found = parse_sitemap(path.read_bytes(), url="https://newsroom.example/sitemap.xml")
        outcome.parsed += 1
        outcome.records += len(found.listed)
    show({"sitemaps": outcome}, capsys)
    assert (outcome.files, outcome.records) == (3, 96)


@pytest.mark.parametrize(("folder", "floor"), [("feeds", 127), ("feeds_feedparser_suite", 995)])
def test_feeds(folder: str, floor: int, shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = shared_data / "sources" / folder
    outcome = Outcome()
    for path in files(root):
        outcome.files += 1
        try:
            document = parse_feed(path.read_bytes(), url="https://newsroom.example/feed")
        except ParseError as error:
            outcome.refuse(error.message)
            continue
        outcome.parsed += 1
        outcome.records += len(document.items)
        for item in document.items:
            assert item.link.startswith(("http://", "https://")) or not item.link
            assert "<script" not in item.summary + item.content + item.title
    show({folder: outcome}, capsys)
    assert outcome.parsed >= floor


def article_files(root: Path) -> Iterator[Path]:
    """Pages; ``expected.html`` is what readability makes of one."""
    yield from (path for path in files(root, ".html", ".htm") if path.name != "expected.html")


@pytest.mark.slow
def test_article_pages(shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = shared_data / "sources" / "articles_html"
    table: dict[str, Outcome] = {}
    for path in article_files(root):
        outcome = table.setdefault(path.relative_to(root).parts[0], Outcome())
        outcome.files += 1
        try:
            article = parse_article(unpacked(path), url="https://newsroom.example/story")
        except ParseError as error:
            outcome.refuse(error.message)
            continue
        outcome.parsed += 1
        outcome.records += bool(article.body)
        assert "<p>" not in article.body
    show(table, capsys)
    total = sum(outcome.files for outcome in table.values())
    assert sum(outcome.records for outcome in table.values()) >= 0.98 * total
