"""PubMed XML: EFetch answers, baseline and update files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from crawler.items import Item
from crawler.parsers.pubmed import read_pubmed

_MARKS: Final = (
    b"<PubmedArticleSet",
    b"<PubmedBookArticleSet",
    b"<PubmedArticle>",
    b"<PubmedBookArticle>",
    b"<DeleteCitation",
)


class PubmedXml:
    """PubMed XML, plain or gz, of any length."""

    name = "pubmed-xml"
    description = "PubMed XML, plain or gz, baseline files too"

    def sniff(self, head: bytes, path: Path) -> bool:
        """By its root element."""
        return any(mark in head for mark in _MARKS)

    def read(self, stream: BinaryIO, *, source: str, path: str) -> Iterator[Item]:
        """Records come under ``pubmed``, whatever ``source``: a crawl and an import of one article meet."""
        return read_pubmed(stream, url=path)


FORMAT: Final = PubmedXml()
