"""Finds a record by what a person has at hand: a uid, a DOI, a PMID, a registration number."""

from __future__ import annotations

from library.store import Library
from library.types import StoredRecord
from records.errors import LibraryError
from records.identifiers import normalise_doi, normalise_pmcid, normalise_pmid, normalise_registration


def find(library: Library, text: str) -> StoredRecord:
    """The record that ``text`` names. Raises `LibraryError` if there is none; if several, the first uid is taken."""
    stored = library.get(text)
    if stored:
        return stored
    keys = (
        ("doi", normalise_doi(text)),
        ("registration", normalise_registration(text)),
        ("pmcid", normalise_pmcid(text) if text.upper().startswith("PMC") else ""),
        ("pmid", normalise_pmid(text.lower().removeprefix("pmid:"))),
    )
    for scheme, value in keys:
        for uid in library.find_identifier(f"{scheme}:{value}") if value else ():
            found = library.get(uid)
            if found:
                return found
    raise LibraryError(
        f"no record {text!r}", hint="give a uid as `cordwatch search` prints it, a DOI, a PMID or a registration number"
    )
