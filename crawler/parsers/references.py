"""References as other programs hold them: one way from their fields to a record, whatever the file's format."""

from __future__ import annotations

import hashlib
import re
from typing import Final

import msgspec

from crawler.items import Fetched, Item, Payload, Rejected
from crawler.parsers.marks import is_notice, marks_retraction, title_and_status
from crawler.parsers.pubmed_tables import KINDS
from library.standing import GRAVITY
from records.dates import first_read, parse_date
from records.identifiers import (
    Identifiers,
    find_pmids,
    find_registrations,
    normalise_doi,
    normalise_pmcid,
    normalise_pmid,
    normalise_registration,
    unread,
)
from records.notices import notice_of
from records.record import Author, Funding, Kind, PublicationStatus, Record, Relation, RelationType, Section
from records.trial import Trial

_STATED_KIND: Final = re.compile(r"\bKind: (\w+)")
_STATED_NUMBERS: Final = re.compile(r"\bRegistered as ([^\s;]+(?:; [^\s;]+)*)")
_PUBMED: Final = re.compile(r"\b(?:pubmed|medline|nlm)\b", re.IGNORECASE)
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
    **{name.lower(): kind for name, kind in KINDS.items()},
    "news": Kind.PRESS,
    "newspaper article": Kind.PRESS,
    "book chapter": Kind.BOOK,
    "erratum": Kind.NOTICE,
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
    """The record of an entry; it is known by its first identifier, else by how it is cited."""
    identifiers = Identifiers(
        doi=normalise_doi(reference.doi),
        pmid=normalise_pmid(reference.pmid),
        pmcid=normalise_pmcid(reference.pmcid) if reference.pmcid else "",
        registrations=_registrations(reference),
        other=reference.other_ids,
        unread=unread(("doi", reference.doi), ("pmid", reference.pmid), ("pmcid", reference.pmcid)),
    )
    kind = _kind(reference, identifiers)
    title, told = title_and_status(" ".join(reference.title.split()), kind, reference.relations)
    return Record(
        source=source,
        source_id=_name(reference, identifiers, title),
        kind=kind,
        title=title,
        alternative_titles=reference.alternative_titles,
        abstract=reference.abstract,
        body=reference.body,
        authors=reference.authors,
        identifiers=identifiers,
        published=first_read((parse_date(reference.date), parse_date(reference.year))),
        container_title=reference.container_title,
        issn=reference.issn,
        volume=reference.volume,
        issue=reference.issue,
        pages=reference.pages,
        publisher=reference.publisher,
        languages=reference.languages,
        # Where a record has none, our exports write its kind.
        publication_types=tuple(t for t in reference.publication_types if t != _stated_kind(reference.notes)),
        mesh_headings=reference.mesh_headings,
        keywords=reference.keywords,
        relations=_relations(reference, kind),
        funding=reference.funding,
        licence=reference.licence,
        status=_status(reference, told),
        trial=reference.trial,
        url=reference.url,
    )


def reference_item(reference: Reference, source: str, payload: Payload, *, what: str, where: str = "") -> Item:
    """An entry with what it was read from; one that has nothing to read is rejected."""
    if not reference.title and not reference.abstract:
        reason = f"the {what} has neither title nor abstract"
        return Rejected(source=source, reason=f"{where}: {reason}" if where else reason, payload=payload)
    return Fetched(record=make_record(reference, source), payload=payload, partial=True)


def accession(number: str, database: str, *, notes: str = "", links: str = "") -> tuple[str, tuple[str, ...]]:
    """The PMID that an accession number is, or the number as another identifier: ``embase:2099999999``.

    Args:
        number: As written.
        database: Names of the database and its provider, as far as they are given.
        notes: Our own exports write PMIDs alone there.
        links: Addresses of the entry; PubMed's names the number.
    """
    pmid = normalise_pmid(number)
    other_database = re.search("embase", database, re.IGNORECASE)
    own = not database.strip() and _stated_kind(notes) is not None
    if pmid and (own or pmid in find_pmids(links) or (_PUBMED.search(database) and not other_database)):
        return pmid, ()
    scheme = "-".join(re.findall(r"\w+", database.casefold())) or "accession"
    return "", (f"{scheme}:{number}",) if number and not find_registrations(number) else ()


def listed(text: str) -> tuple[str, ...]:
    """Several values in one string: divided by semicolons, or by commas where there are none."""
    parts = (part.strip() for part in text.split(";" if ";" in text else ","))
    return tuple(dict.fromkeys(filter(None, parts)))


def _registrations(reference: Reference) -> tuple[str, ...]:
    """Those that are known, and any that our own exports name."""
    stated = _STATED_NUMBERS.search(reference.notes) if _stated_kind(reference.notes) else None
    own = [number.rstrip(".;") for number in stated[1].split()] if stated else []
    known = [normalise_registration(number) or number for number in own if re.search(r"\d", number)]
    return tuple(dict.fromkeys((*known, *find_registrations(reference.registrations))))


def _name(reference: Reference, identifiers: Identifiers, title: str) -> str:
    """An identifier where there is one, else a hash of what a citation has: importing again meets the same record."""
    keys = identifiers.keys()
    if keys:
        return keys[0]
    text = title or " ".join(part.text for part in reference.abstract)
    first = next(iter(reference.authors), Author())
    cited = (text, reference.year or reference.date[:4], reference.container_title, first.family or first.collective)
    words = " ".join(re.findall(r"\w+", " | ".join(cited).casefold()))
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def plain_section(text: str) -> tuple[Section, ...]:
    """An abstract without sections."""
    cleaned = " ".join(text.split())
    return (Section(text=cleaned),) if cleaned else ()


def _status(reference: Reference, told: PublicationStatus) -> PublicationStatus:
    """The gravest of what is said: by title and links (``told``), by a field, a publication type or a note."""
    said = [told, reference.status or told, _stated_status(reference.notes) or told]
    if any(map(marks_retraction, reference.publication_types)):
        said.append(PublicationStatus.RETRACTED)
    return max(said, key=GRAVITY.__getitem__)


def _stated_status(notes: str) -> PublicationStatus | None:
    """What a note of our own exports says."""
    stated = _STATED_STATUS.search(notes)
    return PublicationStatus(stated[1]) if stated and stated[1] in set(PublicationStatus) else None


def _stated_kind(notes: str) -> Kind | None:
    stated = _STATED_KIND.search(notes)
    return Kind(stated[1]) if stated and stated[1] in set(Kind) else None


def _kind(reference: Reference, identifiers: Identifiers) -> Kind:
    """What our notes say, else the entry's type; what would be an article is a notice if its title says so."""
    stated = _stated_kind(reference.notes)
    if stated:
        return stated
    kind = _typed_kind(reference, identifiers)
    return Kind.NOTICE if kind is Kind.ARTICLE and _titled_notice(reference) else kind


def _titled_notice(reference: Reference) -> tuple[RelationType, str] | None:
    """What a title says that a notice does; "Retracted: …" may as well be the paper's, and so is what is retracted."""
    title = " ".join(reference.title.split())
    types = {relation.type for relation in reference.relations}
    is_retracted = RelationType.RETRACTED_BY in types or any(map(marks_retraction, reference.publication_types))
    return None if is_retracted or title.casefold().startswith("retracted") else notice_of(title)


def _relations(reference: Reference, kind: Kind) -> tuple[Relation, ...]:
    """The links of the entry; of a notice that has none, what its title names."""
    titled = _titled_notice(reference) if kind is Kind.NOTICE and not is_notice(reference.relations) else None
    told = (Relation(type=titled[0], target="", raw=titled[1]),) if titled else ()
    return (*reference.relations, *told)


def _typed_kind(reference: Reference, identifiers: Identifiers) -> Kind:
    for name in reference.publication_types:
        if name.lower() in _TYPES_OF_KIND:
            return _TYPES_OF_KIND[name.lower()]
    if is_notice(reference.relations):
        return Kind.NOTICE
    if reference.kind is not None:
        return reference.kind
    only_registered = identifiers.registrations and not (identifiers.doi or identifiers.pmid)
    return Kind.REGISTRATION if only_registered else Kind.ARTICLE
