"""RIS, which every reference manager reads; written with rispy.

Tags follow the RIS specification (Research Information Systems, 2001 and the 2011 revision).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any, Final

from cli.exports import honest_title, one_line, warnings
from records.record import Author, Kind, Record

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
        "title": one_line(honest_title(record)),
        "authors": [_author(author) for author in record.authors],
        "secondary_title": one_line(record.container_title),
        "year": str(record.published.year) if record.published else "",
        "date": record.published.iso().replace("-", "/") if record.published else "",
        "volume": one_line(record.volume),
        "number": one_line(record.issue),
        "start_page": one_line(start),
        "end_page": one_line(end),
        "abstract": one_line(record.text_of("abstract")),
        "keywords": [one_line(word) for word in (*record.keywords, *record.mesh_headings)],
        "doi": ids.doi,
        "accession_number": ids.pmid or (ids.registrations[0] if ids.registrations else ""),
        "name_of_database": "PubMed" if ids.pmid else "",
        "custom2": ids.pmcid,
        "issn": record.issn[0] if record.issn else "",
        "language": "; ".join(record.languages),
        "publisher": one_line(record.publisher),
        "urls": [record.url] if record.url else [],
        "notes": warnings(record),
        "type_of_work": "; ".join(record.publication_types) or record.kind,
    }
    return {name: value for name, value in fields.items() if value}


def _author(author: Author) -> str:
    if author.collective:
        return one_line(author.collective) + ","
    return one_line(", ".join(part for part in (author.family, author.given) if part))
