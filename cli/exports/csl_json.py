"""CSL-JSON, which Zotero, Pandoc and citeproc read.

https://github.com/citation-style-language/schema, ``csl-data.json``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import IO, Any, Final

from cli.exports import honest_title, one_line, warnings
from records.dates import PartialDate
from records.record import Author, Kind, Record

NAME: Final = "csl-json"
DESCRIPTION: Final = "CSL-JSON for Zotero, Pandoc and citeproc"
SUFFIX: Final = ".json"

TYPES: Final = {
    Kind.ARTICLE: "article-journal",
    Kind.BOOK: "book",
    Kind.NOTICE: "article-journal",
    Kind.PREPRINT: "article",
    Kind.PRESS: "article-newspaper",
    Kind.REGISTRATION: "document",
}
_GENRES: Final = {Kind.PREPRINT: "preprint", Kind.REGISTRATION: "trial registration", Kind.NOTICE: "notice"}


def write(records: Iterable[Record], stream: IO[str]) -> int:
    """Write one array, an item a line: any number fits in memory."""
    count = 0
    stream.write("[")
    for count, record in enumerate(records, start=1):
        stream.write(",\n" if count > 1 else "\n")
        stream.write(json.dumps(item(record), ensure_ascii=False))
    stream.write("\n]\n")
    return count


def item(record: Record) -> dict[str, Any]:
    """The record in CSL's names; what is empty is left out."""
    ids = record.identifiers
    fields: dict[str, Any] = {
        "id": record.uid,
        "type": TYPES[record.kind],
        "title": one_line(honest_title(record)),
        "author": [_name(author) for author in record.authors if author.name()],
        "issued": _date(record.published),
        "container-title": one_line(record.container_title),
        "volume": one_line(record.volume),
        "issue": one_line(record.issue),
        "page": one_line(record.pages),
        "publisher": one_line(record.publisher),
        "DOI": ids.doi,
        "PMID": ids.pmid,
        "PMCID": ids.pmcid,
        "ISSN": "; ".join(record.issn),
        "number": "; ".join(ids.registrations),
        "URL": record.url,
        "genre": _GENRES.get(record.kind, ""),
        "status": "" if record.status == "current" else record.status.value,
        "language": "; ".join(record.languages),
        "keyword": "; ".join((*record.keywords, *record.mesh_headings)),
        "note": ". ".join(warnings(record)),
        "abstract": record.text_of("abstract"),
    }
    return {name: value for name, value in fields.items() if value}


def _name(author: Author) -> dict[str, str]:
    if author.collective:
        return {"literal": one_line(author.collective)}
    orcid = f"https://orcid.org/{author.orcid}" if author.orcid else ""
    fields = (("family", author.family), ("given", author.given), ("ORCID", orcid))
    return {name: one_line(value) for name, value in fields if value}


def _date(date: PartialDate | None) -> dict[str, Any]:
    if not date:
        return {}
    return {"date-parts": [[part for part in (date.year, date.month, date.day) if part]]}
