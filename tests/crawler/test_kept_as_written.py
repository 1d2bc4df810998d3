"""What a source writes as a date, an identifier or a yes, and cannot be read as one, stays in the record as written."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from lxml import etree

from cli.render import record_lines
from crawler.formats import find_format
from crawler.items import Fetched
from crawler.parsers.clinicaltrials import parse_document
from crawler.parsers.pubmed import parse_pubmed
from crawler.parsers.pubmed_dates import date_of
from records.dates import PartialDate
from records.identifiers import unread
from records.record import Record
from tests.crawler.test_registry_files import LEGACY, items

PAPER = """<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>99100001</PMID>
<Article><Journal><JournalIssue><PubDate><MedlineDate>Spring-Summer, undated</MedlineDate></PubDate></JournalIssue>
<Title>Annals</Title></Journal><ArticleTitle>Invented cells</ArticleTitle></Article></MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="pubmed">99100001</ArticleId><ArticleId IdType="doi">not a doi</ArticleId>
<ArticleId IdType="pmc">PMC-pending</ArticleId></ArticleIdList></PubmedData></PubmedArticle></PubmedArticleSet>"""


def paper(xml: str) -> Record:
    (found,) = parse_pubmed(xml.encode())
    assert isinstance(found, Fetched)
    return found.record


def older(xml: str) -> Record:
    first = items(xml.encode(), expected="clinicaltrials-xml")[0]
    assert isinstance(first, Fetched)
    return first.record


def test_of_a_paper_the_date_and_the_identifiers() -> None:
    record = paper(PAPER)
    assert record.published == PartialDate(raw="Spring-Summer, undated")
    assert record.identifiers.unread == ("doi:not a doi", "pmcid:PMC-pending")
    assert record.identifiers.keys() == ("pmid:99100001",)
    shown = "\n".join(line.plain for line in record_lines(record, None))
    assert "Spring-Summer, undated" in shown
    assert "doi:not a doi, pmcid:PMC-pending" in shown


@pytest.mark.parametrize(
    ("inner", "date"),
    [
        ("<Year>2023</Year><Month>06</Month><Day>30</Day>", PartialDate(year=2023, month=6, day=30)),
        ("<Year>2023</Year><Month>Jun</Month><Day>31</Day>", PartialDate(year=2023, month=6, raw="2023 Jun 31")),
        ("<Year>2023</Year><Month>13</Month><Day>40</Day>", PartialDate(year=2023, raw="2023 13 40")),
        ("<Year>2023</Year><Month>Midsummer</Month>", PartialDate(year=2023, raw="2023 Midsummer")),
        ("<Year>2023</Year><Season>Spring</Season>", PartialDate(year=2023, raw="2023 Spring")),
        ("<Year>0023</Year><Month>5</Month>", PartialDate(raw="0023 5")),
        ("", None),
    ],
)
def test_of_a_date_in_parts_what_does_not_fit(inner: str, date: PartialDate | None) -> None:
    assert date_of(etree.fromstring(f"<PubDate>{inner}</PubDate>")) == date


@pytest.mark.parametrize(
    ("said", "accepted", "raw"),
    [
        ("Accepts Healthy Volunteers", True, ""),
        ("Yes", True, ""),
        ("No", False, ""),
        ("Only siblings of patients", None, "Only siblings of patients"),
        ("", None, ""),
    ],
)
def test_of_an_older_registration_whether_healthy_people_may_join(said: str, accepted: bool | None, raw: str) -> None:
    text = LEGACY.replace("<healthy_volunteers>No<", f"<healthy_volunteers>{said}<")
    trial = older(text).trial
    assert trial
    assert (trial.healthy_volunteers, trial.healthy_volunteers_raw) == (accepted, raw)


def test_of_an_older_registration_its_start() -> None:
    text = LEGACY.replace("June 1, 2021", "sometime soon").replace("March 2027", "June 31, 2027")
    trial = older(text).trial
    assert trial
    assert trial.start == PartialDate(raw="sometime soon")
    assert trial.start_type == "ACTUAL"
    assert trial.completion == PartialDate(year=2027, month=6, raw="June 31, 2027")


def test_of_a_registration_its_start() -> None:
    study = b"""{"protocolSection": {"identificationModule": {"nctId": "NCT99100001", "briefTitle": "Cells"},
    "statusModule": {"startDateStruct": {"date": "sometime soon"}}}}"""
    (found,) = (item for item in parse_document(study) if isinstance(item, Fetched))
    assert found.record.trial
    assert found.record.trial.start == PartialDate(raw="sometime soon")


def test_of_a_reference_the_date_and_the_identifiers() -> None:
    text = "TY  - JOUR\nTI  - Invented cells\nDA  - n.d.\nDO  - in press\nER  - \n"
    chosen = find_format(text.encode(), Path("one.ris"))
    stream = io.BufferedReader(io.BytesIO(text.encode()))  # type: ignore[arg-type]
    (found,) = (item for item in chosen.read(stream, source="import", path="one.ris") if isinstance(item, Fetched))
    assert found.record.published == PartialDate(raw="n.d.")
    assert found.record.identifiers.unread == ("doi:in press",)


def test_what_says_that_there_is_no_identifier_is_none() -> None:
    said = ("", "0", "n/a", "Unavailable", " - ")
    assert unread(*(("doi", raw) for raw in said), ("pmid", "99100001"), ("registration", "nct99100001")) == ()
    assert unread(("registration", "NCT 12"), ("registration", "NCT 12")) == ("registration:NCT 12",)
