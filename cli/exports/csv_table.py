"""CSV: one row a record, for spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import IO, Final

from cli.exports import honest_title, warnings
from records.record import Record

NAME: Final = "csv"
DESCRIPTION: Final = "Comma-separated values, one row a record; imports back"
SUFFIX: Final = ".csv"
COLUMNS: Final = (
    "uid",
    "kind",
    "status",
    "title",
    "authors",
    "container_title",
    "published",
    "volume",
    "issue",
    "pages",
    "doi",
    "pmid",
    "pmcid",
    "registrations",
    "publication_types",
    "mesh_headings",
    "keywords",
    "url",
    "abstract",
    "notes",
)


def write(records: Iterable[Record], stream: IO[str]) -> int:
    """Write a heading and one row a record; several values in a cell are divided by ``; ``."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    count = 0
    for count, record in enumerate(records, start=1):  # noqa: B007 - the count is the answer
        writer.writerow([guard(cell) for cell in _row(record)])
    return count


def guard(cell: str) -> str:
    """Keep spreadsheets from running a cell as a formula (OWASP, CSV injection)."""
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _row(record: Record) -> list[str]:
    ids = record.identifiers
    return [
        record.uid,
        record.kind,
        record.status,
        honest_title(record),
        "; ".join(author.name() for author in record.authors),
        record.container_title,
        record.published.iso() if record.published else "",
        record.volume,
        record.issue,
        record.pages,
        ids.doi,
        ids.pmid,
        ids.pmcid,
        "; ".join(ids.registrations),
        "; ".join(record.publication_types),
        "; ".join(record.mesh_headings),
        "; ".join(record.keywords),
        record.url,
        record.text_of("abstract"),
        ". ".join(warnings(record)),
    ]
