"""ClinicalTrials.gov's XML of before 2024: single studies, and search results that hold many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from crawler.items import Item
from crawler.parsers.clinicaltrials import SOURCE, parse_study
from crawler.parsers.clinicaltrials_legacy import as_version_2
from crawler.parsers.xml_items import xml_items


class ClinicaltrialsXml:
    """Studies as the registry gave them until 2024."""

    name = "clinicaltrials-xml"
    description = "ClinicalTrials.gov XML of before 2024"

    def sniff(self, head: bytes, path: Path) -> bool:
        """By its element."""
        return b"<clinical_study" in head

    def read(self, stream: BinaryIO, *, source: str, path: str) -> Iterator[Item]:
        """Records come under ``clinicaltrials``, whatever ``source``; a newer one that is there already stays."""
        return xml_items(
            stream, "clinical_study", lambda study: parse_study(as_version_2(study)), source=SOURCE, path=path
        )


FORMAT: Final = ClinicaltrialsXml()
