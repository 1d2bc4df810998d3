"""The Retraction Watch data in CSV, as Crossref publishes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from crawler.items import Item
from crawler.parsers.retractionwatch import Papers


class RetractionsCsv:
    """Rows about notices. It is recognised before any other table, by its name's place in the alphabet."""

    name = "crossref-retractions"
    description = "Retraction Watch data in CSV, as Crossref publishes them"

    def sniff(self, head: bytes, path: Path) -> bool:
        """By columns that no other table has."""
        first = head.split(b"\n", 1)[0]
        return b"RetractionNature" in first and b"OriginalPaperDOI" in first

    def read(self, stream: BinaryIO, *, source: str, path: str) -> Iterator[Item]:
        """One record a paper under ``retractionwatch``, whatever ``source``: a crawl and an import meet."""
        with Papers(stream, where=path) as papers:
            yield from papers


FORMAT: Final = RetractionsCsv()
