"""Compares library and index record by record, and looks for flipped bytes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from library.types import Damage
from records.errors import IndexError_

if TYPE_CHECKING:
    from index.backend import Backend
    from index.place import Place
    from library import Library

_BATCH = 500
_REBUILD = "cordwatch rebuild"


def verify_index(library: Library, place: Place) -> Iterator[Damage]:
    """Everything in which the index disagrees with the library or with what was written to its files."""
    try:
        damages = list(place.damages())
        yield from (Damage(uid="", what=line, mend=_REBUILD) for line in damages)
        if not damages:
            with place.open() as backend:
                yield from _compare(library, backend)
    except IndexError_ as error:
        yield Damage(uid="", what=error.message, mend=error.hint or _REBUILD)


def _compare(library: Library, backend: Backend) -> Iterator[Damage]:
    """Ids, hashes and changes of both."""
    behind = library.last_seq() - backend.seq
    if behind:
        yield Damage(uid="", what=f"the index is {behind} changes behind the library", mend="cordwatch index")
        return
    indexed = {row.uid: (row.content_hash, row.seq) for row in backend.rows()}
    uids = library.iter_uids()
    while batch := list(islice(uids, _BATCH)):
        for uid, stored in library.get_many(batch).items():
            kept = indexed.pop(uid, None)
            if stored.deleted and kept is not None:
                yield Damage(uid=uid, what="removed by its source, but still in the index", mend=_REBUILD)
            elif not stored.deleted and kept is None:
                yield Damage(uid=uid, what="missing from the index", mend=_REBUILD)
            elif not stored.deleted and kept != (stored.content_hash, stored.seq):
                yield Damage(uid=uid, what="another version in the index", mend=_REBUILD)
    for uid in indexed:
        yield Damage(uid=uid, what="in the index, but not in the library", mend=_REBUILD)
