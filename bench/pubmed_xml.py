"""Invented records as a PubMed XML file: as many authors, headings and references as articles usually have."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from records.record import Record

_AUTHORS: Final = 6
_HEADINGS: Final = 12
_REFERENCES: Final = 30


def write_pubmed(records: Iterable[Record], path: Path) -> None:
    """Write a gz file, a record at a time."""
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file:
        file.write('<?xml version="1.0" encoding="utf-8"?>\n<PubmedArticleSet>\n')
        for record in records:
            file.write(article_xml(record))
        file.write("</PubmedArticleSet>\n")


def article_xml(record: Record) -> str:
    """One ``PubmedArticle``; what the record lacks (affiliations, headings, references) is made of its words."""
    pmid = record.identifiers.pmid
    words = [escape(word) for word in record.text_of("abstract").split()]
    date = "<Year>2024</Year><Month>5</Month><Day>7</Day>"
    authors = "".join(
        f'<Author ValidYN="Y"><LastName>{words[place].capitalize()}</LastName><ForeName>{words[place + 1]}</ForeName>'
        f"<Initials>A</Initials><AffiliationInfo><Affiliation>Department of {' '.join(words[place : place + 9])}."
        "</Affiliation></AffiliationInfo></Author>"
        for place in range(_AUTHORS)
    )
    headings = "".join(
        f'<MeshHeading><DescriptorName UI="D{place:06d}" MajorTopicYN="N">{words[-place].capitalize()}</DescriptorName>'
        '<QualifierName UI="Q000001" MajorTopicYN="Y">therapy</QualifierName></MeshHeading>'
        for place in range(1, _HEADINGS + 1)
    )
    references = "".join(
        f"<Reference><Citation>{' '.join(words[place : place + 10])}. 2019;4(2):1-9</Citation><ArticleIdList>"
        f'<ArticleId IdType="pubmed">{int(pmid) - place}</ArticleId></ArticleIdList></Reference>'
        for place in range(1, _REFERENCES + 1)
    )
    year = record.published.year if record.published else 2024
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{pmid}</PMID>'
        f"<DateCompleted>{date}</DateCompleted><DateRevised>{date}</DateRevised>"
        '<Article PubModel="Print-Electronic"><Journal><ISSN IssnType="Electronic">1234-5679</ISSN>'
        '<JournalIssue CitedMedium="Internet"><Volume>12</Volume><Issue>3</Issue>'
        f"<PubDate><Year>{year}</Year><Month>Apr</Month></PubDate></JournalIssue>"
        f"<Title>{escape(record.container_title)}</Title><ISOAbbreviation>J</ISOAbbreviation></Journal>"
        f"<ArticleTitle>{escape(record.title)}.</ArticleTitle><Pagination><MedlinePgn>100-9</MedlinePgn></Pagination>"
        f'<ELocationID EIdType="doi" ValidYN="Y">10.5555/invented.{pmid}</ELocationID>'
        f"<Abstract><AbstractText>{' '.join(words)}</AbstractText></Abstract>"
        f'<AuthorList CompleteYN="Y">{authors}</AuthorList><Language>eng</Language><PublicationTypeList>'
        '<PublicationType UI="D016428">Journal Article</PublicationType></PublicationTypeList></Article>'
        "<MedlineJournalInfo><MedlineTA>J</MedlineTA></MedlineJournalInfo>"
        f"<MeshHeadingList>{headings}</MeshHeadingList></MedlineCitation><PubmedData><History>"
        f'<PubMedPubDate PubStatus="pubmed">{date}</PubMedPubDate></History>'
        f'<PublicationStatus>ppublish</PublicationStatus><ArticleIdList><ArticleId IdType="pubmed">{pmid}</ArticleId>'
        f'<ArticleId IdType="doi">10.5555/invented.{pmid}</ArticleId></ArticleIdList>'
        f"<ReferenceList>{references}</ReferenceList></PubmedData></PubmedArticle>\n"
    )
