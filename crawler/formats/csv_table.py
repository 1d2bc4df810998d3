"""CSV and TSV with named columns: exports of databases, reference managers and spreadsheets."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final, cast

from crawler.items import Item, Payload, Rejected
from crawler.parsers.references import Reference, reference_item
from crawler.parsers.table_rows import Row, columns_of, headings_of, rows_of
from records.errors import ParseError
from records.record import Author, PublicationStatus, Section

ALIASES: Final = {
    "abstract": ("abstract", "abstract note", "brief summary", "summary"),
    "authors": ("author", "authors", "author names", "creator"),
    "container_title": ("container title", "journal", "journal title", "publication title", "source title"),
    "date": ("date", "publication date", "published", "start date"),
    "document_types": ("document type",),
    "doi": ("doi",),
    "issue": ("issue", "number"),
    "keywords": ("author keywords", "keywords", "manual tags"),
    "kind": ("kind",),
    "pages": ("page", "page range", "pages"),
    "pmcid": ("pmc", "pmcid"),
    "pmid": ("pmid", "pubmed id"),
    "registrations": ("nct id", "nct number", "registration", "registrations", "trial id"),
    "retracted": ("is retracted",),
    "status": ("status",),
    "title": ("article title", "document title", "study title", "title"),
    "types": ("publication type", "publication types", "item type"),
    "uid": ("uid",),
    "url": ("link", "study url", "url"),
    "volume": ("volume",),
    "year": ("publication year", "year"),
}
"""Field → headings that mean it, in lower case, ``_`` read as a blank; alphabetical."""
_FIELDS: Final = {alias: field for field, aliases in ALIASES.items() for alias in aliases}
_YES: Final = frozenset({"true", "yes", "1"})
_PREFIX: Final = re.compile(r"^AB\s+-\s+")
_GUARD: Final = re.compile(r"^'(?=[=+@-])")
"""Before what a spreadsheet would take for a formula, as our own export writes it."""


class CsvTable:
    """A table with a heading that names a title and whatever else there is."""

    name = "csv"
    description = "CSV or TSV with named columns (Title, Abstract, DOI, PMID, NCT Number …)"

    def sniff(self, head: bytes, path: Path) -> bool:
        """By a heading with a title."""
        try:
            text = _decoder(head)
        except UnicodeDecodeError:
            return False
        first = head.decode(text, errors="replace").lstrip("\ufeff").splitlines()[:1]
        return (
            bool(first) and not first[0].lstrip().startswith(("<", "{", "[")) and "title" in _columns(first[0]).values()
        )

    def read(self, stream: BinaryIO, *, source: str, path: str) -> Iterator[Item]:
        """One record a row. A row without title and abstract is kept in quarantine."""
        head = cast(io.BufferedReader, stream).peek(65_536)
        text = io.TextIOWrapper(stream, encoding=_decoder(head), errors="replace", newline="")
        try:
            yield from _items(text, source, path)
        finally:
            text.detach()  # the stream is the caller's, who closes it


def _items(text: io.TextIOWrapper, source: str, path: str) -> Iterator[Item]:
    heading = text.readline().lstrip("\ufeff")
    columns = _columns(heading)
    if "title" not in columns.values():
        raise ParseError("the heading names no title column", where=path, hint=f"columns: {', '.join(_FIELDS)}")
    delimiter = _delimiter(heading)
    for row in rows_of(text, delimiter=delimiter, headings=columns_of(_cells(heading))):
        yield _row_item(row, columns, source, f"{path}:{row.line}")


def _decoder(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        head[: len(head) - 4 if len(head) > 1000 else None].decode("utf-8")
    except UnicodeDecodeError as error:
        # A head cut within a character is still UTF-8.
        return "utf-8" if error.start > len(head) - 8 else "cp1252"
    return "utf-8"


def _delimiter(heading: str) -> str:
    return max(",\t;|", key=heading.count)


def _cells(heading: str) -> list[str]:
    return headings_of(heading, _delimiter(heading))


def _columns(heading: str) -> dict[int, str]:
    found: dict[int, str] = {}
    for place, cell in enumerate(_cells(heading)):
        field = _FIELDS.get(" ".join(cell.strip().strip('"').lower().replace("_", " ").split()))
        if field and field not in found.values():
            found[place] = field
    return found


def _row_item(row: Row, columns: Mapping[int, str], source: str, where: str) -> Item:
    payload = Payload(content=json.dumps(row.cells, ensure_ascii=False).encode(), media_type="text/csv", url=where)
    if row.wrong:
        return Rejected(source=source, reason=row.wrong, payload=payload, incomplete=row.incomplete)
    cells = {field: _GUARD.sub("", row.cells[place].strip()) for place, field in columns.items()}
    return reference_item(_reference(cells), source, payload, what="row")


def _reference(row: Mapping[str, str]) -> Reference:
    """A row, its cells by the names of `ALIASES`."""
    is_ours = bool(row.get("uid") and row.get("kind"))
    registrations = row.get("registrations", "")
    return Reference(
        title=row.get("title", ""),
        abstract=_abstract(row),
        authors=tuple((_own_authors if is_ours else _authors)(row.get("authors", ""))),
        doi=row.get("doi", ""),
        pmid=row.get("pmid", ""),
        pmcid=row.get("pmcid", ""),
        registrations=registrations,
        date=row.get("date", ""),
        year=row.get("year", ""),
        container_title=row.get("container_title", ""),
        volume=row.get("volume", ""),
        issue=row.get("issue", ""),
        pages=row.get("pages", ""),
        publication_types=_several(f"{row.get('types', '')};{row.get('document_types', '')}"),
        keywords=_several(row.get("keywords", "")),
        status=_status(row),
        # As our other exports say it: there a number of any registry is taken whole.
        notes=f"Kind: {row.get('kind', '').lower()}" + (f". Registered as {registrations}" if is_ours else ""),
        url=row.get("url", ""),
    )


def _status(row: Mapping[str, str]) -> PublicationStatus | None:
    if row.get("retracted", "").lower() in _YES:
        return PublicationStatus.RETRACTED
    status = row.get("status", "").lower()
    return PublicationStatus(status) if status in set(PublicationStatus) else None


def _abstract(row: Mapping[str, str]) -> tuple[Section, ...]:
    text = _PREFIX.sub("", row.get("abstract", ""))
    return (Section(text=text),) if text else ()


def _several(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r"[;|]", text) if part.strip())


def _authors(text: str) -> Iterator[Author]:
    """``Family Given; …`` or, without semicolons, PubMed's ``Family GN, …``."""
    for name in re.split(r";" if ";" in text else r",\s", text):
        cleaned = name.strip().rstrip(".,")
        if cleaned and cleaned.lower() != "et al":
            family, _, given = cleaned.partition(", ") if ";" in text and ", " in cleaned else cleaned.rpartition(" ")
            yield Author(family=family or cleaned, given=given if family else "")


def _own_authors(text: str) -> Iterator[Author]:
    """``Family Given; …`` as our export writes names; one with a comma is a group's, or has a degree behind it."""
    for name in filter(None, map(str.strip, text.split(";"))):
        family, _, given = ("", "", name) if ", " in name else name.rpartition(" ")
        yield Author(family=family or name, given=given if family else "")


FORMAT: Final = CsvTable()
