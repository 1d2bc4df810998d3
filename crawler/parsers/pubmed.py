"""PubMed XML: ``PubmedArticle``, ``PubmedBookArticle`` and ``DeleteCitation`` (NLM, PubMed DTD)."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO, Final

from lxml import etree

from crawler.items import Deleted, Fetched, Item, Payload, Rejected
from crawler.parsers.pubmed_tables import KINDS, RELATIONS, RETRACTED
from crawler.parsers.xml_text import text_of
from records.dates import MONTHS, PartialDate, make_date, parse_date
from records.errors import ParseError
from records.identifiers import (
    Identifiers,
    normalise_doi,
    normalise_pmcid,
    normalise_pmid,
    normalise_registration,
)
from records.record import (
    Author,
    Funding,
    Kind,
    PublicationStatus,
    Record,
    Relation,
    RelationType,
    Section,
)

SOURCE: Final = "pubmed"
_ROOTS: Final = frozenset({"PubmedArticleSet", "PubmedBookArticleSet", "DeleteCitation"})
_ARTICLES: Final = ("PubmedArticle", "PubmedBookArticle")
Element = etree._Element


def parse_pubmed(content: bytes, *, url: str = "") -> Iterator[Item]:
    """Every record, removal and unreadable article of a document; see `read_pubmed`."""
    return read_pubmed(BytesIO(content), url=url)


def read_pubmed(stream: BinaryIO, *, url: str = "") -> Iterator[Item]:
    """Read a document of any length in constant memory.

    An article that cannot be read comes out as ``Rejected``, the rest goes on; so does the tail of a document that
    ends too early. Entities are not expanded and nothing is fetched.

    Raises:
        ParseError: The document is empty, not XML from its start, or not PubMed's.
    """
    events = etree.iterparse(
        stream,
        events=("start", "end"),
        tag=None,
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    count = 0
    root: Element | None = None
    try:
        for event, element in events:
            if root is None:
                root = element
                _check_root(element)
            if event == "start":
                continue
            if element.tag in _ARTICLES:
                count += 1
                yield _article_item(element, count, url)
                _forget(element)
            elif element.tag == "DeleteCitation":
                yield from _deletions(element)
                _forget(element)
    except etree.XMLSyntaxError as error:
        if root is None:
            raise ParseError(f"not XML: {error}", where=url, hint="PubMed XML is expected") from error
        reason = f"the document breaks off after {count} articles: {error}"
        payload = Payload(content=str(error).encode(), media_type="text/plain", url=url)
        yield Rejected(source=SOURCE, reason=reason, payload=payload)


def _check_root(element: Element) -> None:
    if element.tag not in _ROOTS and element.tag not in _ARTICLES:
        raise ParseError(f"the root element is <{element.tag}>, not <PubmedArticleSet>")


def _forget(element: Element) -> None:
    """Free the element and its elder siblings: memory stays flat over a baseline file."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _article_item(element: Element, number: int, url: str) -> Item:
    payload = Payload(content=etree.tostring(element, with_tail=False), media_type="application/xml", url=url)
    try:
        return Fetched(record=article_record(element), payload=payload)
    except ParseError as error:
        return Rejected(source=SOURCE, reason=f"article {number}: {error.message}", payload=payload)


def _deletions(element: Element) -> Iterator[Item]:
    for pmid in element.findall("PMID"):
        yield Deleted(
            source=SOURCE, source_id=normalise_pmid(pmid.text or ""), reason="PubMed has deleted the citation"
        )


def article_record(element: Element) -> Record:
    """The record of a ``PubmedArticle`` or ``PubmedBookArticle``. Raises `ParseError` without a PMID."""
    book = element.tag == "PubmedBookArticle"
    citation = element.find("BookDocument" if book else "MedlineCitation")
    if citation is None:
        raise ParseError(f"<{element.tag}> holds no citation")
    pmid = normalise_pmid(citation.findtext("PMID") or "")
    if not pmid:
        raise ParseError("there is no PMID", where=f"<{element.tag}>")
    article = citation if book else citation.find("Article")
    if article is None:
        raise ParseError("there is no <Article>", where=f"PMID {pmid}")
    history = element.find("PubmedBookData" if book else "PubmedData")
    types = tuple(dict.fromkeys(text_of(kind) for kind in article.iter("PublicationType")))
    relations = _relations(citation)
    journal = article.find("Journal")
    issue = None if journal is None else journal.find("JournalIssue")
    return Record(
        source=SOURCE,
        source_id=pmid,
        kind=Kind.BOOK if book else next((KINDS[name] for name in types if name in KINDS), Kind.ARTICLE),
        title=text_of(article.find("ArticleTitle")) or (text_of(article.find("Book/BookTitle")) if book else ""),
        alternative_titles=_texts(article, "VernacularTitle"),
        abstract=_sections(article.find("Abstract")),
        other_abstracts=tuple(part for other in citation.findall("OtherAbstract") for part in _other(other)),
        authors=_authors(article),
        identifiers=_identifiers(pmid, citation, article, history),
        published=_published(article, issue, history),
        revised=_date(citation.find("DateRevised")),
        container_title=text_of(article.find("Book/BookTitle")) if book else _journal_title(citation, journal),
        issn=_issns(citation, journal),
        volume="" if issue is None else text_of(issue.find("Volume")),
        issue="" if issue is None else text_of(issue.find("Issue")),
        pages=_pages(article),
        publisher=text_of(article.find("Book/Publisher/PublisherName")),
        languages=_texts(article, "Language"),
        publication_types=types,
        mesh_headings=tuple(
            name for heading in citation.findall("MeshHeadingList/MeshHeading") for name in _mesh(heading)
        ),
        keywords=tuple(dict.fromkeys(filter(None, map(text_of, citation.findall("KeywordList/Keyword"))))),
        status=_status(types, relations),
        publication_stage="" if history is None else text_of(history.find("PublicationStatus")),
        relations=relations,
        funding=_funding(article),
        conflicts=text_of(citation.find("CoiStatement")),
        url=f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/",
        licence=text_of(article.find("Abstract/CopyrightInformation")),
        cited=_cited(citation, history),
    )


def _texts(parent: Element, path: str) -> tuple[str, ...]:
    return tuple(text for text in map(text_of, parent.findall(path)) if text)


def _sections(abstract: Element | None) -> tuple[Section, ...]:
    if abstract is None:
        return ()
    parts = (
        Section(text=text_of(part), label=part.get("Label", "").strip(), category=part.get("NlmCategory", ""))
        for part in abstract.findall("AbstractText")
    )
    return tuple(part for part in parts if part.text)


def _other(abstract: Element) -> Iterator[Section]:
    name = abstract.get("Language") or abstract.get("Type") or ""
    for part in _sections(abstract):
        yield Section(text=part.text, label=" ".join(filter(None, (name, part.label))), category=part.category)


def _authors(article: Element) -> tuple[Author, ...]:
    return tuple(
        Author(
            family=text_of(author.find("LastName")),
            given=text_of(author.find("ForeName")) or text_of(author.find("Initials")),
            collective=text_of(author.find("CollectiveName")),
            orcid=_orcid(author),
            affiliations=_texts(author, "AffiliationInfo/Affiliation"),
        )
        for authors in article.findall("AuthorList")
        if authors.get("Type", "authors") == "authors"
        for author in authors.findall("Author")
        if author.get("ValidYN", "Y") == "Y"
    )


def _orcid(author: Element) -> str:
    for identifier in author.findall("Identifier"):
        if identifier.get("Source") == "ORCID":
            digits = "".join(c for c in (identifier.text or "").rsplit("/", 1)[-1].upper() if c.isdigit() or c == "X")
            if len(digits) == 16:
                return "-".join(digits[start : start + 4] for start in range(0, 16, 4))
    return ""


def _identifiers(pmid: str, citation: Element, article: Element, history: Element | None) -> Identifiers:
    own: dict[str, str] = {}
    # Only the list's own children: ReferenceList holds other articles' ids under the same names.
    for container in (history, citation):
        listed = () if container is None else container.findall("ArticleIdList/ArticleId")
        for identifier in listed:
            own.setdefault(identifier.get("IdType", ""), (identifier.text or "").strip())
    for location in article.findall("ELocationID"):
        if location.get("ValidYN", "Y") == "Y":
            own.setdefault(location.get("EIdType", ""), (location.text or "").strip())
    numbers = (
        normalise_registration(n.text or "") for n in article.iterfind("DataBankList/DataBank/*/AccessionNumber")
    )
    named = {"doi", "pubmed", "pmc", ""}
    return Identifiers(
        doi=normalise_doi(own.get("doi", "")),
        pmid=pmid,
        pmcid=normalise_pmcid(own.get("pmc", "")),
        registrations=tuple(dict.fromkeys(filter(None, numbers))),
        other=tuple(f"{kind}:{value}" for kind, value in own.items() if kind not in named and value),
    )


def _date(element: Element | None) -> PartialDate | None:
    if element is None:
        return None
    medline = text_of(element.find("MedlineDate"))
    year = text_of(element.find("Year"))
    if medline or not year.isdigit():
        return parse_date(medline or text_of(element))
    month = text_of(element.find("Month"))
    season = text_of(element.find("Season"))
    number = int(month) if month.isdigit() else MONTHS.get(month[:3].lower(), 0)
    day = text_of(element.find("Day"))
    return make_date(int(year), number, int(day) if day.isdigit() else 0, raw=f"{season} {year}" if season else "")


def _published(article: Element, issue: Element | None, history: Element | None) -> PartialDate | None:
    """The earliest of electronic date and issue date; a full date counts before one that is known to the year only."""
    candidates = [_date(article.find("ArticleDate")), _date(article.find("ContributionDate"))]
    candidates.append(_date(None if issue is None else issue.find("PubDate")) or _date(article.find("Book/PubDate")))
    dates = [date for date in candidates if date]
    if not dates and history is not None:
        dates = [date for date in (_date(x) for x in history.findall("History/PubMedPubDate")) if date]
    return min(dates, key=lambda date: (date.year, date.month or 13, date.day or 32)) if dates else None


def _journal_title(citation: Element, journal: Element | None) -> str:
    title = "" if journal is None else text_of(journal.find("Title"))
    return title or text_of(citation.find("MedlineJournalInfo/MedlineTA"))


def _issns(citation: Element, journal: Element | None) -> tuple[str, ...]:
    own = () if journal is None else _texts(journal, "ISSN")
    return tuple(dict.fromkeys((*own, *_texts(citation, "MedlineJournalInfo/ISSNLinking"))))


def _pages(article: Element) -> str:
    pages = text_of(article.find("Pagination/MedlinePgn"))
    if pages:
        return pages
    start, end = text_of(article.find("Pagination/StartPage")), text_of(article.find("Pagination/EndPage"))
    return "-".join(filter(None, (start, end)))


def _mesh(heading: Element) -> Iterator[str]:
    descriptor = text_of(heading.find("DescriptorName"))
    qualifiers = _texts(heading, "QualifierName")
    yield from (f"{descriptor}/{qualifier}" for qualifier in qualifiers) if qualifiers else (descriptor,)


def _relations(citation: Element) -> tuple[Relation, ...]:
    found = []
    for link in citation.findall("CommentsCorrectionsList/CommentsCorrections"):
        kind = RELATIONS.get(link.get("RefType", ""))
        if kind:
            pmid = normalise_pmid(link.findtext("PMID") or "")
            found.append(
                Relation(type=kind, target=f"pmid:{pmid}" if pmid else "", raw=text_of(link.find("RefSource")))
            )
    return tuple(found)


def _status(types: tuple[str, ...], relations: tuple[Relation, ...]) -> PublicationStatus:
    """What the record says of itself; a notice is about another record and stands."""
    related = {relation.type for relation in relations}
    if RETRACTED in types or RelationType.RETRACTED_BY in related:
        return PublicationStatus.RETRACTED
    if RelationType.CONCERN_RAISED_BY in related:
        return PublicationStatus.CONCERN
    if RelationType.CORRECTED_BY in related:
        return PublicationStatus.CORRECTED
    return PublicationStatus.CURRENT


def _funding(article: Element) -> tuple[Funding, ...]:
    return tuple(
        Funding(
            agency=text_of(grant.find("Agency")),
            grant_id=text_of(grant.find("GrantID")),
            country=text_of(grant.find("Country")),
        )
        for grant in article.findall("GrantList/Grant")
    )


def _cited(citation: Element, history: Element | None) -> tuple[str, ...]:
    found: list[str] = []
    for link in citation.findall("CommentsCorrectionsList/CommentsCorrections"):
        if link.get("RefType") == "Cites":
            found.append(f"pmid:{normalise_pmid(link.findtext('PMID') or '')}")
    references = () if history is None else history.iterfind(".//ReferenceList//ArticleId")
    for identifier in references:
        text = (identifier.text or "").strip()
        if identifier.get("IdType") == "pubmed":
            found.append(f"pmid:{normalise_pmid(text)}")
        elif identifier.get("IdType") == "doi":
            found.append(f"doi:{normalise_doi(text)}")
    return tuple(key for key in dict.fromkeys(found) if not key.endswith(":"))
