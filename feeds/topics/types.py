"""A topic: what a librarian watches, as data."""

from __future__ import annotations

from typing import Final

import msgspec

from records.record import Kind

THRESHOLD: Final = 0.6
"""Cosine from which a record is near an example, where a topic names none."""


class Topic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One topic. It holds a record that its query selects or that lies near one of its examples, and that passes its
    filters. A topic has a query, examples or both.
    """

    name: str
    """Name of its file without ``.toml``: lower-case letters, digits and hyphens."""
    title: str
    """For people."""
    description: str = ""
    """What belongs here, in a sentence or two."""
    curator: str = ""
    """Who answers for it."""
    query: str = ""
    """The query language (docs/query.md). Here every bare word must occur: a topic decides, it does not rank."""
    kinds: tuple[Kind, ...] = ()
    """Only these kinds; all if empty."""
    sources: tuple[str, ...] = ()
    """Only these sources; all if empty."""
    include: dict[str, tuple[str, ...]] = {}
    """Field of the query language → values, of which a record must bear one; all fields must hold."""
    exclude: dict[str, tuple[str, ...]] = {}
    """Field of the query language → values, of which a record must bear none."""
    examples: tuple[str, ...] = ()
    """References (`feeds.topics.references`) to records that are typical of the topic."""
    threshold: float = THRESHOLD
    """Cosine (0–1) from which a record is near an example."""
    must_find: tuple[str, ...] = ()
    """References to records that the topic has to hold."""
    must_not_find: tuple[str, ...] = ()
    """References to records that it must not hold."""


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A record that a topic holds, and why."""

    uid: str
    """Of the record."""
    score: float
    """0–1: the cosine to the nearest example or, in a topic without examples, the share of the query's words, phrases
    and fields that the record bears; 1 for what was included in review. It is the same whatever else is in the window.
    """
    why: tuple[str, ...]
    """One reason an entry, for people: ``matches exosome · "spinal cord"``, ``is near pubmed:99000020 (0.71)``."""
