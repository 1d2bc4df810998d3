"""What a PubMed record says about other works, and what follows for its kind and its status."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import msgspec
from lxml import etree

from crawler.parsers.pubmed_tables import KINDS, NOTICE_RELATIONS, PREPRINT_SERVERS, RELATIONS, RETRACTED
from crawler.parsers.xml_text import text_of
from records.identifiers import normalise_doi, normalise_pmcid, normalise_pmid, normalise_registration
from records.record import Kind, PublicationStatus, Relation, RelationType

_PREPRINT_SERVER: Final = re.compile(r"^(?:" + "|".join(map(re.escape, PREPRINT_SERVERS)) + r")\b", re.IGNORECASE)
_EUDRACT: Final = re.compile(r"^(?:EUCTR)?(\d{4}-\d{6}-\d{2})$")
_SCHEMES: Final = (("pubmed", "pmid", normalise_pmid), ("doi", "doi", normalise_doi), ("pmc", "pmcid", normalise_pmcid))


def is_preprint_server(name: str) -> bool:
    """Whether a container or a citation begins with the name of a preprint server."""
    return bool(_PREPRINT_SERVER.match(name))


class Links(msgspec.Struct, frozen=True, kw_only=True):
    """What one record says about other works."""

    relations: tuple[Relation, ...]
    types: frozenset[str]
    """PubMed's ``RefType`` codes."""
    cited: tuple[str, ...]
    """Works named by ``Cites``."""


def relations_of(listed: etree._Element | None, types: tuple[str, ...], banks: tuple[tuple[str, str], ...]) -> Links:
    """Relations from ``CommentsCorrectionsList`` and from trial registration numbers.

    Args:
        listed: The list, if there is one.
        types: Publication types: an update of a preprint is its article.
        banks: From `databank_numbers`.
    """
    relations, codes, cited = [], set(), []
    preprint = "Preprint" in types
    for link in () if listed is None else listed:
        code = link.get("RefType", "")
        pmid = next((normalise_pmid(text_of(child)) for child in link.iterchildren("PMID")), "")
        if code == "Cites":
            cited.append(f"pmid:{pmid}" if pmid else "")
            continue
        codes.add(code)
        raw = next((text_of(child) for child in link.iterchildren("RefSource")), "")
        type_ = relation_type(code, raw, preprint=preprint)
        if type_ is not None and (pmid or raw):
            relations.append(Relation(type=type_, target=f"pmid:{pmid}" if pmid else "", raw=raw))
    relations += [
        Relation(type=RelationType.REGISTERED_AS, target=f"registration:{number}")
        for bank, number in dict.fromkeys(banks)
        if not bank
    ]
    return Links(relations=tuple(relations), types=frozenset(codes), cited=tuple(filter(None, cited)))


def relation_type(code: str, raw: str, *, preprint: bool) -> RelationType | None:
    """What a ``RefType`` means; between a preprint and its article an update is more than that."""
    if code == "UpdateIn" and preprint:
        return RelationType.PREPRINT_OF
    if code == "UpdateOf" and is_preprint_server(raw):
        return RelationType.HAS_PREPRINT
    return RELATIONS.get(code)


def kind_of(types: tuple[str, ...], links: Links, *, book: bool = False) -> Kind:
    """What a record is, by its publication types; a notice also by what it says it is about."""
    named = next((KINDS[name] for name in types if name in KINDS), None)
    if named is None and links.types & NOTICE_RELATIONS:
        return Kind.NOTICE
    return named or (Kind.BOOK if book else Kind.ARTICLE)


def status_of(types: tuple[str, ...], links: Links) -> PublicationStatus:
    """What a record says of itself; a notice is about another record, and stands."""
    if RETRACTED in types or links.types & {"RetractionIn", "RetractedandRepublishedIn"}:
        return PublicationStatus.RETRACTED
    if "ExpressionOfConcernIn" in links.types:
        return PublicationStatus.CONCERN
    if links.types & {"ErratumIn", "CorrectedandRepublishedIn", "PartialRetractionIn"}:
        return PublicationStatus.CORRECTED
    return PublicationStatus.CURRENT


def databank_numbers(listed: etree._Element | None) -> tuple[tuple[str, str], ...]:
    """Accession numbers as ``(bank, number)``; the bank is empty for a trial's registration number."""
    found = []
    for bank in () if listed is None else listed:
        name = next((text_of(child) for child in bank.iterchildren("DataBankName")), "")
        for number in bank.iter("AccessionNumber"):
            found.append(_accession(name, text_of(number)))
    return tuple(dict.fromkeys(pair for pair in found if pair[1]))


def _accession(bank: str, number: str) -> tuple[str, str]:
    eudract = _EUDRACT.match(number) if bank.lower().startswith("eu") else None
    registration = f"EUCTR{eudract.group(1)}" if eudract else normalise_registration(number.replace(" ", ""))
    return ("", registration) if registration else ((bank or "databank").lower().replace(" ", "-"), number)


def cited_works(named: Iterable[str], lists: Iterable[etree._Element]) -> tuple[str, ...]:
    """One identifier for each work cited: its PMID, else its DOI, else its PMCID."""
    found = list(named)
    for references in lists:
        for ids in references.iter("ArticleIdList"):
            raw = {identifier.get("IdType"): identifier.text for identifier in ids}
            for name, scheme, normalise in _SCHEMES:
                value = normalise(raw.get(name) or "")
                if value:
                    found.append(f"{scheme}:{value}")
                    break
    return tuple(dict.fromkeys(filter(None, found)))
