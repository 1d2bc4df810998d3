"""The stage that brings the index up to the library, and the rebuild beside the old one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from index.document import IndexDocument, make_document
from records.errors import IndexStaleError

if TYPE_CHECKING:
    from index.backend import Backend, Rejected
    from index.place import Place
    from library import Library
    from records.protocols import Ontology

BATCH: Final = 5_000
_STAGE: Final = "index"
_JSON: Final = "application/json"
Progress = Callable[[int, int], None]


class IndexReport(msgspec.Struct, kw_only=True):
    """What a run of the stage did."""

    indexed: int = 0
    deleted: int = 0
    rejected: int = 0
    """Documents that the server will never take as they are: its reasons stand in the quarantine."""


def update(
    library: Library,
    backend: Backend,
    ontology: Ontology,
    *,
    batch: int = BATCH,
    progress: Progress | None = None,
) -> IndexReport:
    """Replay the library's changes after the backend's own ``seq``, a batch at a time.

    Killed, it goes on after the last batch of which something was written.

    A record whose newest change comes in a later batch is written then, once: a new index has to read three changes of
    each, and ends with the last.

    Raises:
        IndexForeignError: The index is of another library.
        IndexStaleError: The library is older than the index, or its vectors are of another model.
    """
    report = IndexReport()
    backend.claim(library.id)
    seq = backend.seq
    if seq > library.last_seq():
        raise IndexStaleError(
            f"the index has read up to change {seq}, the library ends at {library.last_seq()}", hint="cordwatch rebuild"
        )
    done, total = 0, library.count_changes(seq)
    while changes := library.changes(seq, limit=batch):
        seq = changes[-1].seq
        newest = library.newest_changes({change.uid for change in changes})
        uids = list(dict.fromkeys(change.uid for change in changes if newest.get(change.uid, 0) <= seq))
        if uids:
            _write(library, backend, ontology, uids, seq, report)
        done += len(changes)
        if progress:
            progress(done, total)
    return report


def _write(
    library: Library, backend: Backend, ontology: Ontology, uids: list[str], seq: int, report: IndexReport
) -> None:
    documents, gone = documents_of(library, ontology, uids)
    rejected = backend.write(documents, gone, seq=seq, refused=partial(_quarantine, library, documents))
    report.indexed += len(documents) - len(rejected)
    report.rejected += len(rejected)
    report.deleted += len(gone)


def rebuild(
    library: Library, place: Place, ontology: Ontology, *, batch: int = BATCH, progress: Progress | None = None
) -> IndexReport:
    """Build the index anew beside the one in force and switch to it; interrupted, the old one stays."""
    try:
        return _filled(library, place, place.begin(), ontology, batch, progress)
    except IndexStaleError:
        # What was begun holds vectors of another model, or is ahead of a library that was restored.
        return _filled(library, place, place.begin(fresh=True), ontology, batch, progress)


def _filled(
    library: Library, place: Place, begun: Backend, ontology: Ontology, batch: int, progress: Progress | None
) -> IndexReport:
    with begun as backend:
        report = update(library, backend, ontology, batch=batch, progress=progress)
        place.switch(backend.name)
    return report


def _quarantine(library: Library, documents: Sequence[IndexDocument], rejected: Sequence[Rejected]) -> None:
    """Keep what a server will never take, so that it is not lost without a word."""
    if not rejected:
        return
    by_uid = {document.uid: document for document in documents}
    with library.transaction() as writer:
        for one in rejected:
            summary = by_uid[one.uid].summary if one.uid in by_uid else None
            content = msgspec.json.encode(summary or _Named(one.uid))
            writer.quarantine(_STAGE, one.reason, content, _JSON, summary.url if summary else "")


class _Named(msgspec.Struct):
    uid: str


def refused_uids(library: Library) -> Mapping[str, str]:
    """Uid → reason of the documents that the server refused for good, as far as the quarantine still has them."""
    found = {}
    for kept in library.quarantined(source=_STAGE):
        found[msgspec.json.decode(kept.content, type=_Named).uid] = kept.reason
    return found


def documents_of(library: Library, ontology: Ontology, uids: list[str]) -> tuple[list[IndexDocument], list[str]]:
    """What the index should hold of these records, and which of them it should not."""
    stored = library.get_many(uids)
    annotations = library.annotations(uids)
    embeddings = library.embeddings(uids)
    gone = [uid for uid in uids if uid not in stored or stored[uid].deleted]
    documents = [
        make_document(stored[uid], annotations.get(uid), embeddings.get(uid), ontology, seq=stored[uid].seq)
        for uid in uids
        if uid in stored and not stored[uid].deleted
    ]
    return documents, gone
