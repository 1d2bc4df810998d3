"""What is published of a topic, the same for every format. All text is clean; nothing is escaped yet."""

from __future__ import annotations

import datetime as dt

import msgspec


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One work."""

    id: str
    """Tag URI: fixed when the work enters the feed, whatever records join it later."""
    uid: str
    """Of the record that speaks for it."""
    kind: str
    """`records.record.Kind`."""
    status: str
    """`records.record.PublicationStatus`, the gravest of the work's records."""
    title: str
    """Begins with ``RETRACTED:`` and the like where the work does not stand."""
    url: str
    """http or https; ``""`` if there is no safe address."""
    badge: tuple[str, ...]
    """What it is: ``peer-reviewed``, ``Homo sapiens``, ``n = 12``."""
    facts: str
    """Authors, where and when it appeared."""
    excerpt: str
    """One sentence or the beginning of the abstract; empty for what does not stand."""
    why: str
    """Why the topic holds it."""
    announced: dt.datetime
    """When it entered the feed: its first record was collected."""
    newest: dt.datetime
    """When the record that joined it last was first collected, or its standing changed."""
    updated: dt.datetime
    """When any of its records, or its standing, last changed."""


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A topic with its newest works."""

    name: str
    id: str
    title: str
    description: str
    updated: dt.datetime
    """Of the entry that changed last; where there is none, a date that stays."""
    entries: tuple[Entry, ...]
    """Those that a record joined last come first."""


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is published together."""

    title: str
    base_url: str
    """With a slash at its end; ``""`` if the files do not know where they will lie."""
    home: str
    """``base_url``, or the website of ``publish.authority``."""
    channels: tuple[Channel, ...]
    """In the order of their names."""
    downloads: tuple[str, ...] = ()
    """Suffixes of the reference lists that lie beside each channel: ``.ris``."""
