"""Items of an XML file that holds one record an element."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from lxml import etree

from crawler.items import Fetched, Item, Payload, Rejected
from crawler.parsers.references import Reference, make_record
from crawler.parsers.xml_stream import ElementStream
from records.errors import ParseError
from records.record import Record

_PARSER: Final = etree.XMLParser(resolve_entities=False, no_network=True)


def xml_items(
    stream: BinaryIO, name: str, make: Callable[[etree._Element], Record], *, source: str, path: str
) -> Iterator[Item]:
    """One item an element, in constant memory; one that is broken, or is no record, is kept with its reason.

    Args:
        stream: The file, unpacked.
        name: Of the elements.
        make: Gives the record of an element; raises `ParseError` for what is none.
        source: Name under which what is rejected is kept.
        path: For messages.

    Raises:
        ParseError: It is no XML, or declares entities.
    """
    elements = ElementStream(stream, (name,))
    for number, piece in enumerate(elements, start=1):
        where = f"{path}#{number}"
        payload = Payload(content=piece.content, media_type="application/xml", url=where)
        try:
            yield Fetched(record=make(etree.fromstring(elements.in_context(piece), _PARSER)), payload=payload)
        except (etree.XMLSyntaxError, ParseError) as error:
            yield Rejected(source=source, reason=f"{where}: {error}", payload=payload)


def reference_record(reference: Reference, source: str, what: str) -> Record:
    """The record of a reference. Raises `ParseError` if it has nothing to read."""
    if not reference.title and not reference.abstract:
        raise ParseError(f"the {what} has neither title nor abstract")
    return make_record(reference, source)
