"""Items of an XML file that holds one record an element."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

import msgspec
from lxml import etree

from crawler.items import Fetched, Item, Payload, Rejected
from crawler.parsers.references import Reference, make_record
from crawler.parsers.xml_stream import LONGEST, ElementStream, Piece
from records.errors import ParseError
from records.record import Record

_PARSER: Final = etree.XMLParser(resolve_entities=False, no_network=True)


def xml_items(
    stream: BinaryIO,
    name: str,
    make: Callable[[etree._Element], Record],
    *,
    source: str,
    path: str,
    partial: bool = False,
) -> Iterator[Item]:
    """One item an element, in constant memory; one that is broken, or is no record, is kept with its reason.

    Args:
        stream: The file, unpacked.
        name: Of the elements.
        make: Gives the record of an element; raises `ParseError` for what is none.
        source: Name under which what is rejected is kept.
        path: For messages.
        partial: As `Fetched.partial`.

    Raises:
        ParseError: It is no XML, or declares entities.
    """
    elements = ElementStream(stream, (name,))
    whole, where = True, path
    for number, piece in enumerate(elements, start=1):
        whole, where = bool(piece.name), f"{path}#{number}"
        if whole:
            item = _item(elements.in_context(piece), piece, make, source, where)
            yield msgspec.structs.replace(item, partial=partial) if isinstance(item, Fetched) else item
        elif elements.too_long:
            reason = f"longer than {LONGEST >> 20} MiB: the rest of the file is not read"
            yield _rejected(piece, reason, source, where, incomplete=True)
        else:
            reason = f"cut short: its <{name}> is never closed"
            yield _rejected(piece, reason, source, where, incomplete=True)
    if whole and not elements.closed and elements.root != name:
        reason = f"the file is cut short: </{elements.root}> is missing"
        yield _rejected(Piece(b""), reason, source, where, incomplete=True)


def _item(
    content: bytes, piece: Piece, make: Callable[[etree._Element], Record], source: str, where: str
) -> Fetched | Rejected:
    try:
        record = make(etree.fromstring(content, _PARSER))
    except ParseError as error:
        return _rejected(piece, str(error), source, where)
    except etree.XMLSyntaxError as error:
        return _rejected(piece, f"not well-formed: {error.msg}", source, where)
    return Fetched(record=record, payload=_payload(piece, where))


def _rejected(piece: Piece, reason: str, source: str, where: str, *, incomplete: bool = False) -> Rejected:
    payload = _payload(piece, where)
    return Rejected(source=source, reason=f"{where}: {reason}", payload=payload, incomplete=incomplete)


def _payload(piece: Piece, where: str) -> Payload:
    return Payload(content=piece.content, media_type="application/xml", url=where)


def reference_record(reference: Reference, source: str, what: str) -> Record:
    """The record of a reference. Raises `ParseError` if it has nothing to read."""
    if not reference.title and not reference.abstract:
        raise ParseError(f"the {what} has neither title nor abstract")
    return make_record(reference, source)
