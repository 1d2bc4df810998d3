"""PubMed XML documents: EFetch answers, baseline and update files (NLM, PubMed DTD)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO, Final

from lxml import etree

from crawler.items import Deleted, Fetched, Item, Payload, Rejected
from crawler.parsers.pubmed_article import SOURCE, article_record
from crawler.parsers.xml_stream import LONGEST, ElementStream, Piece
from records.errors import ParseError
from records.identifiers import normalise_pmid

__all__ = ["SOURCE", "article_record", "parse_pubmed", "read_pubmed"]

_ARTICLES: Final = ("PubmedArticle", "PubmedBookArticle")
_DELETION: Final = "DeleteCitation"
_ROOTS: Final = ("PubmedArticleSet", "PubmedBookArticleSet", *_ARTICLES, _DELETION)
_MEDIA_TYPE: Final = "application/xml"
_PMID: Final = re.compile(rb"<PMID[^>]*>\s*(\d{1,9})\s*</PMID>")
_PARSER: Final = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True, collect_ids=False
)


def parse_pubmed(content: bytes, *, url: str = "") -> Iterator[Item]:
    """Every record, removal and unreadable article of a document; see `read_pubmed`."""
    return read_pubmed(BytesIO(content), url=url)


def read_pubmed(stream: BinaryIO, *, url: str = "") -> Iterator[Item]:
    """Read a document of any length in constant memory; each record comes with the bytes of its own element.

    An article that cannot be read comes as `Rejected` with its PMID, and the rest goes on; so does the tail of a
    document that ends too early.

    Args:
        stream: The document, unpacked.
        url: Kept with each payload.

    Raises:
        ParseError: The document is empty, no PubMed XML, or declares entities.
    """
    document = ElementStream(stream, (*_ARTICLES, _DELETION))
    if document.root not in _ROOTS:
        raise ParseError(
            f"the root element is <{document.root}>, not <PubmedArticleSet>",
            hint="An error page or another format? PubMed XML is expected.",
        )
    whole = True
    for piece in document:
        if piece.name == _DELETION:
            yield from _deletions(piece)
        elif piece.name:
            yield _article(document, piece, url)
        else:
            whole = False
            long = f"longer than {LONGEST >> 20} MiB: the rest of the file is not read"
            cut = "cut short: its element is never closed"
            yield _rejected(piece, long if document.too_long else cut, url, incomplete=True)
    if whole and not document.closed and document.root not in (*_ARTICLES, _DELETION):
        reason = f"the document is cut short: </{document.root}> is missing"
        yield _rejected(Piece(b""), reason, url, incomplete=True)


def _article(document: ElementStream, piece: Piece, url: str) -> Item:
    try:
        record = article_record(etree.fromstring(document.in_context(piece), _PARSER))
    except ParseError as error:
        return _rejected(piece, str(error), url)
    except etree.XMLSyntaxError as error:
        return _rejected(piece, f"not well-formed: {error.msg}", url)
    return Fetched(record=record, payload=Payload(content=piece.content, media_type=_MEDIA_TYPE, url=url))


def _deletions(piece: Piece) -> Iterator[Item]:
    for pmid in _PMID.findall(piece.content):
        number = normalise_pmid(pmid.decode())
        yield Deleted(source=SOURCE, source_id=number, reason="PubMed has deleted the citation")


def _rejected(piece: Piece, reason: str, url: str, *, incomplete: bool = False) -> Rejected:
    found = _PMID.search(piece.content)
    pmid = normalise_pmid(found.group(1).decode()) if found else ""
    where = f"PMID {pmid}: " if pmid and pmid not in reason else ""
    payload = Payload(content=piece.content, media_type=_MEDIA_TYPE, url=url)
    return Rejected(source=SOURCE, reason=where + reason, payload=payload, source_id=pmid, incomplete=incomplete)
