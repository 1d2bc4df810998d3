"""What each parser makes of the sample payloads, held to files; ``CORDWATCH_REGENERATE=1`` writes them anew."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from crawler.items import Fetched, Rejected
from crawler.parsers.articles import parse_article
from crawler.parsers.biorxiv import parse_page as biorxiv_page
from crawler.parsers.clinicaltrials import parse_document
from crawler.parsers.crossref import parse_page as crossref_page
from crawler.parsers.europepmc import parse_page as europepmc_page
from crawler.parsers.feeds import parse_feed
from crawler.parsers.openalex import parse_page as openalex_page
from crawler.parsers.press import press_record
from crawler.parsers.pubmed import parse_pubmed
from crawler.parsers.retractionwatch import Papers
from tests.conftest import REPOSITORY

SAMPLES = REPOSITORY / "demo" / "samples"
FIXTURES = REPOSITORY / "tests" / "fixtures"
GOLDENS = Path(__file__).with_name("goldens")
REGENERATE = os.environ.get("CORDWATCH_REGENERATE") == "1"
BASE = "https://newsroom.example"


def items(found: Iterable[Any]) -> Any:
    """Items without their payloads, which are the sample itself."""
    shown = []
    for item in found:
        value = item.record if isinstance(item, Fetched) else item
        fields = msgspec.to_builtins(value)
        fields.pop("payload", None)
        kind = {Fetched: "record", Rejected: "rejected"}.get(type(item), type(item).__name__.lower())
        shown.append({kind: fields})
    return shown


def pages(folder: Path) -> Any:
    return {path.name: msgspec.to_builtins(parse_article(path.read_bytes())) for path in sorted(folder.glob("*.html"))}


def stories(folder: Path) -> Any:
    """Records of feed items, with their pages where the samples have them."""
    found = []
    for path in sorted(folder.glob("day1/*")):
        feed = parse_feed(path.read_text(encoding="utf-8").replace("{base}", BASE).encode(), url=f"{BASE}/feed")
        for item in feed.items:
            page = folder / item.link.rsplit("/", 1)[-1]
            article = parse_article(page.read_bytes(), url=item.link) if page.is_file() else None
            found.append({path.name: msgspec.to_builtins(press_record(item, article, outlet=feed.title))})
    return found


def retractions(path: Path) -> Any:
    with path.open("rb") as stream, Papers(stream) as papers:
        return items(papers)


MAKERS: dict[str, Callable[[], Any]] = {
    "pubmed": lambda: items(parse_pubmed((SAMPLES / "pubmed-day1.xml").read_bytes())),
    "pubmed-oddities": lambda: items(parse_pubmed((FIXTURES / "pubmed" / "oddities.xml").read_bytes())),
    "clinicaltrials": lambda: items(parse_document((SAMPLES / "clinicaltrials-day1.json").read_bytes())),
    "biorxiv": lambda: items(biorxiv_page((FIXTURES / "biorxiv" / "details.json").read_bytes()).items),
    "crossref": lambda: items(crossref_page((FIXTURES / "crossref" / "works.json").read_bytes()).items),
    "europepmc": lambda: items(europepmc_page((FIXTURES / "europepmc" / "search.json").read_bytes()).items),
    "openalex": lambda: items(openalex_page((FIXTURES / "openalex" / "works.json").read_bytes()).items),
    "retractionwatch": lambda: retractions(FIXTURES / "retractionwatch" / "retraction_watch.csv"),
    "press-pages": lambda: pages(SAMPLES / "press"),
    "press": lambda: stories(SAMPLES / "press"),
}


@pytest.mark.parametrize("name", MAKERS)
def test_golden(name: str) -> None:
    made = json.loads(json.dumps(MAKERS[name]()))
    path = GOLDENS / f"{name}.json"
    if REGENERATE:
        path.write_text(json.dumps(made, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    assert made == json.loads(path.read_text(encoding="utf-8"))
