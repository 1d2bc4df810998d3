"""EndNote XML, as EndNote, Zotero and Mendeley write it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from lxml import etree

from crawler.items import Item
from crawler.parsers.names import persons
from crawler.parsers.references import Reference, accession, listed, plain_section
from crawler.parsers.xml_items import reference_record, xml_items
from crawler.parsers.xml_text import text_of
from records.record import Kind

_KINDS: Final = {
    "blog": Kind.PRESS,
    "book": Kind.BOOK,
    "book section": Kind.BOOK,
    "electronic article": Kind.ARTICLE,
    "journal article": Kind.ARTICLE,
    "magazine article": Kind.PRESS,
    "newspaper article": Kind.PRESS,
    "thesis": Kind.BOOK,
    "unpublished work": Kind.PREPRINT,
    "web page": Kind.PRESS,
}


class EndnoteXml:
    """EndNote's own XML, of any length."""

    name = "endnote-xml"
    description = "EndNote XML"

    def sniff(self, head: bytes, path: Path) -> bool:
        """By its root and its first record."""
        return b"<records>" in head and b"<record>" in head

    def read(self, stream: BinaryIO, *, source: str, path: str) -> Iterator[Item]:
        """One record a ``record``. One without title and abstract, or that is broken, is kept in quarantine."""
        return xml_items(
            stream,
            "record",
            lambda record: reference_record(_reference(record), source, "record"),
            source=source,
            path=path,
            partial=True,
        )


def _reference(root: etree._Element) -> Reference:
    def text(path: str) -> str:
        return text_of(root.find(path))

    def several(path: str) -> list[str]:
        return [text_of(element) for element in root.findall(path)]

    number, notes = text("accession-num"), text("notes")
    database = f"{text('remote-database-name')} {text('remote-database-provider')}"
    links = several("urls/related-urls/url")
    pmid, others = accession(number, database, notes=notes, links=" ".join(links))
    kind = root.find("ref-type")
    dates = " ".join(several("dates/pub-dates/date")[:1])
    return Reference(
        title=text("titles/title"),
        abstract=plain_section(text("abstract")),
        authors=persons(several("contributors/authors/author")),
        doi=text("electronic-resource-num"),
        pmid=pmid,
        pmcid=text("custom2") if text("custom2").upper().startswith("PMC") else "",
        other_ids=others,
        registrations=f"{number} {notes}",
        date=dates if text("dates/year") and dates.startswith(text("dates/year")) else text("dates/year"),
        year=text("dates/year")[:4],
        container_title=text("titles/secondary-title") or text("periodical/full-title"),
        issn=tuple(part.strip() for part in text("isbn").split(";") if part.strip()),
        volume=text("volume"),
        issue=text("number"),
        pages=text("pages"),
        publisher=text("publisher"),
        languages=listed(text("language")),
        publication_types=tuple(part.strip() for part in text("work-type").split(";") if part.strip()),
        keywords=tuple(filter(None, several("keywords/keyword"))),
        kind=_KINDS.get((kind.get("name") or "").lower()) if kind is not None else None,
        notes=notes,
        url=next(iter(links), ""),
    )


FORMAT: Final = EndnoteXml()
