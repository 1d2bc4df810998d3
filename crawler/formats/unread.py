"""Files that are known and not read: what each is, and what to save in its place."""

from __future__ import annotations

import re
from typing import Final

import msgspec

# Possessive: of many comments none is tried twice.
_BEFORE_ROOT: Final = r"\A\s*(?>(?:<\?[^>]*>|<!--.*?-->|<!DOCTYPE[^>]*>)\s*)*+"
_PUBMED: Final = "save the papers in the format PubMed (nbib), or fetch them as XML: efetch.fcgi?db=pubmed&retmode=xml"
_TRIALS: Final = "download the studies again from clinicaltrials.gov, as JSON or CSV"


class Unread(msgspec.Struct, frozen=True):
    """A kind of file."""

    pattern: re.Pattern[str]
    what: str
    instead: str


def _xml(root: str, what: str, instead: str) -> Unread:
    return Unread(re.compile(rf"{_BEFORE_ROOT}<(?:\w+:)?(?:{root})\b", re.IGNORECASE | re.DOTALL), what, instead)


def _json(key: str, what: str, instead: str) -> Unread:
    return Unread(re.compile(rf"\A\s*[{{\[].*?{key}", re.DOTALL), what, instead)


_EUROPEPMC: Final = "`cordwatch crawl europepmc` asks for it; or export from Europe PMC's pages as RIS or BibTeX"
KNOWN: Final = (
    _xml("eSummaryResult", "summaries of NCBI (ESummary), without abstracts", _PUBMED),
    _xml("eLinkResult", "links of NCBI (ELink), which hold no records", _PUBMED),
    _xml("eSearchResult", "a list of numbers from NCBI (ESearch), without records", _PUBMED),
    _xml("eInfoResult", "NCBI's description of a database (EInfo), without records", _PUBMED),
    _xml("FullStudiesResponse|StudyFieldsResponse", "an answer of ClinicalTrials.gov's version 1", _TRIALS),
    _xml("responseWrapper", "an answer of Europe PMC in XML", _EUROPEPMC),
    _xml("OAI-PMH", "an answer of a repository's harvesting protocol (OAI-PMH)", "export its records as RIS or BibTeX"),
    _xml("urlset|sitemapindex", "a sitemap", "name its address under `press.sitemaps` in the configuration file"),
    _xml("rss|feed", "a feed", "name its address under `press.feeds` in the configuration file"),
    _xml("html", "a web page", "save the citation that the page offers: RIS, BibTeX or nbib"),
    _json(r'"type"\s*:\s*"esummary"', "summaries of NCBI (ESummary), without abstracts", _PUBMED),
    _json(r'"type"\s*:\s*"elink"', "links of NCBI (ELink), which hold no records", _PUBMED),
    _json(r'"type"\s*:\s*"esearch"', "a list of numbers from NCBI (ESearch), without records", _PUBMED),
    _json(r'"(?:FullStudies|StudyFields)Response"', "an answer of ClinicalTrials.gov's version 1", _TRIALS),
    Unread(re.compile(r'\A\s*\{\s*"Rank"\s*:\s*\d'), "a study of ClinicalTrials.gov's version 1", _TRIALS),
    _json(r'"hitCount"\s*:', "an answer of Europe PMC in JSON", _EUROPEPMC),
    _json(r'"message-type"\s*:', "an answer of Crossref", "`cordwatch crawl crossref` asks for it; or save CSL-JSON"),
    _json(r'"https://openalex\.org/W\d', "an answer of OpenAlex", "`cordwatch crawl openalex` asks for it"),
    Unread(re.compile(r"\A%PDF-"), "a PDF", "import its citation: RIS, BibTeX or nbib"),
    Unread(re.compile(r"\APK\x03\x04"), "a packed or spreadsheet file (ZIP)", "unpack it, or save the table as CSV"),
)
"""The first that fits counts."""


def recognise(head: bytes) -> Unread | None:
    """What a file is that no format reads; ``None`` if it is nothing known.

    Args:
        head: Its first bytes, unpacked, XML in UTF-8.
    """
    text = head.decode("utf-8-sig", "replace")
    return next((one for one in KNOWN if one.pattern.match(text)), None)
