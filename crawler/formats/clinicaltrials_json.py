"""ClinicalTrials.gov JSON, version 2: one study, a list of studies, or a page of the API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from crawler.items import Item
from crawler.parsers.clinicaltrials import parse_document
from records.errors import ParseError


class ClinicaltrialsJson:
    """Studies as the API gives them."""

    name = "clinicaltrials-json"
    description = "ClinicalTrials.gov JSON, version 2: a study, a list, a page"

    def sniff(self, head: bytes, path: Path) -> bool:
        """By the name of its main part."""
        return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[") and b'"protocolSection"' in head

    def read(self, stream: BinaryIO, *, source: str, path: str) -> Iterator[Item]:
        """Records come under ``clinicaltrials``, whatever ``source``: a crawl and an import meet."""
        try:
            yield from parse_document(stream.read(), url=path)
        except ParseError as error:
            raise ParseError(error.message, where=path) from error


FORMAT: Final = ClinicaltrialsJson()
