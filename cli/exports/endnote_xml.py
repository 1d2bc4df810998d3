"""EndNote XML, as EndNote, Zotero and Mendeley exchange it. Names follow EndNote's ``RSXML`` document type."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Final
from xml.etree.ElementTree import Element, SubElement, tostring

from cli.exports import honest_title, one_line, warnings
from records.record import Author, Kind, Record

NAME: Final = "endnote-xml"
DESCRIPTION: Final = "EndNote XML"
SUFFIX: Final = ".xml"

TYPES: Final = {
    Kind.ARTICLE: ("Journal Article", "17"),
    Kind.BOOK: ("Book", "6"),
    Kind.NOTICE: ("Journal Article", "17"),
    Kind.PREPRINT: ("Unpublished Work", "34"),
    Kind.PRESS: ("Newspaper Article", "23"),
    Kind.REGISTRATION: ("Generic", "13"),
}


def write(records: Iterable[Record], stream: IO[str]) -> int:
    """Write one document, a record at a time."""
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n<xml><records>\n')
    count = 0
    for count, record in enumerate(records, start=1):
        stream.write(tostring(_record(record, count), encoding="unicode") + "\n")
    stream.write("</records></xml>\n")
    return count


def _record(record: Record, number: int) -> Element:
    root = Element("record")
    name, code = TYPES[record.kind]
    ids, date = record.identifiers, record.published
    _add(root, "source-app", "Cordwatch", name="Cordwatch")
    _add(root, "rec-number", str(number))
    _add(root, "ref-type", code, name=name)
    _list(root, ("contributors", "authors"), "author", [_name(author) for author in record.authors])
    titles = SubElement(root, "titles")
    _add(titles, "title", honest_title(record))
    _add(titles, "secondary-title", record.container_title)
    if record.container_title:
        _add(SubElement(root, "periodical"), "full-title", record.container_title)
    for tag, value in (("pages", record.pages), ("volume", record.volume), ("number", record.issue)):
        _add(root, tag, value)
    _list(root, ("keywords",), "keyword", [*record.keywords, *record.mesh_headings])
    if date:
        dates = SubElement(root, "dates")
        _add(dates, "year", str(date.year))
        _add(SubElement(dates, "pub-dates"), "date", date.iso())
    _add(root, "publisher", record.publisher)
    _add(root, "isbn", "; ".join(record.issn))
    _add(root, "accession-num", ids.pmid or "; ".join(ids.registrations))
    _add(root, "electronic-resource-num", ids.doi)
    _add(root, "remote-database-name", "PubMed" if ids.pmid else "")
    _add(root, "custom2", ids.pmcid)
    _add(root, "abstract", record.text_of("abstract"))
    _add(root, "notes", ". ".join(warnings(record)))
    _add(root, "work-type", "; ".join(record.publication_types) or record.kind.value)
    _list(root, ("urls", "related-urls"), "url", [record.url] if record.url else [])
    _add(root, "language", "; ".join(record.languages))
    return root


def _name(author: Author) -> str:
    """``Family, Given``; a comma at its end marks a group's name."""
    if author.collective:
        return f"{author.collective},"
    return ", ".join(part for part in (author.family, author.given) if part)


def _list(parent: Element, path: tuple[str, ...], tag: str, values: list[str]) -> None:
    if values:
        for step in path:
            parent = SubElement(parent, step)
        for value in values:
            _add(parent, tag, value)


def _add(parent: Element, tag: str, text: str, **attributes: str) -> None:
    cleaned = one_line(text)
    if cleaned:
        SubElement(parent, tag, attributes).text = cleaned
