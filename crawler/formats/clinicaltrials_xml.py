"""ClinicalTrials.gov's XML of before 2024: single studies, and search results that hold many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from lxml import etree

from crawler.items import Fetched, Item, Payload, Rejected
from crawler.parsers.clinicaltrials import SOURCE, parse_study
from crawler.parsers.clinicaltrials_legacy import as_version_2
from crawler.parsers.xml_stream import ElementStream, Piece
from records.errors import ParseError


class ClinicaltrialsXml:
    """Studies as the registry gave them until 2024."""

    name = "clinicaltrials-xml"
    description = "ClinicalTrials.gov XML of before 2024"

    def sniff(self, head: bytes, path: Path) -> bool:
        """By its element."""
        return b"<clinical_study" in head

    def read(self, stream: BinaryIO, *, source: str, path: str) -> Iterator[Item]:
        """Records come under ``clinicaltrials``, whatever ``source``; a newer one that is there already stays."""
        elements = ElementStream(stream, ("clinical_study",))
        for number, piece in enumerate(elements, start=1):
            yield _item(elements, piece, f"{path}#{number}")


def _item(elements: ElementStream, piece: Piece, where: str) -> Item:
    payload = Payload(content=piece.content, media_type="application/xml", url=where)
    try:
        root = etree.fromstring(elements.in_context(piece), etree.XMLParser(resolve_entities=False, no_network=True))
        return Fetched(record=parse_study(as_version_2(root)), payload=payload)
    except (etree.XMLSyntaxError, ParseError) as error:
        return Rejected(source=SOURCE, reason=f"{where}: {error}", payload=payload)


FORMAT: Final = ClinicaltrialsXml()
