"""Compares library and index record by record, and looks for flipped bytes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from index.embedded.backend import EmbeddedBackend
from index.embedded.generation import damaged_files
from library.types import Damage
from records.errors import IndexError_

if TYPE_CHECKING:
    from library import Library

_BATCH = 500
_REBUILD = "cordwatch rebuild"


def verify_index(library: Library, path: Path) -> Iterator[Damage]:
    """Everything in which the index disagrees with the library or with what was written to its files."""
    try:
        damages = list(damaged_files(path))
        yield from (Damage(uid="", what=line, mend=_REBUILD) for line in damages)
        if damages:
            return
        backend = EmbeddedBackend.open(path)
    except IndexError_ as error:
        yield Damage(uid="", what=error.message, mend=error.hint or _REBUILD)
        return
    behind = library.last_seq() - backend.seq
    if behind:
        yield Damage(uid="", what=f"the index is {behind} changes behind the library", mend="cordwatch index")
        return
    indexed = {row.uid: row.content_hash for row in backend.rows()}
    uids = library.iter_uids()
    while batch := list(islice(uids, _BATCH)):
        for uid, stored in library.get_many(batch).items():
            kept = indexed.pop(uid, None)
            if stored.deleted and kept is not None:
                yield Damage(uid=uid, what="removed by its source, but still in the index", mend=_REBUILD)
            elif not stored.deleted and kept is None:
                yield Damage(uid=uid, what="missing from the index", mend=_REBUILD)
            elif not stored.deleted and kept != stored.content_hash:
                yield Damage(uid=uid, what="another version in the index", mend=_REBUILD)
    for uid in indexed:
        yield Damage(uid=uid, what="in the index, but not in the library", mend=_REBUILD)
