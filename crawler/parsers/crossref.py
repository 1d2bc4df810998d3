"""Crossref's works in JSON → records (Crossref REST API, "API JSON format")."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from crawler.items import Fetched, Payload, Rejected
from crawler.parsers.crossref_dates import date_of, first_published
from crawler.parsers.crossref_links import kind_of, relations_of
from crawler.parsers.json_tree import Node, decode_as
from crawler.parsers.languages import three_letters
from crawler.parsers.marks import title_and_status
from crawler.parsers.markup import abstract_sections, plain_text
from crawler.parsers.orcid import orcid_of
from crawler.parsers.pages import Page
from records.errors import ParseError
from records.identifiers import Identifiers, doi_url, normalise_doi, normalise_registration, unread
from records.record import Author, Funding, Record, Relation, RelationType

SOURCE: Final = "crossref"
WORK_TYPES: Final = (
    *("journal-article", "posted-content", "proceedings-article", "book-chapter", "book", "monograph"),
    *("edited-book", "reference-book", "reference-entry", "report", "dissertation", "peer-review", "other"),
)
"""Types of things that people read; the others are parts and containers of these."""
_READABLE: Final = frozenset({"text/html", "application/pdf"})


class _Works(msgspec.Struct, rename="kebab"):
    items: list[msgspec.Raw]
    total_results: int
    next_cursor: str | None = None


class _Answer(msgspec.Struct, rename="kebab"):
    message_type: str
    message: msgspec.Raw
    status: str = ""


def parse_page(content: bytes, *, url: str = "") -> Page:
    """An answer of ``/works``, or of ``/works/DOI``; a work that cannot be read is rejected alone.

    Raises:
        ParseError: It is something else: an error, a list of journals.
    """
    answer: _Answer = decode_as(content, _Answer, "Crossref")
    if answer.message_type == "work":
        return Page(items=(parse_item(bytes(answer.message), url=url),), total=1)
    if answer.message_type != "work-list":
        said = bytes(answer.message)[:160].decode("utf-8", "replace")
        raise ParseError(f"works expected, found {answer.message_type!r}: {said}")
    works: _Works = decode_as(bytes(answer.message), _Works, "a list of works")
    return Page(
        items=tuple(parse_item(bytes(work), url=url) for work in works.items),
        cursor=works.next_cursor or "",
        total=works.total_results,
    )


def parse_item(content: bytes, *, url: str = "") -> Fetched | Rejected:
    """One work with its bytes, or what is wrong with it."""
    payload = Payload(content=content, media_type="application/json", url=url)
    doi = ""
    try:
        value = decode_as(content, dict[str, Any], "a work")
        doi = normalise_doi(str(value.get("DOI", "")))
        return Fetched(record=parse_work(value), payload=payload)
    except ParseError as error:
        return Rejected(source=SOURCE, reason=str(error), payload=payload, source_id=doi)


def parse_work(value: dict[str, Any]) -> Record:
    """One work as a record. Raises `ParseError` that names it and the field."""
    doi = normalise_doi(str(value.get("DOI", "")))
    work = Node(value, where=f"DOI {doi}" if doi else "")
    if not doi:
        raise work.wrong("DOI", "a DOI", value.get("DOI"))
    type_ = work.text("type")
    if type_ and type_ not in WORK_TYPES:
        raise ParseError(f"a {type_} is no work to read", where=f"DOI {doi}")
    sections = abstract_sections(work.text("abstract"))
    relations = relations_of(work, doi)
    registrations = _registrations(work)
    kind = kind_of(type_, relations)
    title, status = title_and_status(_title(work), kind, relations)
    if not title and not sections:
        raise work.wrong("title", "a title or an abstract", value.get("title"))
    container = work.texts("container-title") or work.texts("short-container-title")
    return Record(
        source=SOURCE,
        source_id=doi,
        kind=kind,
        title=title,
        alternative_titles=tuple(map(plain_text, work.texts("original-title"))),
        abstract=sections,
        authors=tuple(_authors(work)),
        identifiers=Identifiers(
            doi=doi, registrations=registrations, other=_other_ids(work), unread=unread(*_trial_numbers(work))
        ),
        published=first_published(work),
        revised=date_of(work.node("deposited")),
        container_title=plain_text(container[0]) if container else _institution(work),
        issn=tuple(dict.fromkeys(work.texts("ISSN"))),
        volume=work.text("volume"),
        issue=work.text("issue"),
        pages=work.text("page") or work.text("article-number"),
        publisher=work.text("publisher"),
        languages=tuple(filter(None, (three_letters(work.text("language")),))),
        publication_types=tuple(filter(None, (type_, work.text("subtype")))),
        keywords=work.texts("subject"),
        status=status,
        relations=(
            *relations,
            *(Relation(type=RelationType.REGISTERED_AS, target=f"registration:{number}") for number in registrations),
        ),
        funding=tuple(_funding(work)),
        url=doi_url(doi),
        full_text_urls=_full_texts(work),
        licence=_licence(work),
        cited=tuple(dict.fromkeys(f"doi:{cited}" for cited in _cited(work))),
    )


def _title(work: Node) -> str:
    title, subtitle = (" ".join(map(plain_text, work.texts(name)[:1])) for name in ("title", "subtitle"))
    return f"{title}: {subtitle}" if title and subtitle and subtitle.lower() not in title.lower() else title


def _authors(work: Node) -> Iterator[Author]:
    for author in work.nodes("author"):
        family = " ".join(filter(None, (author.text("family"), author.text("suffix"))))
        found = Author(
            family=family or ("" if author.text("name") else author.text("given")),
            given=author.text("given") if family else "",
            collective="" if family else author.text("name"),
            orcid=orcid_of(author.text("ORCID")),
            affiliations=tuple(filter(None, (place.text("name") for place in author.nodes("affiliation")))),
        )
        if found.name():
            yield found


def _institution(work: Node) -> str:
    """Of a preprint, its server."""
    return next((place.text("name") for place in work.nodes("institution") if place.text("name")), "")


def _registrations(work: Node) -> tuple[str, ...]:
    numbers = (normalise_registration(number) for _, number in _trial_numbers(work))
    return tuple(dict.fromkeys(filter(None, numbers)))


def _trial_numbers(work: Node) -> Iterator[tuple[str, str]]:
    for trial in work.nodes("clinical-trial-number"):
        yield "registration", trial.text("clinical-trial-number")


def _other_ids(work: Node) -> tuple[str, ...]:
    ids = [f"pii:{value}" for value in work.texts("alternative-id")]
    return tuple(dict.fromkeys(ids + [f"isbn:{value}" for value in work.texts("ISBN")]))


def _funding(work: Node) -> Iterator[Funding]:
    for funder in work.nodes("funder"):
        for award in funder.texts("award") or ("",):
            yield Funding(agency=funder.text("name"), grant_id=award)


def _full_texts(work: Node) -> tuple[str, ...]:
    """Addresses that a reader can use; those for text mining and plagiarism checks are for machines with a key."""
    listed = (
        link.text("URL")
        for link in work.nodes("link")
        if link.text("content-type") in _READABLE and link.text("intended-application") != "similarity-checking"
    )
    return tuple(dict.fromkeys(url for url in listed if url.startswith(("http://", "https://"))))


def _licence(work: Node) -> str:
    """That of the published version, else any."""
    listed = [(entry.text("content-version") != "vor", entry.text("URL")) for entry in work.nodes("license")]
    return min(listed, default=(False, ""), key=lambda entry: entry[0])[1]


def _cited(work: Node) -> Iterator[str]:
    yield from filter(None, (normalise_doi(reference.text("DOI")) for reference in work.nodes("reference")))
