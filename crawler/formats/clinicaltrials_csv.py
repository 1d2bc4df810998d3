"""ClinicalTrials.gov's CSV exports, of the site of before 2024 and of today's."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from crawler.items import Fetched, Item, Payload, Rejected
from crawler.parsers.clinicaltrials import parse_study
from crawler.parsers.clinicaltrials_row import as_version_2
from crawler.parsers.table_rows import Row, columns_of, headings_of, rows_of
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
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
        try:
            names = [name.strip().lower() for name in headings_of(text.readline(), ",")]
            for row in rows_of(text, delimiter=",", headings=columns_of(names)):
                yield _item(names, row, source, f"{path}:{row.line}")
        finally:
            text.detach()  # the stream is the caller's, who closes it


def _item(names: list[str], row: Row, source: str, where: str) -> Item:
    if row.wrong:
        payload = Payload(content=row.cells[0].encode(), media_type="text/csv", url=where)
        return Rejected(source=source, reason=f"{where}: {row.wrong}", payload=payload, incomplete=row.incomplete)
    cells = {name: cell.strip() for name, cell in zip(names, row.cells, strict=False) if name}
    payload = Payload(content=json.dumps(cells, ensure_ascii=False).encode(), media_type="text/csv", url=where)
    try:
        record = parse_study(as_version_2(cells))
    except ParseError as error:
        return Rejected(source=source, reason=f"{where}: {error}", payload=payload)
    name = f"registration:{record.source_id}"
    return Fetched(record=msgspec.structs.replace(record, source=source, source_id=name), payload=payload)


FORMAT: Final = ClinicaltrialsCsv()
