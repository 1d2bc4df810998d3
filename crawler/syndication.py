"""Press texts that several outlets carry: the first one that was collected is the original, the others name it."""

from __future__ import annotations

from typing import Final

import msgspec

from config import Settings
from crawler.parsers.copies import is_copy
from library import Library
from library.types import StoredRecord
from records.record import Record, Relation, RelationType

_OWN: Final = "story:"


def with_original(settings: Settings, record: Record) -> Record:
    """A press record that names the original it is a copy of, if the library has it, and counts as the same story.

    A record that the library knows already keeps what was found when it was new.
    """
    with Library.open(settings.library_path, busy_timeout_s=settings.library.busy_timeout_s) as library:
        # In this order: a crawl beside this one may store the record, and then its copies, between the two.
        original = _original(library, record)
        known = library.get(record.uid)
    if known is not None:
        links = (relation for relation in known.record.relations if relation.type is RelationType.COPY_OF)
        return _linked(record, next(links, None), known.record.identifiers.story)
    if original is None:
        return record
    link = Relation(type=RelationType.COPY_OF, target=f"url:{original.record.url}", raw=original.record.container_title)
    return _linked(record, link, original.record.identifiers.story)


def _original(library: Library, record: Record) -> StoredRecord | None:
    keys = (key for key in record.identifiers.story if not key.startswith(_OWN))
    candidates = {uid for key in keys for uid in library.find_identifier(key)}
    copies = [
        stored
        for stored in library.get_many(candidates).values()
        if not stored.deleted and stored.record.source == record.source and is_copy(stored.record.body, record.body)
    ]
    return min(copies, key=lambda stored: (stored.first_seen, stored.uid), default=None)


def _linked(record: Record, link: Relation | None, story: tuple[str, ...]) -> Record:
    if link is None:
        return record
    shared = (key for key in story if key.startswith(_OWN))
    identifiers = msgspec.structs.replace(
        record.identifiers, story=tuple(dict.fromkeys((*record.identifiers.story, *shared)))
    )
    return msgspec.structs.replace(record, identifiers=identifiers, relations=(link, *record.relations))
