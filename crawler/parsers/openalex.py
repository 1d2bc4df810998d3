"""OpenAlex's works in JSON → records (https://docs.openalex.org). Abstracts come as lists of words with positions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from crawler.items import Fetched, Payload, Rejected
from crawler.parsers.json_tree import Node, clean_text, decode_as
from crawler.parsers.languages import three_letters
from crawler.parsers.marks import unmarked
from crawler.parsers.markup import plain_text
from crawler.parsers.orcid import orcid_of
from crawler.parsers.pages import Page
from records.dates import parse_date
from records.errors import ParseError
from records.identifiers import Identifiers, normalise_doi, normalise_pmcid, normalise_pmid, unread
from records.record import Author, Funding, Kind, PublicationStatus, Record, Section

SOURCE: Final = "openalex"
MOST_WORDS: Final = 20_000
"""A longer text is no abstract."""
_KINDS: Final = {
    "book": Kind.BOOK,
    "book-chapter": Kind.BOOK,
    "erratum": Kind.NOTICE,
    "preprint": Kind.PREPRINT,
    "retraction": Kind.NOTICE,
}


class _Meta(msgspec.Struct):
    count: int
    next_cursor: str | None = None


class _RawPage(msgspec.Struct):
    meta: _Meta
    results: list[msgspec.Raw]


def parse_page(content: bytes, *, url: str = "") -> Page:
    """A list of works; one that cannot be read is rejected alone.

    Raises:
        ParseError: It is something else.
    """
    page: _RawPage = decode_as(content, _RawPage, "OpenAlex's works")
    return Page(
        items=tuple(parse_item(bytes(work), url=url) for work in page.results),
        cursor=page.meta.next_cursor or "",
        total=page.meta.count,
    )


def parse_item(content: bytes, *, url: str = "") -> Fetched | Rejected:
    """One work with its bytes, or what is wrong with it."""
    payload = Payload(content=content, media_type="application/json", url=url)
    try:
        return Fetched(record=parse_work(decode_as(content, dict[str, Any], "a work")), payload=payload)
    except ParseError as error:
        return Rejected(source=SOURCE, reason=str(error), payload=payload)


def parse_work(value: dict[str, Any]) -> Record:
    """One work as a record. Raises `ParseError` that names it and the field."""
    own = str(value.get("id") or "").rsplit("/", 1)[-1]
    work = Node(value, where=own)
    if not own.startswith("W"):
        raise work.wrong("id", "the address of a work", value.get("id"))
    title, mark = unmarked(plain_text(work.text("title") or work.text("display_name")))
    if not title:
        raise work.wrong("title", "a title", value.get("title"))
    abstract = abstract_of(work)
    kind = _KINDS.get(work.text("type"), Kind.ARTICLE)
    place, source = work.node("primary_location"), work.node("primary_location", "source")
    biblio = work.node("biblio")
    # What marks a notice is about another work.
    retracted = kind is not Kind.NOTICE and bool(work.flag("is_retracted"))
    status = PublicationStatus.RETRACTED if retracted else mark if mark and kind is not Kind.NOTICE else None
    return Record(
        source=SOURCE,
        source_id=own,
        kind=kind,
        title=title,
        abstract=(Section(text=abstract),) if abstract else (),
        authors=tuple(_authors(work)),
        identifiers=_identifiers(work, own),
        published=parse_date(work.text("publication_date") or work.text("publication_year")),
        container_title=source.text("display_name") or place.text("raw_source_name"),
        issn=source.texts("issn"),
        volume=biblio.text("volume"),
        issue=biblio.text("issue"),
        pages="-".join(dict.fromkeys(filter(None, (biblio.text("first_page"), biblio.text("last_page"))))),
        publisher=source.text("host_organization_name"),
        languages=tuple(filter(None, (three_letters(work.text("language")),))),
        publication_types=tuple(filter(None, (work.text("type"),))),
        mesh_headings=tuple(dict.fromkeys(filter(None, map(_heading, work.nodes("mesh"))))),
        keywords=tuple(filter(None, (word.text("display_name") for word in work.nodes("keywords")))),
        status=status or PublicationStatus.CURRENT,
        funding=tuple(
            Funding(agency=grant.text("funder_display_name"), grant_id=grant.text("award_id"))
            for grant in work.nodes("grants")
        ),
        url=place.text("landing_page_url") or work.text("id"),
        full_text_urls=tuple(filter(None, (work.node("open_access").text("oa_url"),))),
        licence=work.node("best_oa_location").text("license") or place.text("license"),
    )


def abstract_of(work: Node) -> str:
    """The abstract, its words put back in their places. Raises `ParseError` where the places are none."""
    index = work.node("abstract_inverted_index")
    words: dict[int, str] = {}
    for word, places in index.value.items():
        for place in places if isinstance(places, list) else [places]:
            if not isinstance(place, int) or isinstance(place, bool) or not 0 <= place < MOST_WORDS:
                raise index.wrong(word[:40], f"places below {MOST_WORDS}", places)
            words[place] = word
    return clean_text(" ".join(word for _, word in sorted(words.items())))


def _authors(work: Node) -> Iterator[Author]:
    for authorship in work.nodes("authorships"):
        author = authorship.node("author")
        name = authorship.text("raw_author_name") or author.text("display_name")
        if name:
            yield Author(
                family=name,
                orcid=orcid_of(author.text("orcid")),
                affiliations=authorship.texts("raw_affiliation_strings"),
            )


def _identifiers(work: Node, own: str) -> Identifiers:
    ids = work.node("ids")
    doi = work.text("doi") or ids.text("doi")
    pmid, pmcid = (ids.text(name).rstrip("/").rsplit("/", 1)[-1] for name in ("pmid", "pmcid"))
    return Identifiers(
        doi=normalise_doi(doi),
        pmid=normalise_pmid(pmid),
        pmcid=normalise_pmcid(pmcid) if pmcid else "",
        other=(f"openalex:{own}",),
        unread=unread(("doi", doi), ("pmid", pmid), ("pmcid", pmcid)),
    )


def _heading(mesh: Node) -> str:
    return "/".join(filter(None, (mesh.text("descriptor_name"), mesh.text("qualifier_name"))))
