"""ClinicalTrials.gov JSON, version 2: one study, a list of studies, or a page of the API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from crawler.items import Item
from crawler.parsers.clinicaltrials import parse_item
from records.errors import ParseError


class ClinicaltrialsJson:
    """Studies as the API gives them."""

    name = "clinicaltrials-json"
    description = "ClinicalTrials.gov JSON, version 2: a study, a list, a page"

    def sniff(self, head: bytes, path: Path) -> bool:
        """By the name of its main part."""
        return head.lstrip()[:1] in (b"{", b"[") and b'"protocolSection"' in head

    def read(self, stream: BinaryIO, *, source: str, path: str) -> Iterator[Item]:
        """Records come under ``clinicaltrials``, whatever ``source``: a crawl and an import meet."""
        try:
            content = json.load(stream)
        except ValueError as error:
            raise ParseError(f"this is no JSON: {error}", where=path) from error
        for study in _studies(content):
            yield parse_item(json.dumps(study, ensure_ascii=False).encode(), url=path)


def _studies(content: Any) -> list[Any]:
    if isinstance(content, list):
        return content
    studies = content.get("studies") if isinstance(content, dict) else None
    return studies if isinstance(studies, list) else [content]


FORMAT: Final = ClinicaltrialsJson()
