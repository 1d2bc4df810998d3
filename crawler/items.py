"""What spiders hand to the pipeline. Parsers return records; spiders wrap them in these."""

from __future__ import annotations

import msgspec

from records.record import Record


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes that a record was parsed from."""

    content: bytes
    """As received, after transfer decoding; for an element of a larger document, that element alone."""
    media_type: str
    """``application/xml``, ``application/json``, ``text/html`` …"""
    url: str = ""
    """Where it came from: a request's URL without secrets, or a file's path."""


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """A record with what it was parsed from."""

    record: Record
    payload: Payload
    partial: bool = False
    """Whether it is one account of an item among several: what it does not say stays as it was said before."""


class Deleted(msgspec.Struct, frozen=True, kw_only=True):
    """The source says that it has removed an item (PubMed ``DeleteCitation``)."""

    source: str
    source_id: str
    reason: str


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """A payload that is not a record: kept in quarantine while the rest goes on."""

    source: str
    reason: str
    """What was wrong and where."""
    payload: Payload
    source_id: str = ""
    """The source's identifier of the item, where it could be read."""
    incomplete: bool = False
    """Whether the document broke off here, so that what came after it is missing too."""


class WindowDone(msgspec.Struct, frozen=True, kw_only=True):
    """Everything up to ``watermark`` has been handed over: the source's state may move there."""

    source: str
    watermark: str
    """In the source's own terms: a date, a data timestamp."""
    state: dict[str, str] = {}
    """Anything else that the next run needs (entity tags …)."""


Item = Fetched | Deleted | Rejected | WindowDone
