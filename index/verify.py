"""Compares library and index record by record, and looks for flipped bytes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from index.digest import shown_digest, whole_digest
from index.stage import documents_of, refused_uids
from library.types import Damage
from records.errors import IndexError_, LibraryError

if TYPE_CHECKING:
    from index.backend import Backend, Row
    from index.document import IndexDocument
    from index.place import Place
    from library import Library
    from records.protocols import Ontology

_BATCH = 500
_REBUILD = "cordwatch rebuild"
_REFUSED = "cordwatch quarantine --source index"


class _Pair(msgspec.Struct, frozen=True, kw_only=True):
    """A record on both sides."""

    uid: str
    known: bool = False
    """Whether the library has it, removed or not."""
    document: IndexDocument | None = None
    """What the index should hold of it; ``None`` where it should hold nothing."""
    row: Row | None = None
    """What it holds."""


def verify_index(library: Library, place: Place, ontology: Ontology) -> Iterator[Damage]:
    """Everything in which the index disagrees with the library or with what was written to its files."""
    try:
        damages = list(place.damages())
        yield from (Damage(uid="", what=line, mend=_REBUILD) for line in damages)
        if not damages:
            with place.open() as backend:
                yield from _whole(library, backend) or _records(library, backend, ontology)
    except LibraryError as error:
        yield Damage(uid="", what=f"cannot be compared: {error.message}", mend="mend the library first")
    except IndexError_ as error:
        yield Damage(uid="", what=error.message, mend=error.hint or _REBUILD)


def _whole(library: Library, backend: Backend) -> list[Damage]:
    """Why there is nothing to compare record by record."""
    behind = library.last_seq() - backend.seq
    if backend.owner not in ("", library.id):
        return [Damage(uid="", what="the index belongs to another library", mend="see index.prefix and index.path")]
    if behind > 0:
        return [Damage(uid="", what=f"the index is {behind} changes behind the library", mend="cordwatch index")]
    if behind < 0:
        what = f"the index is {-behind} changes ahead of the library: was that restored from an older copy?"
        return [Damage(uid="", what=what, mend=_REBUILD)]
    return []


def _records(library: Library, backend: Backend, ontology: Ontology) -> Iterator[Damage]:
    refused = cache(lambda: refused_uids(library))
    for pair in _pairs(_expected(library, ontology), backend.rows()):
        if not (what := _disagreement(pair)):
            continue
        if pair.document and not (pair.row and pair.row.wrong) and pair.uid in refused():
            yield Damage(uid=pair.uid, what=f"refused for good: {refused()[pair.uid]}", mend=_REFUSED)
        else:
            yield Damage(uid=pair.uid, what=what, mend=_REBUILD)


def _disagreement(pair: _Pair) -> str:
    row, document = pair.row, pair.document
    if row is None:
        return "missing from the index" if document else ""
    if row.wrong:
        return row.wrong
    if document is None:
        return "removed by its source, but still in the index" if pair.known else "in the index, but not in the library"
    if (row.content_hash, row.seq) != (document.content_hash, document.seq):
        return "another version in the index"
    if row.shown != shown_digest(document):
        return "what the index shows of it is not what the library says"
    return "" if row.whole == whole_digest(document) else "it is not found by what the library says"


def _expected(library: Library, ontology: Ontology) -> Iterator[_Pair]:
    """Every record, in the order of uids, in constant memory."""
    uids = library.iter_uids()
    while batch := list(islice(uids, _BATCH)):
        documents = {document.uid: document for document in documents_of(library, ontology, batch)[0]}
        yield from (_Pair(uid=uid, known=True, document=documents.get(uid)) for uid in batch)


def _pairs(expected: Iterator[_Pair], rows: Iterator[Row]) -> Iterator[_Pair]:
    """Both sides merged; what bears no uid of its own comes first or last."""
    row = next(rows, None)
    for pair in expected:
        while row and row.uid < pair.uid:
            yield _Pair(uid=row.uid, row=row)
            row = next(rows, None)
        if row and row.uid == pair.uid:
            yield msgspec.structs.replace(pair, row=row)
            row = next(rows, None)
        else:
            yield pair
    while row:
        yield _Pair(uid=row.uid, row=row)
        row = next(rows, None)
