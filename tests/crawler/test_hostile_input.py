"""Parsers given broken, cut, mixed up and hostile bytes: records, or `ParseError`, and nothing else."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.formats.clinicaltrials_json import FORMAT as STUDIES
from crawler.formats.csv_table import FORMAT as TABLE
from crawler.formats.json_lines import FORMAT as LINES
from crawler.formats.retractions_csv import FORMAT as RETRACTIONS
from crawler.parsers.articles import parse_article
from crawler.parsers.biorxiv import parse_page as biorxiv_page
from crawler.parsers.biorxiv import parse_published, parse_versions
from crawler.parsers.clinicaltrials import parse_page, parse_version
from crawler.parsers.crossref import parse_page as crossref_page
from crawler.parsers.europepmc import parse_page as europepmc_page
from crawler.parsers.eutils import error_in, parse_esearch
from crawler.parsers.feeds import parse_feed
from crawler.parsers.openalex import parse_page as openalex_page
from crawler.parsers.pubmed import parse_pubmed
from crawler.parsers.sitemaps import parse_sitemap
from records.errors import ParseError
from tests.crawler.faults import xml_bomb
from tests.crawler.formats import reading

SAMPLES = Path(__file__).resolve().parents[2] / "demo" / "samples"
FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
PREPRINTS = (FIXTURES / "biorxiv" / "details.json").read_bytes()
SITEMAP = b"<urlset><url><loc>https://a.example/1</loc><lastmod>2025-01-31</lastmod></url></urlset>"
CSV = b'Title,Abstract,DOI,Year,Authors\n"Invented cells","A, b\nand c",10.5555/a,2020,"Marsh, Robin; Hill, Kim"\n'
LINE = b'{"source":"import","source_id":"a","kind":"article","title":"Invented cells","identifiers":{}}\n'

PARSERS: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "pubmed": (lambda content: list(parse_pubmed(content)), (SAMPLES / "pubmed-day2.xml").read_bytes()),
    "clinicaltrials": (parse_page, (SAMPLES / "clinicaltrials-day2.json").read_bytes()),
    "studies": (reading(STUDIES), (SAMPLES / "clinicaltrials-day2.json").read_bytes()),
    "version": (parse_version, b'{"apiVersion": "2.0.5", "dataTimestamp": "2025-06-30T09:00:05"}'),
    "esearch": (parse_esearch, b'{"esearchresult": {"count": "2", "idlist": ["1", "2"], "webenv": "a"}}'),
    "esearch xml": (parse_esearch, b"<eSearchResult><Count>1</Count><IdList><Id>1</Id></IdList></eSearchResult>"),
    "error": (error_in, b'{"error": "API rate limit exceeded"}'),
    "rss": (parse_feed, (SAMPLES / "press" / "day1" / "daily.rss").read_bytes()),
    "atom": (parse_feed, (SAMPLES / "press" / "day1" / "university.atom").read_bytes()),
    "json feed": (parse_feed, (SAMPLES / "press" / "day1" / "wire.json").read_bytes()),
    "sitemap": (parse_sitemap, SITEMAP),
    "article": (parse_article, (SAMPLES / "press" / "null-trial.html").read_bytes()),
    "biorxiv": (biorxiv_page, PREPRINTS),
    "biorxiv versions": (parse_versions, PREPRINTS),
    "biorxiv papers": (parse_published, b'{"messages": [], "collection": [{"biorxiv_doi": "10.5555/a"}]}'),
    "crossref": (crossref_page, (FIXTURES / "crossref" / "works.json").read_bytes()),
    "europepmc": (europepmc_page, (FIXTURES / "europepmc" / "search.json").read_bytes()),
    "openalex": (openalex_page, (FIXTURES / "openalex" / "works.json").read_bytes()),
    "csv": (reading(TABLE), CSV),
    "retractions": (reading(RETRACTIONS), (FIXTURES / "retractionwatch" / "retraction_watch.csv").read_bytes()),
    "jsonl": (reading(LINES), LINE),
}
HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n\t",
    "a mark of byte order": b"\xef\xbb\xbf",
    "zeros": b"\0" * 1000,
    "noise": random.Random(3).randbytes(4096),
    "deep lists": b"[" * 20_000,
    "deep objects": b'{"a":' * 20_000,
    "deep elements": b"<a>" * 20_000,
    "a page": b"<!doctype html><html><body><p>Back soon.</p></body></html>",
    "laughs": xml_bomb(b"PubmedArticleSet", b"<PubmedArticle>&i;</PubmedArticle>"),
    "laughs in a feed": xml_bomb(b"rss", b"<channel><title>&i;</title></channel>"),
    "laughs in a search": xml_bomb(b"eSearchResult", b"<Count>&i;</Count>"),
    "numbers beyond all bounds": b'{"version": 1e999, "studies": [1e999, {"a": 99999999999999999999}], "count": 1e999}',
    "not a number": b'{"studies": [NaN], "version": NaN, "esearchresult": {"count": NaN}}',
    "a lone surrogate": b'{"studies": [{"protocolSection": {"identificationModule": {"nctId": "\\ud800"}}}]}',
    "wrong types": b'{"version": [], "items": 3, "studies": [null, [], "x"], "esearchresult": [], "dataTimestamp": {}}',
    "an attribute as long as a book": b'<rss version="' + b"x" * 1_000_000 + b'"></rss>',
}


def attempt(parse: Callable[[bytes], object], content: bytes) -> None:
    said = "read"
    try:
        parse(content)
    except ParseError as error:
        said = error.message
    assert 0 < len(said.strip()) < 1000


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("parser", PARSERS)
def test_hostile_bytes(parser: str, hostile: str) -> None:
    attempt(PARSERS[parser][0], HOSTILE[hostile])


@pytest.mark.parametrize("parser", PARSERS)
def test_broken_samples(parser: str) -> None:
    parse, sample = PARSERS[parser]
    chance = random.Random(parser)
    for _ in range(12 if parser == "article" else 40):
        broken = bytearray(sample)
        for _ in range(chance.randrange(1, 8)):
            place = chance.randrange(len(broken) + 1)
            broken[place : place + chance.choice((1, 1, 1, 40))] = chance.choice(
                (b"", b"\xff", b"<", b">", b'"', b"}", b"&", b"\0", b"null", b"]]>", b"<!--", chance.randbytes(3))
            )
        attempt(parse, bytes(broken))
        attempt(parse, bytes(broken[: chance.randrange(len(broken) + 1)]))
