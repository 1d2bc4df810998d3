"""WHO ICTRP's XML, as its search portal exports it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from lxml import etree

from crawler.items import Fetched, Item, Payload, Rejected
from crawler.parsers.ictrp import SOURCE, entry_of
from crawler.parsers.registry_entry import make_registration
from crawler.parsers.xml_stream import ElementStream, Piece
from records.errors import ParseError


class IctrpXml:
    """Trials of all registries of the WHO's network, of any number."""

    name = "ictrp-xml"
    description = "WHO ICTRP XML, as its portal exports it"

    def sniff(self, head: bytes, path: Path) -> bool:
        """By its root."""
        return b"<Trials_downloaded_from_ICTRP" in head

    def read(self, stream: BinaryIO, *, source: str, path: str) -> Iterator[Item]:
        """Records come under ``ictrp``, whatever ``source``."""
        elements = ElementStream(stream, ("Trial",))
        for number, piece in enumerate(elements, start=1):
            yield _item(elements, piece, f"{path}#{number}")


def _item(elements: ElementStream, piece: Piece, where: str) -> Item:
    payload = Payload(content=piece.content, media_type="application/xml", url=where)
    try:
        root = etree.fromstring(elements.in_context(piece), etree.XMLParser(resolve_entities=False, no_network=True))
        row = {str(field.tag).lower(): "".join(map(str, field.itertext())).strip() for field in root}
        return Fetched(record=make_registration(entry_of(row), SOURCE), payload=payload)
    except (etree.XMLSyntaxError, ParseError) as error:
        return Rejected(source=SOURCE, reason=f"{where}: {error}", payload=payload)


FORMAT: Final = IctrpXml()
