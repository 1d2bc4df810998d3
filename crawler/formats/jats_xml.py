"""JATS XML: articles of PMC, publishers and preprint servers, one or a set of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from crawler.items import Item
from crawler.parsers.jats import reference_of
from crawler.parsers.xml_items import reference_record, xml_items


class JatsXml:
    """Articles with their front matter; the text itself is not taken."""

    name = "jats-xml"
    description = "JATS XML of PMC, publishers and preprint servers"

    def sniff(self, head: bytes, path: Path) -> bool:
        """By its element and what only JATS has in it."""
        return b"<article" in head and (b"<article-meta" in head or b"<journal-meta" in head or b"//NLM//DTD" in head)

    def read(self, stream: BinaryIO, *, source: str, path: str) -> Iterator[Item]:
        """One record an article. One without title and abstract, or that is broken, is kept in quarantine."""
        return xml_items(
            stream,
            "article",
            lambda article: reference_record(reference_of(article), source, "article"),
            source=source,
            path=path,
            partial=True,
        )


FORMAT: Final = JatsXml()
