"""Europe PMC's search answers in JSON, ``core`` or ``lite`` → records (Europe PMC Articles RESTful API).

Its publication types and links are PubMed's, in other spellings: what follows from them is decided as for PubMed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from crawler.items import Fetched, Payload, Rejected
from crawler.parsers.json_tree import Node, decode_as
from crawler.parsers.marks import unmarked
from crawler.parsers.markup import abstract_sections, plain_text
from crawler.parsers.orcid import orcid_of
from crawler.parsers.pages import Page
from crawler.parsers.pubmed_links import Links, kind_of, status_of
from crawler.parsers.pubmed_tables import KINDS, RELATIONS, RETRACTED
from records.dates import PartialDate, parse_date
from records.errors import ParseError
from records.identifiers import Identifiers, find_dois, normalise_doi, normalise_pmcid, normalise_pmid, unread
from records.record import Author, Funding, Kind, PublicationStatus, Record, Relation, RelationType

SOURCE: Final = "europepmc"
READER_URL: Final = "https://europepmc.org/article/"
_CODES: Final = {code.lower(): code for code in RELATIONS}
_TYPES: Final = {name.lower(): name for name in (*KINDS, RETRACTED)}
_WITHDRAWN: Final = re.compile(r"withdraw|removal|\bremoved\b", re.IGNORECASE)
_PREPRINT_LINKS: Final = {"preprintof": RelationType.PREPRINT_OF, "preprintin": RelationType.HAS_PREPRINT}
_FREE: Final = frozenset({"F", "OA"})
_ISSN: Final = re.compile(r"\b\d{4}-\d{3}[\dXx]\b")
_END: Final = "*"
"""Where a cursor begins; as the next one it leads to the beginning again."""


class _Results(msgspec.Struct):
    result: list[msgspec.Raw] = []


class _RawPage(msgspec.Struct, rename="camel"):
    result_list: _Results
    hit_count: int
    next_cursor_mark: str | None = None


def parse_page(content: bytes, *, url: str = "") -> Page:
    """An answer of ``/search``; a result that cannot be read is rejected alone.

    Raises:
        ParseError: It is no answer, but an error, a page of HTML, XML.
    """
    page: _RawPage = decode_as(content, _RawPage, "Europe PMC's search")
    cursor = page.next_cursor_mark or ""
    return Page(
        items=tuple(parse_item(bytes(result), url=url) for result in page.result_list.result),
        cursor="" if cursor == _END else cursor,
        total=page.hit_count,
    )


def parse_item(content: bytes, *, url: str = "") -> Fetched | Rejected:
    """One result with its bytes, or what is wrong with it."""
    payload = Payload(content=content, media_type="application/json", url=url)
    try:
        return Fetched(record=parse_result(decode_as(content, dict[str, Any], "a result")), payload=payload)
    except ParseError as error:
        return Rejected(source=SOURCE, reason=str(error), payload=payload)


def parse_result(value: dict[str, Any]) -> Record:
    """One result as a record. Raises `ParseError` that names it and the field."""
    result = Node(value, where=f"{value.get('source', '')}:{value.get('id', '')}")
    origin, own = result.text("source"), result.text("id")
    if not origin or not own:
        raise result.wrong("id", "a source and an id", value.get("id"))
    title, mark = unmarked(plain_text(result.text("title")))
    sections = abstract_sections(result.text("abstractText"))
    if not title and not sections:
        raise result.wrong("title", "a title or an abstract", None)
    types = _types(result)
    links = _links(result)
    kind = Kind.PREPRINT if origin == "PPR" else kind_of(types, links)
    journal = result.node("journalInfo")
    return Record(
        source=SOURCE,
        source_id=f"{origin}:{own}",
        kind=kind,
        title=title,
        abstract=sections,
        authors=_authors(result),
        identifiers=_identifiers(result, origin, own),
        published=_published(result),
        revised=parse_date(result.text("dateOfRevision")),
        container_title=_container(result),
        issn=_issn(result),
        volume=journal.text("volume") or result.text("journalVolume"),
        issue=journal.text("issue") or result.text("issue"),
        pages=result.text("pageInfo"),
        publisher=result.node("bookOrReportDetails").text("publisher"),
        languages=tuple(filter(None, (result.text("language").lower(),))),
        publication_types=types,
        mesh_headings=_mesh(result),
        keywords=result.node("keywordList").texts("keyword"),
        status=mark if mark and kind is not Kind.NOTICE else _status(origin, types, links),
        publication_stage=result.text("publicationStatus"),
        relations=links.relations,
        funding=tuple(
            Funding(agency=grant.text("agency"), grant_id=grant.text("grantId"))
            for grant in result.node("grantsList").nodes("grant")
        ),
        url=f"{READER_URL}{origin}/{own}",
        full_text_urls=_full_texts(result),
        licence=result.text("license"),
    )


def _types(result: Node) -> tuple[str, ...]:
    """Publication types: a list in ``core``, a text in ``lite``; those that decide something in PubMed's spelling."""
    listed = result.node("pubTypeList").texts("pubType") or result.text("pubType").split(";")
    named = (" ".join(name.split()) for name in listed)
    return tuple(dict.fromkeys(_TYPES.get(name.lower(), name) for name in named if name))


def _links(result: Node) -> Links:
    relations, codes = [], set()
    for link in result.node("commentCorrectionList").nodes("commentCorrection"):
        spelt = "".join(link.text("type").split()).lower()
        code = _CODES.get(spelt, "")
        type_ = _PREPRINT_LINKS.get(spelt) or (RELATIONS[code] if code else None)
        raw = link.text("reference")
        if type_ is None:
            continue
        codes.add(code)
        relations.append(Relation(type=type_, target=_target(link.text("source"), link.text("id"), raw), raw=raw))
    return Links(relations=tuple(dict.fromkeys(relations)), types=frozenset(filter(None, codes)), cited=())


def _target(origin: str, own: str, raw: str) -> str:
    """The other work by an identifier that its record bears; else its page."""
    if origin == "MED" and normalise_pmid(own):
        return f"pmid:{normalise_pmid(own)}"
    if origin == "PMC" and normalise_pmcid(own):
        return f"pmcid:{normalise_pmcid(own)}"
    dois = find_dois(raw)
    if dois:
        return f"doi:{dois[0]}"
    return f"url:{READER_URL}{origin}/{own}" if origin and own else ""


def _status(origin: str, types: tuple[str, ...], links: Links) -> PublicationStatus:
    if origin == "PPR" and any(_WITHDRAWN.search(name) for name in types):
        return PublicationStatus.WITHDRAWN
    return status_of(types, links)


def _identifiers(result: Node, origin: str, own: str) -> Identifiers:
    pmcid = result.text("pmcid") or (own if origin == "PMC" else "")
    return Identifiers(
        doi=normalise_doi(result.text("doi")),
        pmid=normalise_pmid(result.text("pmid") or (own if origin == "MED" else "")),
        pmcid=normalise_pmcid(pmcid),
        other=(f"ppr:{own}",) if origin == "PPR" else (),
        unread=unread(("doi", result.text("doi")), ("pmid", result.text("pmid")), ("pmcid", pmcid)),
    )


def _authors(result: Node) -> tuple[Author, ...]:
    listed = tuple(map(_author, result.node("authorList").nodes("author")))
    return tuple(author for author in listed if author.name()) or tuple(_cited_as(result.text("authorString")))


def _author(author: Node) -> Author:
    ids = author.node("authorId")
    places = author.node("authorAffiliationDetailsList").nodes("authorAffiliation")
    family = author.text("lastName") or author.text("fullName")
    return Author(
        family="" if author.text("collectiveName") else family,
        given=(author.text("firstName") or author.text("initials")) if author.text("lastName") else "",
        collective=author.text("collectiveName"),
        orcid=orcid_of(ids.text("value")) if ids.text("type") == "ORCID" else "",
        affiliations=tuple(filter(None, (place.text("affiliation") for place in places))),
    )


def _cited_as(text: str) -> Iterator[Author]:
    """``Marsh R, Hill K.``; what does not end with initials is a name as a whole."""
    for name in filter(None, map(str.strip, text.rstrip(". ").split(","))):
        family, _, given = name.rpartition(" ")
        yield (
            Author(family=family, given=given)
            if family and given.isupper() and len(given) <= 4
            else Author(family=name)
        )


def _published(result: Node) -> PartialDate | None:
    journal = result.node("journalInfo")
    stated = (
        result.text("firstPublicationDate"),
        result.text("electronicPublicationDate"),
        journal.text("printPublicationDate"),
        journal.text("dateOfPublication"),
        result.text("pubYear"),
    )
    return next((date for date in map(parse_date, stated) if date), None)


def _container(result: Node) -> str:
    """The journal; of a preprint its server."""
    journal = result.node("journalInfo", "journal")
    book = result.node("bookOrReportDetails")
    return (
        journal.text("title") or result.text("journalTitle") or book.text("comprisingTitle") or book.text("publisher")
    )


def _issn(result: Node) -> tuple[str, ...]:
    journal = result.node("journalInfo", "journal")
    stated = " ".join((journal.text("issn"), journal.text("essn"), result.text("journalIssn")))
    return tuple(dict.fromkeys(found.upper() for found in _ISSN.findall(stated)))


def _mesh(result: Node) -> tuple[str, ...]:
    found = []
    for heading in result.node("meshHeadingList").nodes("meshHeading"):
        name = heading.text("descriptorName")
        qualifiers = heading.node("meshQualifierList").nodes("meshQualifier")
        found += [f"{name}/{qualifier.text('qualifierName')}" for qualifier in qualifiers] or [name]
    return tuple(filter(None, found))


def _full_texts(result: Node) -> tuple[str, ...]:
    """Addresses of the full text, free ones first; the DOI's own is no other way to it."""
    listed = [
        (link.text("availabilityCode") not in _FREE, link.text("url"))
        for link in result.node("fullTextUrlList").nodes("fullTextUrl")
        if link.text("site") != "DOI" and link.text("url").startswith(("http://", "https://"))
    ]
    return tuple(dict.fromkeys(url for _, url in sorted(listed, key=lambda pair: pair[0])))
