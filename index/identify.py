"""Identifiers in what is asked and in what is indexed: DOI, PMID, PMCID, trial registration number."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from records.identifiers import (
    find_dois,
    find_pmids,
    find_registrations,
    is_identifier,
    normalise_doi,
    normalise_pmcid,
    normalise_pmid,
    normalise_registration,
)
from records.record import Record

BEARING: Final = ("doi", "pmcid", "pmid", "registration")
"""The fields of what a record itself bears; a relation's target begins with one of them."""
_PMID: Final = re.compile(r"(?:PMID:?\s*)?(\d{7,8})", re.IGNORECASE)
"""Shorter numbers are as well a dose, a date or a page."""
_PMCID: Final = re.compile(r"\bPMC\d{5,9}\b")
_LINK: Final = re.compile(
    r"(?:https?://)?(?:[\w-]+\.)*(?:doi\.org|pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/(?:pubmed|pmc)"
    r"|pmc\.ncbi\.nlm\.nih\.gov|clinicaltrials\.gov)/\S+",
    re.IGNORECASE,
)
"""Where works are shown by their numbers."""


def identifier_of(text: str) -> str:
    """The identifier that a text is and nothing else, normalised and without its scheme; else ``""``.

    A link to a DOI, to PubMed, PubMed Central or ClinicalTrials.gov is the one number that stands in it.
    """
    text = text.strip()
    if _LINK.fullmatch(text):
        found = {normalise_doi(text), *find_pmids(text), *_PMCID.findall(text), *find_registrations(text)} - {""}
        return found.pop() if len(found) == 1 else ""
    if number := _PMID.fullmatch(text):
        return normalise_pmid(number[1])
    if not is_identifier(text):
        return ""
    return normalise_registration(text) or normalise_pmcid(text) or normalise_doi(text)


def mentioned(record: Record, texts: Iterable[str]) -> tuple[str, ...]:
    """The identifiers that a record bears, links to or names in its texts, each once, without schemes."""
    ids = record.identifiers
    found = [ids.doi, ids.pmid, ids.pmcid, *ids.registrations]
    linked = (relation.target.partition(":") for relation in record.relations)
    found += [value for scheme, _, value in linked if scheme in BEARING]
    for text in texts:
        found += [*find_dois(text), *find_pmids(text), *find_registrations(text)]
        found += _PMCID.findall(text) if "PMC" in text else ()
    return tuple(dict.fromkeys(filter(None, found)))
