"""Zotero RDF: the XML in which Zotero exports whole libraries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from lxml import etree

from crawler.items import Item, Payload
from crawler.parsers.references import ZOTERO_KINDS, Reference, plain_section, reference_item
from crawler.parsers.xml_text import text_of
from records.errors import ParseError
from records.record import Author

_NAMES: Final = {
    "bib": "http://purl.org/net/biblio#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "prism": "http://prismstandard.org/namespaces/1.2/basic/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "z": "http://www.zotero.org/namespaces/export#",
}
_RESOURCE: Final = f"{{{_NAMES['rdf']}}}resource"
_ABOUT: Final = f"{{{_NAMES['rdf']}}}about"


class ZoteroRdf:
    """A library or a collection; the whole file is held, since its parts point at each other."""

    name = "zotero-rdf"
    description = "Zotero RDF"

    def sniff(self, head: bytes, path: Path) -> bool:
        """By Zotero's own namespace."""
        return b"<rdf:RDF" in head and b"zotero.org/namespaces/export" in head

    def read(self, stream: BinaryIO, *, source: str, path: str) -> Iterator[Item]:
        """One record a reference. One without title and abstract is kept in quarantine."""
        content = stream.read()
        if b"<!ENTITY" in content:
            raise ParseError("it declares entities, which are refused", where=path)
        try:
            root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
        except etree.XMLSyntaxError as error:
            raise ParseError(f"no XML: {error}", where=path) from error
        things = {about: element for element in root if (about := element.get(_ABOUT))}
        number = 0
        for element in root:
            kind = _text(element, "z:itemType")
            if kind in ZOTERO_KINDS:
                number += 1
                yield _item(element, kind, things, source, f"{path}#{number}")


def _item(element: etree._Element, kind: str, things: dict[str, etree._Element], source: str, where: str) -> Item:
    payload = Payload(content=etree.tostring(element, with_tail=False), media_type="application/rdf+xml", url=where)
    reference = _reference(element, kind, things)
    return reference_item(reference, source, payload, what="item", where=where)


def _reference(element: etree._Element, kind: str, things: dict[str, etree._Element]) -> Reference:
    """What the item says, and what the journal or book says that it points at."""
    within = _part_of(element, things)
    numbers = [*_texts(element, "dc:identifier"), *_texts(within, "dc:identifier")]
    links = [text_of(one) for one in element.iterfind("dc:identifier/dcterms:URI/rdf:value", _NAMES)]
    notes = " ".join(_texts(element, "dc:description"))
    return Reference(
        title=_text(element, "dc:title"),
        abstract=plain_section(_text(element, "dcterms:abstract")),
        authors=tuple(_authors(element)),
        doi=_numbered(numbers, "DOI"),
        pmid=_labelled(notes, "PMID"),
        pmcid=_labelled(notes, "PMCID"),
        registrations=notes,
        date=_text(element, "dc:date"),
        container_title=_text(within, "dc:title") or _text(element, "prism:publicationName"),
        issn=tuple(_numbered([number], "ISSN") for number in numbers if number.startswith("ISSN")),
        volume=_text(within, "prism:volume"),
        issue=_text(within, "prism:number"),
        pages=_text(element, "bib:pages"),
        publisher=_text(element, "dc:publisher/foaf:Organization/foaf:name"),
        languages=tuple(_texts(element, "z:language")),
        keywords=tuple(filter(None, (text_of(one) for one in element.iterfind("dc:subject", _NAMES)))),
        kind=ZOTERO_KINDS[kind],
        notes=notes,
        url=next(iter(links), ""),
    )


def _part_of(element: etree._Element, things: dict[str, etree._Element]) -> etree._Element:
    """The journal or book of an item: within it, or elsewhere in the file."""
    place = element.find("dcterms:isPartOf", _NAMES)
    if place is None:
        return etree.Element("absent")
    return next(iter(place), things.get(place.get(_RESOURCE, ""), etree.Element("absent")))


def _authors(element: etree._Element) -> Iterator[Author]:
    for person in element.iterfind("bib:authors/rdf:Seq/rdf:li/foaf:Person", _NAMES):
        family, given = (
            _text(person, "foaf:surname"),
            _text(person, "foaf:givenName") or _text(person, "foaf:givenname"),
        )
        if family or given:
            # A single name is how Zotero keeps a group.
            yield Author(family=family, given=given) if given else Author(collective=family)


def _text(element: etree._Element, path: str) -> str:
    return text_of(element.find(path, _NAMES))


def _texts(element: etree._Element, path: str) -> list[str]:
    return [text for one in element.iterfind(path, _NAMES) if (text := text_of(one))]


def _numbered(numbers: list[str], name: str) -> str:
    """``DOI 10.…`` and ``ISSN 1234-5678`` as Zotero writes them."""
    return next((number.removeprefix(name).strip() for number in numbers if number.startswith(f"{name} ")), "")


def _labelled(notes: str, name: str) -> str:
    match = re.search(rf"\b{name}: ?(\w+)", notes)
    return match[1] if match else ""


FORMAT: Final = ZoteroRdf()
