"""JSON lines: one whole record a line; ``cordwatch import`` reads them back exactly."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Final

from records.record import Record, encode_record

NAME: Final = "jsonl"
DESCRIPTION: Final = "JSON lines, whole records; imports back exactly"
SUFFIX: Final = ".jsonl"


def write(records: Iterable[Record], stream: IO[str]) -> int:
    """Write one JSON object a line."""
    count = 0
    for count, record in enumerate(records, start=1):  # noqa: B007 - the count is the answer
        stream.write(encode_record(record).decode() + "\n")
    return count
