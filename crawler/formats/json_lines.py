"""JSON lines: whole records as ``cordwatch export --as jsonl`` writes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from crawler.items import Fetched, Item, Payload, Rejected
from records.record import decode_record


class JsonLines:
    """One record a line; a line that is none is kept in quarantine."""

    name = "jsonl"
    description = "JSON lines as Cordwatch exports them"

    def sniff(self, head: bytes, path: Path) -> bool:
        """By the names that every record has, in any of the first lines: one that is broken spoils no other."""
        return any(
            line.startswith(b"{") and b'"source_id"' in line and b'"kind"' in line
            for line in head.lstrip().split(b"\n")
        )

    def read(self, stream: BinaryIO, *, source: str, path: str) -> Iterator[Item]:
        """Records keep their own source. A last line without an end that is no record is where the file breaks off."""
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            payload = Payload(content=line.rstrip(b"\r\n"), media_type="application/json", url=f"{path}:{number}")
            try:
                yield Fetched(record=decode_record(line), payload=payload)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                cut = not line.endswith(b"\n")
                reason = f"line {number}: {'cut short: ' if cut else ''}{error}"
                yield Rejected(source=source, reason=reason, payload=payload, incomplete=cut)


FORMAT: Final = JsonLines()
