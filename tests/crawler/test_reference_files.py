"""Files of reference managers: what we write is read back, and what others write is read as they mean it."""

from __future__ import annotations

import io

import pytest

from cli.exports import find_format as find_export
from crawler.formats import find_format
from crawler.items import Fetched, Item, Rejected
from records.dates import PartialDate
from records.identifiers import Identifiers
from records.record import Author, Kind, PublicationStatus, Record, RelationType, Section
from tests.crawler.formats import reading

PAPER = Record(
    source="pubmed",
    source_id="99000020",
    kind=Kind.ARTICLE,
    title="Exosomes & “BBB_score”: 50% of rats, NaïveRats {α7} restore walking",
    abstract=(Section(text="BBB scores doubled."),),
    authors=(Author(family="Varga-Łukasz", given="Emil J"), Author(collective="The VESICLE Group, Example")),
    identifiers=Identifiers(doi="10.5555/cw.1_(x)", pmid="99000020"),
    published=PartialDate(year=2022, month=2, day=11),
    container_title="Journal of Vesicle Therapeutics",
    volume="3",
    issue="2",
    pages="10-21",
    keywords=("exosomes", "rats"),
    status=PublicationStatus.RETRACTED,
)
TRIAL = Record(
    source="clinicaltrials",
    source_id="NCT99000011",
    kind=Kind.REGISTRATION,
    title="Neural grafts in chronic injury",
    identifiers=Identifiers(registrations=("NCT99000011",)),
    published=PartialDate(year=2023),
    container_title="ClinicalTrials.gov",
)
PRESS = Record(
    source="press", source_id="a1", kind=Kind.PRESS, title="Patient walks", container_title="The Daily Example"
)


def exported(name: str, *records: Record) -> bytes:
    stream = io.StringIO()
    find_export(name).write(records, stream)
    return stream.getvalue().encode()


def read(content: bytes, name: str = "") -> list[Item]:
    from pathlib import Path

    return reading(find_format(content[:65_536], Path("file"), name=name or None))(content)


def records(content: bytes) -> list[Record]:
    items = read(content)
    assert all(isinstance(item, Fetched) for item in items), items
    return [item.record for item in items if isinstance(item, Fetched)]


@pytest.mark.parametrize("name", ["bibtex", "csl-json", "endnote-xml", "nbib", "ris"])
def test_what_we_export_is_read_back(name: str) -> None:
    paper, trial, press = records(exported(name, PAPER, TRIAL, PRESS))
    assert paper.title == PAPER.title
    assert paper.status is PublicationStatus.RETRACTED
    assert paper.identifiers.doi == PAPER.identifiers.doi
    assert paper.identifiers.pmid == PAPER.identifiers.pmid
    assert [author.name() for author in paper.authors] == [author.name() for author in PAPER.authors]
    assert (paper.volume, paper.issue, paper.pages) == ("3", "2", "10-21")
    assert paper.published is not None
    assert paper.published.iso().startswith("2022-02")
    assert set(paper.keywords) == {"exosomes", "rats"}
    assert [record.kind for record in (paper, trial, press)] == [Kind.ARTICLE, Kind.REGISTRATION, Kind.PRESS]
    assert trial.identifiers.registrations == ("NCT99000011",)
    assert press.status is PublicationStatus.CURRENT
    assert press.container_title == "The Daily Example"


NBIB = """
PMID- 99000001
OWN - NLM
TI  - A title that is long enough to be wrapped over two lines of this
      very file.
LID - 10.5555/cw.2 [doi]
AB  - BACKGROUND: Nobody knew. RESULTS: BBB scores improved (P < 0.05). CONCLUSIONS:
      More is needed.
FAU - Minamoto, Sora
AUID- ORCID: 0000-0000-0000-0001
AU  - Minamoto S
CN  - iPSC Group
LA  - eng
PT  - Journal Article
PT  - Retracted Publication
SI  - ClinicalTrials.gov/NCT99000012
DP  - 2024 Mar 5
JT  - Annals of Cord Repair
RIN - Annals of Cord Repair. 2025 Jan;1(1):1. PMID: 99000077
MH  - *Spinal Cord Injuries/therapy

OWN - NLM
FAU - Nobody, Known
"""


def test_medline_as_pubmed_writes_it() -> None:
    first, second = read(NBIB.encode())
    assert isinstance(first, Fetched)
    record = first.record
    assert record.title.endswith("two lines of this very file.")
    assert [part.label for part in record.abstract] == ["BACKGROUND", "RESULTS", "CONCLUSIONS"]
    assert [author.name() for author in record.authors] == ["Minamoto Sora", "iPSC Group"]
    assert record.status is PublicationStatus.RETRACTED
    assert record.identifiers.registrations == ("NCT99000012",)
    assert [(link.type, link.target) for link in record.relations] == [(RelationType.RETRACTED_BY, "pmid:99000077")]
    assert record.mesh_headings == ("Spinal Cord Injuries/therapy",)
    assert record.source_id == "doi:10.5555/cw.2"
    assert isinstance(second, Rejected)
    assert "neither title nor abstract" in second.reason


RIS = b"""\xef\xbb\xbfTY - JOUR
T1 - First
A1 - Varga, Emil
A1 - Doe, Jane
Y1 - 2021/03//
JF - Journal of Vesicle Therapeutics
N2 - What was found.
UR - https://doi.org/10.5555/CW.3
ER -
TY  - JOUR
TI  - Never ended
AU  - Na\xefve, Author
TY  - NEWS
TI  - The last
ER  -
"""


def test_ris_in_its_dialects() -> None:
    first, second, third = records(RIS)
    assert (first.title, first.identifiers.doi) == ("First", "10.5555/cw.3")
    assert [author.name() for author in first.authors] == ["Varga Emil", "Doe Jane"]
    assert first.published == PartialDate(year=2021, month=3, raw=first.published.raw if first.published else "")
    assert first.text_of("abstract") == "What was found."
    assert second.authors == (Author(family="Naïve", given="Author"),)
    assert third.kind is Kind.PRESS


BIB = r"""
@string{acr = "Annals of Cord Repair"}
@comment{not an entry}
@article{a, title = {The {BBB} scale \& {\'E}cole, na\"{\i}ve}, author = "M{\"u}ller, J. and {The Group}",
  journal = acr, year = 2020, month = mar, pmid = {99000003}}
@article{broken, title = {Never closed,
@inproceedings{b, title = "Second", author = {Jane van der Berg}, year = {2019}}
"""


def test_bibtex_with_macros_and_a_broken_entry() -> None:
    items = read(BIB.encode())
    first, broken, second = items
    assert isinstance(first, Fetched)
    assert isinstance(second, Fetched)
    assert isinstance(broken, Rejected)
    assert first.record.title == "The BBB scale & École, naïve"
    assert [author.name() for author in first.record.authors] == ["Müller J.", "The Group"]
    assert first.record.container_title == "Annals of Cord Repair"
    assert first.record.published is not None
    assert first.record.published.iso() == "2020-03"
    assert second.record.authors == (Author(family="van der Berg", given="Jane"),)


CSL = """[
{"type": "article-journal", "title": "One <i>and</i> two", "DOI": "10.5555/CW.4", "note": "PMID: 99000004",
 "issued": {"date-parts": [["2020", 5]]},
 "author": [{"family": "Beek", "given": "A", "non-dropping-particle": "van"}, {"literal": "A Group"}]},
{"type": "article", "title": "A preprint", "genre": "preprint"},
{"type": "article-journal", "DOI": "10.5555/nothing"}
]"""


def test_csl_json_of_zotero() -> None:
    first, second, third = read(CSL.encode())
    assert isinstance(first, Fetched)
    assert isinstance(second, Fetched)
    assert first.record.title == "One and two"
    assert first.record.identifiers == Identifiers(doi="10.5555/cw.4", pmid="99000004")
    assert [author.name() for author in first.record.authors] == ["van Beek A", "A Group"]
    assert second.record.kind is Kind.PREPRINT
    assert isinstance(third, Rejected)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("nbib", b"PMID- 1\n"),
        ("ris", b"TY  - JOUR\nER  - \n"),
        ("bibtex", b"@article{x,\n"),
        ("csl-json", b'[{"type": "book"}, 3]'),
        ("endnote-xml", b"<xml><records><record><titles/></record></records></xml>"),
    ],
)
def test_entries_that_say_nothing_are_kept_with_their_reason(name: str, content: bytes) -> None:
    items = read(content, name)
    assert items
    assert all(isinstance(item, Rejected) and item.reason and item.payload.content for item in items)
