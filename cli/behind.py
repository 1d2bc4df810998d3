"""What the library knows and the index does not yet: it is said, and hits bear how their records stand by now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from cli.app import App
from library.glance import glance
from records.errors import LibraryError
from records.hit import Hit
from records.wording import caution_called, why_unreliable

REMOVED: Final = "removed by its source"


def tell_behind(app: App, seq: int) -> None:
    """Say if the index, which has read up to change ``seq``, is behind the library; without a library nothing."""
    up_to_date(app, (), seq)


def up_to_date(app: App, hits: Iterable[Hit], seq: int) -> tuple[Hit, ...]:
    """The hits of an index that has read up to change ``seq``, with the status that their records have by now.

    They stay where they are, and records that would be found by now are not: that is said.
    """
    hits, path = tuple(hits), app.settings.library_path
    if not path.exists():
        return hits
    try:
        behind, changed = glance(path, seq=seq, uids=(hit.summary.uid for hit in hits))
        known = _standing(app, changed) if changed else {}
    except LibraryError as error:
        app.note(f"whether the index is behind the library cannot be seen: {error.message}")
        return hits
    if behind > 0:
        changes = "1 change" if behind == 1 else f"{behind} changes"
        app.note(f"the index is {changes} behind the library. try: cordwatch index")
    return tuple(_with(hit, known.get(hit.summary.uid, {})) for hit in hits)


def _standing(app: App, uids: Iterable[str]) -> dict[str, dict[str, str]]:
    """Uid → the fields of its summary that say how it stands."""
    with app.library() as library:
        found = library.get_many(uids)
    return {
        uid: {"caution": REMOVED.upper(), "unreliable": REMOVED}
        if one.deleted
        else {
            "status": one.record.status.value,
            "caution": next(map(caution_called, one.record.cautions), ""),
            "unreliable": why_unreliable(one.record),
        }
        for uid, one in found.items()
    }


def _with(hit: Hit, standing: dict[str, str]) -> Hit:
    return msgspec.structs.replace(hit, summary=msgspec.structs.replace(hit.summary, **standing)) if standing else hit
