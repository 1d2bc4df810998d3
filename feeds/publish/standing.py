"""Whose standing changed lately: readers who took a work in long ago have to be told that it was retracted."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy import select

from feeds.topics.window import stored_moment
from library import schema
from library.standing import claims, claims_of
from records.record import PublicationStatus

if TYPE_CHECKING:
    from library import Library, StoredRecord


def changed_standing(library: Library, start: dt.datetime) -> dict[str, dt.datetime]:
    """Standing records that something has been said against since ``start``, be it by themselves → when it was first.

    What only repeats what was known before is no change.
    """
    speakers = _speakers(library, start)
    uids = speakers.keys() | {by for found in speakers.values() for by in found}
    records = library.get_many(uids)
    began = {by: _began(library, records[by]) for found in speakers.values() for by in found}
    changed: dict[str, dt.datetime] = {}
    for uid, found in sorted(speakers.items()):
        one = records[uid]
        responsible = set(one.standing_by or (uid,))
        if one.record.status is not PublicationStatus.CURRENT and responsible <= found:
            moment = min(began[by] for by in responsible)
            if moment >= start:
                changed[uid] = moment
    return changed


def _speakers(library: Library, start: dt.datetime) -> dict[str, set[str]]:
    """Uid of each standing record spoken against → those of the records that do so and have changed since."""
    i, r, speaker = schema.identifiers, schema.records, schema.records.alias("speaker")
    statement = (
        select(i.c.uid, claims.c.uid.label("by"))
        .join(claims, claims.c.key == i.c.key)
        .join(speaker, speaker.c.uid == claims.c.uid)
        .join(r, r.c.uid == i.c.uid)
        .where(speaker.c.last_changed >= stored_moment(start), ~speaker.c.deleted, ~r.c.deleted)
    )
    found: dict[str, set[str]] = {}
    with library.reading() as connection:
        for row in connection.execute(statement):
            found.setdefault(row.uid, set()).add(row.by)
    return found


def _began(library: Library, speaker: StoredRecord) -> dt.datetime:
    """Since when a record has said of others, or of itself, what it says now."""
    if speaker.version == 1:
        return speaker.first_seen
    *earlier, latest = library.history(speaker.uid)
    said, moment = claims_of(latest.record), latest.changed
    for version in reversed(earlier):
        if claims_of(version.record) != said:
            break
        moment = version.changed
    return moment
