"""Atom 1.0 (RFC 4287): what a search found, for feed readers. Topics are published by `cordwatch feeds`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import IO, Final
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, tostring

from cli.exports import honest_title, one_line
from records.dates import PartialDate
from records.record import PublicationStatus, Record
from records.wording import STANDING_LABELS, caution_called, why_unreliable

NAME: Final = "atom"
DESCRIPTION: Final = "Atom, for feed readers"
SUFFIX: Final = ".atom"

EXCERPT_LENGTH: Final = 320
_TAG: Final = "tag:cordwatch.invalid,2026:"
"""RFC 4151; the name is nobody's, for an export belongs to whoever made it."""


def write(records: Iterable[Record], stream: IO[str]) -> int:
    """Write one feed, an entry at a time."""
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    stream.write('<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">\n')
    stream.write(f"<id>{_TAG}search</id><title>Cordwatch: search</title><updated>{now}</updated>\n")
    stream.write("<author><name>Cordwatch</name></author><generator>Cordwatch</generator>\n")
    count = 0
    for count, record in enumerate(records, start=1):  # noqa: B007 - the count is the answer
        stream.write(tostring(_entry(record), encoding="unicode") + "\n")
    stream.write("</feed>\n")
    return count


def _entry(record: Record) -> Element:
    entry = Element("entry")
    _add(entry, "id", _TAG + "item/" + quote(record.uid, safe=":"))
    _add(entry, "title", honest_title(record) or record.uid)
    _add(entry, "updated", _moment(record.revised or record.published))
    if record.published:
        _add(entry, "published", _moment(record.published))
    for author in record.authors:
        if name := one_line(author.name()):
            _add(SubElement(entry, "author"), "name", name)
    if record.url.startswith(("http://", "https://")):
        SubElement(entry, "link", rel="alternate", href=record.url)
    SubElement(entry, "category", term=record.kind.value)
    if record.status is not PublicationStatus.CURRENT:
        SubElement(entry, "category", term=record.status.value)
    # What does not stand is named, not told; an entry without a link must have content (RFC 4287, 4.1.2).
    told = "" if why_unreliable(record) else record.text_of("abstract")
    text = one_line(told)
    shown = text if len(text) <= EXCERPT_LENGTH else text[:EXCERPT_LENGTH].rsplit(" ", 1)[0] + " …"
    standing, cautions = STANDING_LABELS.get(record.status, ""), map(caution_called, record.cautions)
    parts = (record.kind.value, standing, one_line(record.container_title), *cautions)
    facts = " · ".join(part for part in parts if part)
    _add(entry, "content", f"{facts}: {shown}" if shown else facts)
    return entry


def _add(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = one_line(text)


def _moment(date: PartialDate | None) -> str:
    """The first moment of a date, which may be partial."""
    if not date:
        return "1970-01-01T00:00:00+00:00"
    return f"{date.year:04}-{date.month or 1:02}-{date.day or 1:02}T00:00:00+00:00"
