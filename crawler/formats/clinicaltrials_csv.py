"""ClinicalTrials.gov's CSV exports, of the site of before 2024 and of today's."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from crawler.items import Fetched, Item, Payload, Rejected
from crawler.parsers.clinicaltrials import parse_study
from crawler.parsers.clinicaltrials_row import as_version_2
from records.errors import ParseError

_NEEDED: Final = (b"NCT Number", b"Status", b"Phases")


class ClinicaltrialsCsv:
    """A row a study, with what the registry puts into its table."""

    name = "clinicaltrials-csv"
    description = "ClinicalTrials.gov CSV export, of either site"

    def sniff(self, head: bytes, path: Path) -> bool:
        """By its headings."""
        first = head.lstrip(b"\xef\xbb\xbf\r\n").partition(b"\n")[0]
        return all(name in first for name in _NEEDED) and b"," in first

    def read(self, stream: BinaryIO, *, source: str, path: str) -> Iterator[Item]:
        """Records come under ``source``: a table says less than the registry, and must not replace its record."""
        csv.field_size_limit(64 * 2**20)
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
        try:
            rows = csv.DictReader(text)
            for row in rows:
                cells = {(name or "").strip().lower(): (cell or "").strip() for name, cell in row.items() if name}
                yield _item(cells, source, f"{path}:{rows.line_num}")
        except csv.Error as error:
            raise ParseError(str(error), where=path) from error
        finally:
            text.detach()  # the stream is the caller's, who closes it


def _item(row: dict[str, str], source: str, where: str) -> Item:
    payload = Payload(content=json.dumps(row, ensure_ascii=False).encode(), media_type="text/csv", url=where)
    try:
        record = parse_study(as_version_2(row))
    except ParseError as error:
        return Rejected(source=source, reason=f"{where}: {error}", payload=payload)
    name = f"registration:{record.source_id}"
    return Fetched(record=msgspec.structs.replace(record, source=source, source_id=name), payload=payload)


FORMAT: Final = ClinicaltrialsCsv()
