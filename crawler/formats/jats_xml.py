"""JATS XML: articles of PMC, publishers and preprint servers, one or a set of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from lxml import etree

from crawler.items import Fetched, Item, Payload, Rejected
from crawler.parsers.jats import reference_of
from crawler.parsers.references import make_record
from crawler.parsers.xml_stream import ElementStream, Piece


class JatsXml:
    """Articles with their front matter; the text itself is not taken."""

    name = "jats-xml"
    description = "JATS XML of PMC, publishers and preprint servers"

    def sniff(self, head: bytes, path: Path) -> bool:
        """By its element and what only JATS has in it."""
        return b"<article" in head and (b"<article-meta" in head or b"<journal-meta" in head or b"//NLM//DTD" in head)

    def read(self, stream: BinaryIO, *, source: str, path: str) -> Iterator[Item]:
        """One record an article. One without title and abstract, or that is broken, is kept in quarantine."""
        elements = ElementStream(stream, ("article",))
        for number, piece in enumerate(elements, start=1):
            yield _item(elements, piece, source, f"{path}#{number}")


def _item(elements: ElementStream, piece: Piece, source: str, where: str) -> Item:
    payload = Payload(content=piece.content, media_type="application/xml", url=where)
    try:
        root = etree.fromstring(elements.in_context(piece), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        return Rejected(source=source, reason=f"{where}: {error}", payload=payload)
    reference = reference_of(root)
    if not reference.title and not reference.abstract:
        return Rejected(source=source, reason=f"{where}: the article has neither title nor abstract", payload=payload)
    return Fetched(record=make_record(reference, source), payload=payload)


FORMAT: Final = JatsXml()
