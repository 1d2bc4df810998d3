"""References as other programs hold them: one way from their fields to a record, whatever the file's format."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Final

import msgspec

from records.dates import parse_date
from records.identifiers import (
    Identifiers,
    find_registrations,
    normalise_doi,
    normalise_pmcid,
    normalise_pmid,
)
from records.record import Author, Funding, Kind, PublicationStatus, Record, Relation, Section
from records.trial import Trial

_STATED_KIND: Final = re.compile(r"\bKind: (\w+)")
_STATED_STATUS: Final = re.compile(r"\bStatus: (\w+)")
ZOTERO_KINDS: Final = {
    "blogPost": Kind.PRESS,
    "book": Kind.BOOK,
    "bookSection": Kind.BOOK,
    "conferencePaper": Kind.ARTICLE,
    "journalArticle": Kind.ARTICLE,
    "magazineArticle": Kind.PRESS,
    "newspaperArticle": Kind.PRESS,
    "preprint": Kind.PREPRINT,
    "report": Kind.ARTICLE,
    "thesis": Kind.BOOK,
    "webpage": Kind.PRESS,
}
"""Zotero's item types; attachments, notes and whatever else is no reference have none."""
_TYPES_OF_KIND: Final = {
    **{name.lower(): kind for name, kind in ZOTERO_KINDS.items()},
    "retraction of publication": Kind.NOTICE,
    "published erratum": Kind.NOTICE,
    "expression of concern": Kind.NOTICE,
    "news": Kind.PRESS,
    "newspaper article": Kind.PRESS,
    "book chapter": Kind.BOOK,
    "clinical trial registration": Kind.REGISTRATION,
    "trial registration": Kind.REGISTRATION,
}


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a file, its values as written."""

    title: str = ""
    alternative_titles: tuple[str, ...] = ()
    abstract: tuple[Section, ...] = ()
    body: str = ""
    authors: tuple[Author, ...] = ()
    doi: str = ""
    pmid: str = ""
    pmcid: str = ""
    registrations: str = ""
    """Any text with trial registration numbers in it."""
    other_ids: tuple[str, ...] = ()
    date: str = ""
    year: str = ""
    container_title: str = ""
    issn: tuple[str, ...] = ()
    volume: str = ""
    issue: str = ""
    pages: str = ""
    publisher: str = ""
    languages: tuple[str, ...] = ()
    publication_types: tuple[str, ...] = ()
    mesh_headings: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()
    funding: tuple[Funding, ...] = ()
    licence: str = ""
    kind: Kind | None = None
    """What the format's own type says, where that is sure."""
    status: PublicationStatus | None = None
    """Where the entry says it."""
    notes: str = ""
    """Our own exports say here what an item is and whether it stands."""
    url: str = ""
    trial: Trial | None = None


def make_record(reference: Reference, source: str) -> Record:
    """The record of an entry; it is known by its first identifier, else by title and year."""
    identifiers = Identifiers(
        doi=normalise_doi(reference.doi),
        pmid=normalise_pmid(reference.pmid),
        pmcid=normalise_pmcid(reference.pmcid) if reference.pmcid else "",
        registrations=find_registrations(reference.registrations),
        other=reference.other_ids,
    )
    title, status = _title_and_status(reference)
    text = title or " ".join(part.text for part in reference.abstract)
    return Record(
        source=source,
        source_id=source_id(identifiers, text, reference.year or reference.date[:4]),
        kind=_kind(reference, identifiers),
        title=title,
        alternative_titles=reference.alternative_titles,
        abstract=reference.abstract,
        body=reference.body,
        authors=reference.authors,
        identifiers=identifiers,
        published=parse_date(reference.date) or parse_date(reference.year),
        container_title=reference.container_title,
        issn=reference.issn,
        volume=reference.volume,
        issue=reference.issue,
        pages=reference.pages,
        publisher=reference.publisher,
        languages=reference.languages,
        publication_types=reference.publication_types,
        mesh_headings=reference.mesh_headings,
        keywords=reference.keywords,
        relations=reference.relations,
        funding=reference.funding,
        licence=reference.licence,
        status=status,
        trial=reference.trial,
        url=reference.url,
    )


def source_id(identifiers: Identifiers, text: str, year: str) -> str:
    """An identifier where there is one, else a hash of title and year: importing again meets the same record."""
    keys = identifiers.keys()
    if keys:
        return keys[0]
    words = " ".join(re.findall(r"\w+", text.casefold()))
    return hashlib.sha256(f"{words} {year}".encode()).hexdigest()[:16]


def person(name: str) -> Author:
    """``Family, Given``; a comma at the end marks a group; without a comma the last word is the family name."""
    name = " ".join(name.split())
    if name.endswith(","):
        return Author(collective=name.rstrip(", "))
    if "," in name:
        family, _, given = name.partition(",")
        return Author(family=family.strip(), given=given.strip())
    given, _, family = name.rpartition(" ")
    return Author(family=family, given=given)


def persons(names: Iterable[str]) -> tuple[Author, ...]:
    """Every name that is one."""
    return tuple(person(name) for name in names if name.strip(" ,;"))


def plain_section(text: str) -> tuple[Section, ...]:
    """An abstract without sections."""
    cleaned = " ".join(text.split())
    return (Section(text=cleaned),) if cleaned else ()


def _title_and_status(reference: Reference) -> tuple[str, PublicationStatus]:
    """A title that begins ``RETRACTED:`` says how the item stands, as our own exports and PubMed's write it."""
    title = " ".join(reference.title.split())
    for status in (PublicationStatus.RETRACTED, PublicationStatus.WITHDRAWN):
        if title.upper().startswith(f"{status.upper()}:"):
            return title.split(":", 1)[1].strip(), status
    if reference.status is not None:
        return title, reference.status
    if "Retracted Publication" in reference.publication_types:
        return title, PublicationStatus.RETRACTED
    stated = _STATED_STATUS.search(reference.notes)
    known = stated is not None and stated[1] in set(PublicationStatus)
    return title, PublicationStatus(stated[1]) if stated and known else PublicationStatus.CURRENT


def _kind(reference: Reference, identifiers: Identifiers) -> Kind:
    stated = _STATED_KIND.search(reference.notes)
    if stated and stated[1] in set(Kind):
        return Kind(stated[1])
    for name in reference.publication_types:
        if name.lower() in _TYPES_OF_KIND:
            return _TYPES_OF_KIND[name.lower()]
    if reference.kind is not None:
        return reference.kind
    only_registered = identifiers.registrations and not (identifiers.doi or identifiers.pmid)
    return Kind.REGISTRATION if only_registered else Kind.ARTICLE
