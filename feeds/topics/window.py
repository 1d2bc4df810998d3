"""The records in question, indexed by themselves: what a topic costs depends on what is new, not on the library."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import select

from feeds.review.log import verdicts
from feeds.topics.algebra import Uids, leaf_text
from feeds.topics.nearness import Vectors, load_vectors
from index.analysis import words_of
from index.document import make_document
from index.embedded.backend import EmbeddedBackend
from index.fields import FIELDS, FieldType
from index.search import Searcher
from library import schema
from library.types import ChangeKind, StoredRecord
from records.query import Field, Mode, Node, Phrase, Term

if TYPE_CHECKING:
    from library import Library
    from records.protocols import Encoder, Ontology

_BATCH: Final = 2_000
_STAGES: Final = ("annotate ", "embed ")


class Window:
    """Records that topics are asked about, with what each word, phrase and field of a query finds among them.

    Make it with `open_window`.

    Args:
        library: Holds the records.
        records: Those in question, by uid.
        searcher: Of an index of these alone.
    """

    def __init__(self, library: Library, records: dict[str, StoredRecord], searcher: Searcher) -> None:
        self.library = library
        self.records = records
        self.universe: Uids = frozenset(records)
        self._searcher = searcher
        self._found: dict[str, Uids | None] = {}
        with library.reading() as connection:
            self._reviewed = verdicts(connection)

    @cached_property
    def vectors(self) -> Vectors:
        """The records' vectors; read when the first topic with examples asks."""
        return load_vectors(self.library, self.records)

    def reviewed(self, topic: str) -> Mapping[str, bool]:
        """What curators decided of the topic's candidates: uid → whether it is included."""
        return self._reviewed.get(topic, {})

    def leaf(self, node: Node) -> Uids | None:
        """Uids that bear a word, phrase, field or range; ``None`` for words that are never indexed.

        Raises:
            QueryError: It names a concept that the vocabulary does not have.
        """
        text = leaf_text(node)
        if text not in self._found:
            silent = _is_text(node) and not self.words(node.value if isinstance(node, Field) else text)
            hits = [] if silent else self._searcher.uids(text, mode=Mode.LEXICAL, limit=max(len(self.universe), 1))
            self._found[text] = None if silent else frozenset(hits)
        return self._found[text]

    def words(self, text: str) -> tuple[str, ...]:
        """The words of a text as they are indexed: stems, without stop words."""
        return tuple(words_of(text))


@contextmanager
def open_window(
    library: Library, ontology: Ontology, uids: Iterable[str], *, now: dt.datetime | None = None
) -> Iterator[Window]:
    """A window on these records; removed ones and those under embargo at ``now`` are left out.

    Args:
        library: Holds records, annotations and embeddings.
        ontology: Gives the ancestors of concepts.
        uids: The records in question.
        now: Time zone aware; the present moment if not given.
    """
    now = now or dt.datetime.now(dt.UTC)
    records = {uid: stored for uid, stored in sorted(library.get_many(uids).items()) if _shown(stored, now)}
    with (
        tempfile.TemporaryDirectory(prefix="cordwatch-window-") as folder,
        EmbeddedBackend.open(Path(folder), writable=True, writer_memory_mb=32) as backend,
    ):
        _fill(backend, library, ontology, records)
        yield Window(library, records, Searcher(backend, _no_encoder, lambda: ontology))


def _is_text(node: Node) -> bool:
    """Whether the node asks for words: these alone can be words that are never indexed."""
    return isinstance(node, Term | Phrase) or (isinstance(node, Field) and FIELDS[node.name].type is FieldType.TEXT)


def _shown(stored: StoredRecord, now: dt.datetime) -> bool:
    embargo = stored.record.embargo_until
    return not stored.deleted and (embargo is None or embargo <= now)


def _fill(backend: EmbeddedBackend, library: Library, ontology: Ontology, records: dict[str, StoredRecord]) -> None:
    annotations = library.annotations(records)
    # Nearness to examples is reckoned from the library's vectors: the index needs none.
    documents = [
        # Who is under embargo has been left out by the caller's clock, which need not be the index's.
        msgspec.structs.replace(make_document(stored, annotations.get(uid), None, ontology, seq=stored.seq), embargo=0)
        for uid, stored in records.items()
    ]
    for start in range(0, len(documents), _BATCH):
        backend.write(documents[start : start + _BATCH], [], seq=start + 1)


def _no_encoder() -> Encoder:
    raise AssertionError("a topic is looked up by words and fields alone")


def settled_seq(library: Library) -> int:
    """The change up to which every stage that has ever run here has worked.

    A window that ends there holds no record whose entities or vectors are still to come.
    """
    marks = library.watermarks()
    each = [max((seq for name, seq in marks.items() if name.startswith(stage)), default=None) for stage in _STAGES]
    return min((seq for seq in each if seq is not None), default=library.last_seq())


def changed_since(library: Library, since_seq: int, *, until_seq: int | None = None) -> list[str]:
    """Uids of records that are new or changed after ``since_seq`` and up to ``until_seq``, in the order of changes."""
    uids: list[str] = []
    while changes := library.changes(since_seq, kinds=[ChangeKind.RECORD], limit=_BATCH):
        uids += [change.uid for change in changes if until_seq is None or change.seq <= until_seq]
        since_seq = changes[-1].seq
    return uids


def first_seen_between(library: Library, start: dt.datetime, end: dt.datetime) -> list[str]:
    """Uids of standing records that were first collected from ``start`` up to, not including, ``end``; oldest first."""
    r = schema.records
    statement = select(r.c.uid).where(
        r.c.first_seen >= stored_moment(start), r.c.first_seen < stored_moment(end), ~r.c.deleted
    )
    with library.reading() as connection:
        return list(connection.execute(statement.order_by(r.c.first_seen, r.c.uid)).scalars())


def stored_moment(moment: dt.datetime) -> str:
    """A moment as the library's tables hold it: later ones sort behind."""
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds")
