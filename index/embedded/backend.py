"""The embedded backend."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cached_property
from heapq import nsmallest
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import msgspec
import numpy as np
import tantivy

from index.analysis import words_of
from index.backend import Refused, Rejected, Row, StoredDocument
from index.digest import key_of
from index.embedded.compile import TantivyCompiler
from index.embedded.generation import claim, current, note_files, owner, switch
from index.embedded.schema import META, VERSION, open_index
from index.embedded.slices import days_of, keys_of, number, slices, uids_of
from index.embedded.stored import Brief, Stored, tantivy_document, vectors_of
from index.embedded.vectors import VectorStore
from index.threshold import Threshold
from records.errors import IndexDamagedError, IndexMissingError, IndexStaleError
from records.hit import Summary
from records.query import Node

S = TypeVar("S", bound=Brief)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from index.document import IndexDocument
    from index.embedded.segment import Nearest
    from index.embedded.slices import Hits

ENUMERATED: Final = 20_000
"""Filters that this many records pass at most are answered exactly: vectors of these alone are compared."""
_MARGIN: Final = 2
"""With broader filters, so many times as many of the nearest are looked at as should be needed; if too few of these
pass, all that pass are compared after all."""


class EmbeddedBackend:
    """tantivy and vectors in one folder. Open it with `open`; it is a context manager."""

    def __init__(self, folder: Path, index: tantivy.Index, vectors: VectorStore, *, writer_memory_mb: int) -> None:
        self._folder = folder
        self._index = index
        self._compiler = TantivyCompiler(index.schema)
        self._searcher = index.searcher()
        self._vectors = vectors
        self._writer_memory = writer_memory_mb * 1_000_000
        self._held = ExitStack()
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="lexical")

    @classmethod
    def open(cls, path: Path, *, writable: bool = False, generation: str = "", writer_memory_mb: int = 256) -> Self:
        """Open the index at ``path``.

        Args:
            path: Folder of the index.
            writable: Whether to make one if there is none.
            generation: Folder under ``path`` instead of the one in force, for a rebuild.
            writer_memory_mb: Memory of tantivy's writer.

        Raises:
            IndexMissingError: There is none.
            IndexStaleError: It was made with another schema.
            IndexDamagedError: It cannot be read.
            LockedError: Another process writes it.
        """
        with ExitStack() as held:
            if writable:
                from library.lock import alone

                held.enter_context(alone(path / "lock", "writes the index"))
            folder = path / generation if generation else current(path)
            if folder is None and not writable:
                raise IndexMissingError(f"there is no index at {path}", hint="cordwatch index")
            if folder is None:
                folder = path / f"v{VERSION}-1"
                open_index(folder / "tantivy", create=True)
                switch(path, folder.name)
            if not folder.name.startswith(f"v{VERSION}-"):
                raise IndexStaleError(f"the index at {path} has another schema", hint="cordwatch rebuild")
            index = open_index(folder / "tantivy", create=bool(generation))
            backend = cls(folder, index, VectorStore(folder / "vectors"), writer_memory_mb=writer_memory_mb)
            backend._held = held.pop_all()
            return backend

    def close(self) -> None:
        """Let others write."""
        self._beside.shutdown()
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        # One document holds ``seq``.
        return max(int(self._searcher.num_docs) - 1, 0)

    @property
    def name(self) -> str:
        """Its folder's."""
        return self._folder.name

    @cached_property
    def seq(self) -> int:
        """Library change up to which it has read."""
        hits = self._searcher.search(self._term("uid", META), limit=1, count=False).hits
        return int(self._searcher.doc(hits[0][1])["seq"][0]) if hits else 0

    @property
    def model(self) -> str:
        """``model_id`` of the vectors."""
        return self._vectors.model

    @property
    def owner(self) -> str:
        """Id of its library."""
        return owner(self._folder)

    # Writing

    def claim(self, library: str) -> None:
        """Bind it to a library."""
        claim(self._folder, library)

    def write(
        self, documents: Sequence[IndexDocument], deleted: Sequence[str], *, seq: int, refused: Refused | None = None
    ) -> list[Rejected]:
        """Vectors first, then tantivy with ``seq``: killed in between, the next run writes the batch again."""
        self._write_vectors(documents, deleted)
        with self._writer() as writer:
            for uid in [*deleted, *(document.uid for document in documents), META]:
                writer.delete_documents_by_term("uid", uid)
            for document in documents:
                writer.add_document(tantivy_document(document))
            writer.add_document(tantivy.Document(uid=[META], key=[key_of(META)], seq=[seq]))
            writer.commit()
            writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()
        for name in ("seq", "_any_embargo"):
            self.__dict__.pop(name, None)
        note_files(self._folder)
        return []

    def _write_vectors(self, documents: Sequence[IndexDocument], deleted: Sequence[str]) -> None:
        models = {document.embedding.model for document in documents if document.embedding}
        known = {self._vectors.model} - {""}
        if len(models | known) > 1:
            raise IndexStaleError(
                f"the index holds vectors of {', '.join(sorted(known))}, not of {', '.join(sorted(models))}",
                hint="cordwatch rebuild",
            )
        rows = vectors_of(documents)
        bare = [document.uid for document in documents if not document.embedding]
        if rows or deleted or bare:
            self._vectors.write(rows, [*deleted, *bare], model=next(iter(models), ""))

    @contextmanager
    def _writer(self) -> Iterator[Any]:
        writer = self._index.writer(self._writer_memory, num_threads=1)
        # A killed commit leaves files that the same commit, done again, would stumble over.
        writer.garbage_collect_files()
        yield writer

    # Searching

    def lexical(self, node: Node | None, limit: int) -> dict[str, float]:
        """uid → BM25 score, best first."""
        if self._compiler.ranking(node) is None:
            return {}
        hits = self._searcher.search(self._matching(node), limit=limit, count=False).hits
        uids = self._uids([address for _, address in hits])
        return dict(zip(uids, (score for score, _ in hits), strict=True))

    def both(
        self, node: Node | None, vector: NDArray[np.float32], limit: int
    ) -> tuple[dict[str, float], dict[str, float]]:
        """Side by side: both let go of the interpreter while they work."""
        words = self._beside.submit(self.lexical, node, limit)
        semantic = self.semantic(node, vector, limit)
        return words.result(), semantic

    def lexical_pages(self, node: Node | None, limit: int) -> Iterator[dict[str, float]]:
        """uid → BM25 score."""
        if self._compiler.ranking(node) is None:
            return
        passing = Threshold(limit).passing
        for hits in self._slices(self._matching(node)):
            scores = [score for score, _ in hits]
            chosen = np.flatnonzero(passing(np.array(scores, dtype=np.float32))).tolist()
            uids = self._uids([hits[place][1] for place in chosen])
            yield dict(zip(uids, (scores[place] for place in chosen), strict=True))

    def semantic_pages(self, node: Node | None, vector: NDArray[np.float32], limit: int) -> Iterator[dict[str, float]]:
        """uid → cosine of the best window."""
        if not len(self._vectors):
            return
        passing = Threshold(limit).passing
        required = self._compiler.filter(node, embargo=self._any_embargo)
        for allowed in [None] if required is None else self._keys(required):
            for keys, cosines in self._vectors.cosines(vector, allowed):
                chosen = passing(cosines)
                yield self._named((keys[chosen], cosines[chosen]))

    def dated_pages(self, node: Node | None, limit: int) -> Iterator[dict[str, float]]:
        """uid → day of publication."""
        for hits in self._slices(self._matching(node)):
            addresses = [address for _, address in hits]
            yield dict(zip(self._uids(addresses), days_of(self._searcher, addresses), strict=True))

    def _slices(self, query: tantivy.Query) -> Iterator[Hits]:
        return slices(self._searcher, self._compiler, query)

    def _keys(self, query: tantivy.Query) -> Iterator[NDArray[np.int64]]:
        return (keys_of(self._searcher, hits) for hits in self._slices(query))

    def newest(self, node: Node | None, limit: int) -> list[str]:
        """Uids by date of publication, newest first."""
        hits = self._searcher.search(self._matching(node), limit=limit, count=False, order_by_field="published").hits
        addresses = [address for _, address in hits]
        dated = list(zip(days_of(self._searcher, addresses), addresses, strict=True))
        uids = []
        if len(dated) == limit:
            # tantivy breaks ties in the order of writing: of the last day all are looked at.
            last = dated[-1][0]
            dated = [one for one in dated if one[0] > last]
            of_day = self._compiler.all_of([self._matching(node), self._compiler.between("published", last, last)])
            each = (uid for hits in self._slices(of_day) for uid in self._uids([address for _, address in hits]))
            uids = nsmallest(limit - len(dated), each)
        ordered = sorted(zip((-day for day, _ in dated), self._uids([address for _, address in dated]), strict=True))
        return [uid for _, uid in ordered] + uids

    def count(self, node: Node | None, *, words: bool) -> int:
        """How many pass the filters and, with ``words``, contain one."""
        if words:
            return self._number(self._matching(node))
        required = self._compiler.filter(node, embargo=self._any_embargo)
        return len(self) if required is None else self._number(required)

    def semantic(self, node: Node | None, vector: NDArray[np.float32], limit: int) -> dict[str, float]:
        """uid → cosine of the best window, best first."""
        required = self._compiler.filter(node, embargo=self._any_embargo)
        if required is None or not len(self._vectors):
            return self._named(self._vectors.search(vector, limit))
        total = self._number(required)
        if total > ENUMERATED:
            keys, cosines = self._vectors.search(vector, _MARGIN * limit * len(self._vectors) // total)
            passing = np.isin(keys, self._passing(required, keys))
            if passing.sum() >= limit:
                return self._named((keys[passing][:limit], cosines[passing][:limit]))
        allowed = np.concatenate([np.empty(0, dtype=np.int64), *self._keys(required)])
        return self._named(self._vectors.search(vector, limit, allowed=allowed))

    def _named(self, nearest: Nearest) -> dict[str, float]:
        keys, cosines = nearest
        uids = self._vectors.uids(keys)
        return {uids[key]: cosine for key, cosine in zip(keys.tolist(), cosines.tolist(), strict=True)}

    def _passing(self, required: tantivy.Query, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of the records that pass the filters."""
        chosen = tantivy.Query.term_set_query(self._index.schema, "key", keys.tolist())
        both = tantivy.Query.boolean_query([(tantivy.Occur.Must, required), (tantivy.Occur.Must, chosen)])
        hits = self._searcher.search(tantivy.Query.const_score_query(both, 1.0), limit=max(len(keys), 1), count=False)
        return keys_of(self._searcher, hits.hits)

    def _matching(self, node: Node | None) -> tantivy.Query:
        return self._compiler.matching(node, embargo=self._any_embargo)

    def _number(self, query: tantivy.Query) -> int:
        return number(self._searcher, query)

    @cached_property
    def _any_embargo(self) -> bool:
        """Whether a record is under embargo; once none is, none is later."""
        schema = self._index.schema
        later = tantivy.Query.range_query(schema, "embargo", tantivy.FieldType.Integer, int(time.time()) + 1, None)
        return bool(self._searcher.search(later, limit=1, count=False).hits)

    def _uids(self, addresses: Sequence[tantivy.DocAddress]) -> list[str]:
        return uids_of(self._searcher, self._vectors, addresses)

    def facets(self, node: Node | None, fields: Sequence[str], size: int) -> Mapping[str, Mapping[str, int]]:
        """Counted over all matches."""
        aggregations = {name: {"terms": {"field": f"c_{name}", "size": size}} for name in fields}
        answer = self._searcher.aggregate(self._matching(node), aggregations)
        return {name: {row["key"]: row["doc_count"] for row in answer[name]["buckets"]} for name in fields}

    def documents(self, uids: Iterable[str]) -> dict[str, StoredDocument]:
        """Those of the documents that there are."""
        stored = [self._stored(address, Stored) for address in self._addresses(uids)]
        return {one.summary.uid: StoredDocument(summary=one.summary, texts=one.texts) for one in stored}

    def summaries(self, uids: Iterable[str]) -> dict[str, Summary]:
        """Those of the documents that there are, without their texts."""
        stored = [self._stored(address, Brief) for address in self._addresses(uids)]
        return {one.summary.uid: one.summary for one in stored}

    def _addresses(self, uids: Iterable[str]) -> list[tantivy.DocAddress]:
        clauses = [(tantivy.Occur.Should, self._term("uid", uid)) for uid in uids]
        found = self._searcher.search(tantivy.Query.boolean_query(clauses), limit=len(clauses) or 1, count=False)
        return [address for _, address in found.hits]

    def vectors(self, uid: str) -> NDArray[np.float32] | None:
        """A document's vectors."""
        return self._vectors.get(uid)

    def words(self, text: str) -> list[str]:
        """The words of a text as they are indexed."""
        return words_of(text)

    def rows(self) -> Iterator[Row]:
        """Every document, in the order of uids; they alone are held in memory."""
        hits = self._searcher.search(self._compiler.everything(), limit=max(self._searcher.num_docs, 1)).hits
        addresses = [address for _, address in hits]
        uids = [str(self._searcher.doc(address)["uid"][0]) for address in addresses]
        yield from (self._row(addresses[place]) for place in sorted(range(len(uids)), key=uids.__getitem__))

    def _row(self, address: tantivy.DocAddress) -> Row:
        stored = self._stored(address, Stored)
        seq, published, embargo = (
            int(self._searcher.fast_field_values(name, [address])[0] or 0) for name in ("seq", "published", "embargo")
        )
        return stored.row(seq=seq, published=published, embargo=embargo, vectors=self._vectors.get(stored.summary.uid))

    def _term(self, field: str, value: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._index.schema, field, value, index_option="basic")

    def _stored(self, address: tantivy.DocAddress, part: type[S]) -> S:
        try:
            return msgspec.json.decode(self._searcher.doc(address)["stored"][0], type=part)
        except (ValueError, msgspec.MsgspecError) as error:
            raise IndexDamagedError(f"{self._folder}: {error}", hint="cordwatch verify, cordwatch rebuild") from error
