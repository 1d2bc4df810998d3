"""WHO ICTRP's XML, as its search portal exports it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from lxml import etree

from crawler.items import Item
from crawler.parsers.ictrp import SOURCE, entry_of
from crawler.parsers.registry_entry import make_registration
from crawler.parsers.xml_items import xml_items
from records.record import Record


class IctrpXml:
    """Trials of all registries of the WHO's network, of any number."""

    name = "ictrp-xml"
    description = "WHO ICTRP XML, as its portal exports it"

    def sniff(self, head: bytes, path: Path) -> bool:
        """By its root."""
        return b"<Trials_downloaded_from_ICTRP" in head

    def read(self, stream: BinaryIO, *, source: str, path: str) -> Iterator[Item]:
        """Records come under ``ictrp``, whatever ``source``."""
        return xml_items(stream, "Trial", _record, source=SOURCE, path=path)


def _record(trial: etree._Element) -> Record:
    row = {str(field.tag).lower(): "".join(map(str, field.itertext())).strip() for field in trial}
    return make_registration(entry_of(row), SOURCE)


FORMAT: Final = IctrpXml()
