"""RIS, which every reference manager reads; written with rispy.

Tags follow the RIS specification (Research Information Systems, 2001 and the 2011 revision).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any, Final

from cli.exports import honest_title
from records.record import Author, Kind, PublicationStatus, Record

NAME: Final = "ris"
DESCRIPTION: Final = "RIS for reference managers (EndNote, Zotero, Mendeley, JabRef …)"
SUFFIX: Final = ".ris"

TYPES: Final = {
    Kind.ARTICLE: "JOUR",
    Kind.BOOK: "BOOK",
    Kind.NOTICE: "JOUR",
    Kind.PREPRINT: "UNPB",
    Kind.PRESS: "NEWS",
    Kind.REGISTRATION: "GEN",
}


def write(records: Iterable[Record], stream: IO[str]) -> int:
    """Write one entry a record, one at a time: any number fits in memory."""
    import rispy

    count = 0
    for count, record in enumerate(records, start=1):  # noqa: B007 - the count is the answer
        text = rispy.dumps([entry(record)], enforce_list_tags=False)
        # rispy numbers each list it is given; a running file wants no "1." before every entry.
        stream.write(text[text.index("TY  - ") :].rstrip("\n") + "\n\n")
    return count


def entry(record: Record) -> dict[str, Any]:
    """The record in rispy's names; what is empty is left out."""
    start, _, end = record.pages.partition("-")
    ids = record.identifiers
    fields: dict[str, Any] = {
        "type_of_reference": TYPES[record.kind],
        "id": record.uid,
        "title": _line(honest_title(record)),
        "authors": [_author(author) for author in record.authors],
        "secondary_title": _line(record.container_title),
        "year": str(record.published.year) if record.published else "",
        "date": record.published.iso().replace("-", "/") if record.published else "",
        "volume": _line(record.volume),
        "number": _line(record.issue),
        "start_page": _line(start),
        "end_page": _line(end),
        "abstract": _line(record.text_of("abstract")),
        "keywords": [_line(word) for word in (*record.keywords, *record.mesh_headings)],
        "doi": ids.doi,
        "accession_number": ids.pmid or (ids.registrations[0] if ids.registrations else ""),
        "issn": record.issn[0] if record.issn else "",
        "language": "; ".join(record.languages),
        "publisher": _line(record.publisher),
        "urls": [record.url] if record.url else [],
        "notes": _notes(record),
        "type_of_work": "; ".join(record.publication_types) or record.kind,
    }
    return {name: value for name, value in fields.items() if value}


def _notes(record: Record) -> list[str]:
    notes = [f"Kind: {record.kind}"]
    if record.status is not PublicationStatus.CURRENT:
        notes.append(f"Status: {record.status}")
    if ids := "; ".join(record.identifiers.registrations):
        notes.append(f"Registered as {ids}")
    return notes


def _author(author: Author) -> str:
    if author.collective:
        return _line(author.collective) + ","
    return _line(", ".join(part for part in (author.family, author.given) if part))


def _line(text: str) -> str:
    """RIS is a format of lines: a value must not hold a line break."""
    return " ".join(text.split())
