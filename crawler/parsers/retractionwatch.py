"""The Retraction Watch data in CSV, as Crossref publishes them: rows about notices → one record a paper.

A paper has a row for each notice about it (correction, expression of concern, retraction, reinstatement), anywhere in
the file; rows are brought together in a temporary file, so that memory stays the same whatever the length.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import groupby
from types import TracebackType
from typing import BinaryIO, Final, Self

import msgspec

from crawler.items import Fetched, Payload, Rejected
from crawler.parsers.json_tree import clean_text
from records.dates import PartialDate, make_date, parse_date
from records.errors import ParseError
from records.identifiers import Identifiers, doi_url, normalise_doi, normalise_pmid, unread
from records.record import Author, Kind, PublicationStatus, Record, Relation, RelationType

SOURCE: Final = "retractionwatch"
COLUMNS: Final = (
    *("Record ID", "Title", "Subject", "Journal", "Publisher", "Author", "ArticleType", "RetractionDate"),
    *("RetractionDOI", "RetractionPubMedID", "OriginalPaperDate", "OriginalPaperDOI", "OriginalPaperPubMedID"),
    *("RetractionNature", "Reason"),
)
"""The columns that must be there; the file has more."""
Row = Mapping[str, str]
_RELATIONS: Final = {
    "correction": RelationType.CORRECTED_BY,
    "expression of concern": RelationType.CONCERN_RAISED_BY,
    "reinstatement": RelationType.UPDATED_BY,
    "retraction": RelationType.RETRACTED_BY,
}
_REINSTATED: Final = "reinstatement"
_SLASHED: Final = re.compile(r"^(\d{1,2})/(\d{1,2})/(\d{4})(?:\s.*)?$")
_FLOAT: Final = re.compile(r"^(\d+)\.0*$")
_MEDIA_TYPE: Final = "text/csv"


class Papers:
    """All papers of a file; a context manager that holds a temporary file.

    Args:
        stream: The CSV; it is read to its end.
        where: Its name, for messages and payloads.

    Raises:
        ParseError: It is something else, or it is cut short.
    """

    def __init__(self, stream: BinaryIO, *, where: str = "") -> None:
        self._where = where
        self._rows = sqlite3.connect("")  # a temporary file that SQLite removes by itself
        with ExitStack() as unless_read:
            unless_read.callback(self._rows.close)
            self._rows.execute("CREATE TABLE rows (paper TEXT, line INTEGER, cells TEXT)")
            self._rows.executemany("INSERT INTO rows VALUES (?, ?, ?)", self._read(stream))
            self._rows.execute("CREATE INDEX by_paper ON rows (paper, line)")
            unless_read.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rows.close()

    def __iter__(self) -> Iterator[Fetched | Rejected]:
        """Every paper with its rows, or what is wrong with it, in the order of identifiers."""
        ordered = self._rows.execute("SELECT paper, cells FROM rows ORDER BY paper, line")
        for paper, rows in groupby(ordered, key=lambda row: row[0]):
            cells = [json.loads(cells) for _, cells in rows]
            content = json.dumps(cells, ensure_ascii=False).encode()
            payload = Payload(content=content, media_type=_MEDIA_TYPE, url=self._where)
            try:
                yield Fetched(record=paper_record([self._row(row) for row in cells]), payload=payload)
            except ParseError as error:
                yield Rejected(source=SOURCE, reason=str(error), payload=payload, source_id=paper)

    def _row(self, cells: Sequence[str]) -> Row:
        if len(cells) != len(self._heading):
            raise ParseError(f"a row of {len(cells)} cells instead of {len(self._heading)}")
        return dict(zip(self._heading, cells, strict=True))

    def _read(self, stream: BinaryIO) -> Iterator[tuple[str, int, str]]:
        """``(paper, line, cells)`` of every row; one with too many or too few cells is a paper of its own."""
        csv.field_size_limit(16 * 2**20)
        lines = _Lines(stream)
        reader = csv.reader(lines)
        whole = True
        try:
            self._heading = [name.strip() for name in next(reader, [])]
            missing = [name for name in COLUMNS if name not in self._heading]
            if missing:
                raise ParseError(f"no Retraction Watch data: there is no column {missing[0]!r}", where=self._where)
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                whole = len(cells) == len(self._heading)
                paper = _name(self._row(cells)) if whole else f"line:{reader.line_num}"
                yield paper, reader.line_num, json.dumps(cells)
        except csv.Error as error:
            raise ParseError(f"line {reader.line_num}: {error}", where=self._where) from error
        if not (whole and lines.ended):
            raise ParseError("the file is cut short: its last row is not whole", where=self._where)


class _Lines:
    """Lines of text; each by itself UTF-8 or, where it is not, Windows-1252: the file has grown for years."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.ended = True

    def __iter__(self) -> Iterator[str]:
        for number, line in enumerate(self._stream):
            self.ended = line.endswith(b"\n")
            yield _decoded(line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line).replace("\0", "")


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def paper_record(rows: Sequence[Row]) -> Record:
    """The record of a paper from all rows about it.

    Raises:
        ParseError: There is no title, or no kind of notice that is known.
    """
    ordered = sorted(rows, key=_day)
    newest = ordered[-1]
    where = f"record {newest['Record ID'].strip()}"
    title = _clean(newest["Title"])
    if not title:
        raise ParseError("there is no title", where=where)
    relations = tuple(dict.fromkeys(filter(None, map(_relation, ordered))))
    if not relations:
        raise ParseError(f"RetractionNature {newest['RetractionNature']!r} says nothing known", where=where)
    doi = next(filter(None, (normalise_doi(row["OriginalPaperDOI"]) for row in reversed(ordered))), "")
    pmid = next(filter(None, (_pmid(row["OriginalPaperPubMedID"]) for row in reversed(ordered))), "")
    types = _several(newest["ArticleType"])
    return Record(
        source=SOURCE,
        source_id=_name(newest),
        kind=_kind(types),
        title=title,
        authors=tuple(Author(family=name) for name in _several(newest["Author"])),
        identifiers=Identifiers(
            doi=doi, pmid=pmid, unread=unread(*(("doi", row["OriginalPaperDOI"]) for row in ordered))
        ),
        published=date_of(newest["OriginalPaperDate"]),
        container_title=_clean(newest["Journal"]),
        publisher=_clean(newest["Publisher"]),
        publication_types=types,
        keywords=_several(newest["Subject"]),
        status=_status(ordered),
        relations=relations,
        url=doi_url(doi) if doi else f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if pmid else "",
    )


def date_of(raw: str) -> PartialDate | None:
    """``7/12/2023 0:00`` (month first, unless that is no month) or an ISO date."""
    match = _SLASHED.match(raw.strip())
    if not match:
        return parse_date(raw)
    month, day, year = (int(part) for part in match.groups())
    date = make_date(year, day, month) if month > 12 >= day else make_date(year, month, day)
    return msgspec.structs.replace(date, raw=raw.strip()) if date and date.raw else date


def _name(row: Row) -> str:
    """What the rows of one paper have in common."""
    doi, pmid = normalise_doi(row["OriginalPaperDOI"]), _pmid(row["OriginalPaperPubMedID"])
    return f"doi:{doi}" if doi else f"pmid:{pmid}" if pmid else f"record:{row['Record ID'].strip()}"


def _pmid(raw: str) -> str:
    """Spreadsheets have made floats of PMIDs, and zeros of what is not there."""
    match = _FLOAT.match(raw.strip())
    return normalise_pmid(match[1] if match else raw)


def _relation(row: Row) -> Relation | None:
    nature = _nature(row)
    type_ = _RELATIONS.get(nature)
    if type_ is None:
        return None
    doi, pmid = normalise_doi(row["RetractionDOI"]), _pmid(row["RetractionPubMedID"])
    date = date_of(row["RetractionDate"])
    when = "" if date is None else date.iso() or date.raw
    said = ", ".join(filter(None, (nature.capitalize(), when)))
    reasons = "; ".join(reason.lstrip("+") for reason in _several(row["Reason"]))
    target = f"doi:{doi}" if doi else f"pmid:{pmid}" if pmid else ""
    return Relation(type=type_, target=target, raw=f"{said}: {reasons}" if reasons else said)


def _status(ordered: Sequence[Row]) -> PublicationStatus:
    """What the notices come to; a reinstatement takes back what came before it."""
    natures = [_nature(row) for row in ordered]
    if _REINSTATED in natures:
        natures = natures[len(natures) - natures[::-1].index(_REINSTATED) :]
    for nature, status in (
        ("retraction", PublicationStatus.RETRACTED),
        ("expression of concern", PublicationStatus.CONCERN),
        ("correction", PublicationStatus.CORRECTED),
    ):
        if nature in natures:
            return status
    return PublicationStatus.CURRENT


def _nature(row: Row) -> str:
    return " ".join(row["RetractionNature"].lower().split())


def _day(row: Row) -> int:
    date = date_of(row["RetractionDate"])
    return date.ordinal() if date else dt.date.min.toordinal()


def _kind(types: Sequence[str]) -> Kind:
    named = {name.lower() for name in types}
    if "preprint" in named:
        return Kind.PREPRINT
    return Kind.BOOK if any(name.startswith("book") for name in named) else Kind.ARTICLE


def _several(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(_clean, text.split(";")))))


def _clean(text: str) -> str:
    return " ".join(clean_text(text).split())
