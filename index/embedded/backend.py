"""The embedded backend."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec
import numpy as np
import tantivy

from index.backend import Row, Scored, StoredDocument
from index.embedded.compile import Compiler
from index.embedded.schema import ANALYZER, TEXTS, VERSION, fold, make_analyzer, make_schema
from index.embedded.vectors import VectorStore, file_digest
from index.fields import FACETS
from records.errors import IndexDamagedError, IndexError_, IndexMissingError, IndexStaleError
from records.hit import Summary
from records.query import Node

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from index.document import IndexDocument

CURRENT: Final = "CURRENT"
"""Names the folder of the index in force: a rebuild makes another and switches."""
_META: Final = "\x00seq"
"""Uid of the document that holds ``seq``: it is committed together with what it speaks of."""


class Stored(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What tantivy keeps of a document for showing."""

    summary: Summary
    texts: dict[str, str]
    content_hash: bytes


class EmbeddedBackend:
    """tantivy and vectors in one folder. Open it with `open`; it is a context manager."""

    def __init__(self, folder: Path, index: tantivy.Index, vectors: VectorStore, *, writer_memory_mb: int) -> None:
        self._folder = folder
        self._index = index
        self._analyzer = make_analyzer()
        self._compiler = Compiler(index.schema, self._analyzer)
        self._searcher = index.searcher()
        self._vectors = vectors
        self._writer_memory = writer_memory_mb * 1_000_000

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
        """
        pointer = path / CURRENT
        if not generation and not pointer.exists():
            if not writable:
                raise IndexMissingError(f"there is no index at {path}", hint="cordwatch index")
            generation = f"v{VERSION}-1"
            (path / generation).mkdir(parents=True, exist_ok=True)
            _open_index(path / generation / "tantivy", create=True)
            switch(path, generation)
        folder = path / (generation or pointer.read_text(encoding="utf-8").strip())
        if not folder.name.startswith(f"v{VERSION}-"):
            raise IndexStaleError(f"the index at {path} has another schema", hint="cordwatch rebuild")
        index = _open_index(folder / "tantivy", create=bool(generation))
        return cls(folder, index, VectorStore(folder / "vectors"), writer_memory_mb=writer_memory_mb)

    def close(self) -> None:
        """Nothing is held open between calls."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def seq(self) -> int:
        """Library change up to which it has read."""
        hits = self._searcher.search(self._term("uid", _META), limit=1, count=False).hits
        return int(self._searcher.doc(hits[0][1])["seq"][0]) if hits else 0

    @property
    def model(self) -> str:
        """``model_id`` of the vectors."""
        return self._vectors.model

    # Writing

    def write(self, documents: Sequence[IndexDocument], deleted: Sequence[str], *, seq: int) -> None:
        """Vectors first, then tantivy with ``seq``: killed in between, the next run writes the batch again."""
        self._write_vectors(documents, deleted)
        with self._writer() as writer:
            for uid in [*deleted, *(document.uid for document in documents), _META]:
                writer.delete_documents("uid", uid)
            for document in documents:
                writer.add_document(_tantivy_document(document))
            writer.add_document(tantivy.Document(uid=[_META], seq=[seq]))
            writer.commit()
            writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()
        self._note_files()

    def _write_vectors(self, documents: Sequence[IndexDocument], deleted: Sequence[str]) -> None:
        models = {document.embedding.model for document in documents if document.embedding}
        known = {self._vectors.model} - {""}
        if len(models | known) > 1:
            raise IndexStaleError(
                f"the index holds vectors of {', '.join(sorted(known))}, not of {', '.join(sorted(models))}",
                hint="cordwatch rebuild",
            )
        rows = [
            (document.uid, _matrix(document.embedding.vectors, document.embedding.dimension))
            for document in documents
            if document.embedding
        ]
        bare = [document.uid for document in documents if not document.embedding]
        if rows or deleted or bare:
            self._vectors.write(rows, [*deleted, *bare], model=next(iter(models), ""))

    @contextmanager
    def _writer(self) -> Iterator[Any]:
        try:
            writer = self._index.writer(self._writer_memory, num_threads=1)
        except ValueError as error:
            if "Lock" in str(error):
                raise IndexError_("another process is writing the index", hint="wait until it has finished") from error
            raise
        yield writer

    def _note_files(self) -> None:
        """Keep a digest of every file, so that flipped bytes are found: tantivy does not notice them."""
        folder = self._folder / "tantivy"
        known = self._digests()
        # Segment files never change: only new ones are read.
        digests = {
            path.name: known.get(path.name) or file_digest(path)
            for path in sorted(folder.iterdir())
            if path.is_file() and "." in path.name and path.suffix not in (".json", ".lock")
        }
        partial = self._folder / "files.partial"
        with partial.open("w", encoding="utf-8") as stream:
            json.dump(digests, stream)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(self._folder / "files.json")

    def _digests(self) -> dict[str, str]:
        path = self._folder / "files.json"
        if not path.exists():
            return {}
        found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return found

    # Searching

    def score(self, node: Node | None, vector: NDArray[np.float32] | None, *, lexical: bool, limit: int) -> Scored:
        """The best of both lists; without words, by date, newest first."""
        ranking = self._compiler.ranking(node)
        matching = self._matching(node)
        if ranking is None and vector is None:
            return self._newest(matching, limit)
        found = self._searcher.search(matching, limit=limit, count=True)
        scores = self._by_uid(found.hits) if lexical and ranking is not None else {}
        near: dict[str, float] = {}
        total = _count(found)
        if vector is not None and len(self._vectors):
            allowed = self._allowed(node)
            near = self._vectors.search(vector, limit, allowed=allowed)
            if not lexical:
                total = len(self._vectors) if allowed is None else len(allowed)
        return Scored(lexical=scores, semantic=near, total=total)

    def _newest(self, query: tantivy.Query, limit: int) -> Scored:
        found = self._searcher.search(query, limit=limit, count=True, order_by_field="published")
        ordered = [self._uid(address) for _, address in found.hits]
        scores = {uid: 1.0 - place / max(len(ordered), 1) for place, uid in enumerate(ordered)}
        return Scored(lexical=scores, semantic={}, total=_count(found))

    def _matching(self, node: Node | None) -> tantivy.Query:
        """Every match but the document that holds ``seq``."""
        clauses = [
            (tantivy.Occur.Must, self._compiler.matching(node)),
            (tantivy.Occur.MustNot, self._term("uid", _META)),
        ]
        return tantivy.Query.boolean_query(clauses)

    def _allowed(self, node: Node | None) -> list[str] | None:
        """Uids that pass the filters; ``None`` where all do."""
        if not self._compiler.has_filter(node) and not self._any_embargo():
            return None
        query = self._compiler.filter(node)
        found = self._searcher.search(query, limit=max(self._searcher.num_docs, 1), count=False)
        return [self._uid(address) for _, address in found.hits]

    def _any_embargo(self) -> bool:
        schema = self._index.schema
        later = tantivy.Query.range_query(schema, "embargo", tantivy.FieldType.Integer, int(time.time()) + 1, None)
        return bool(self._searcher.search(later, limit=1, count=False).hits)

    def _by_uid(self, hits: Iterable[tuple[float, tantivy.DocAddress]]) -> dict[str, float]:
        return {self._uid(address): score for score, address in hits}

    def _uid(self, address: tantivy.DocAddress) -> str:
        uid: str = self._searcher.doc(address)["uid"][0]
        return uid

    def facets(self, node: Node | None, fields: Sequence[str], size: int) -> Mapping[str, Mapping[str, int]]:
        """Counted over all matches."""
        aggregations = {name: {"terms": {"field": f"c_{name}", "size": size}} for name in fields}
        answer = self._searcher.aggregate(self._matching(node), aggregations)
        return {name: {row["key"]: row["doc_count"] for row in answer[name]["buckets"]} for name in fields}

    def documents(self, uids: Iterable[str]) -> dict[str, StoredDocument]:
        """Those of the documents that there are."""
        found: dict[str, StoredDocument] = {}
        for uid in uids:
            for _, address in self._searcher.search(self._term("uid", uid), limit=1, count=False).hits:
                stored = self._stored(address)
                found[uid] = StoredDocument(summary=stored.summary, texts=stored.texts)
        return found

    def vectors(self, uid: str) -> NDArray[np.float32] | None:
        """A document's vectors."""
        return self._vectors.get(uid)

    def words(self, text: str) -> list[str]:
        """The words of a text as they are indexed."""
        found: list[str] = self._analyzer.analyze(text)
        return found

    # Verification

    def rows(self) -> Iterator[Row]:
        """Every document."""
        query = self._matching_everything()
        for _, address in self._searcher.search(query, limit=max(self._searcher.num_docs, 1), count=False).hits:
            stored = self._stored(address)
            yield Row(uid=stored.summary.uid, content_hash=stored.content_hash)

    def _matching_everything(self) -> tantivy.Query:
        everything = (tantivy.Occur.Must, tantivy.Query.all_query())
        return tantivy.Query.boolean_query([everything, (tantivy.Occur.MustNot, self._term("uid", _META))])

    def damages(self) -> Iterator[str]:
        """Files that are not what was written."""
        for name, digest in self._digests().items():
            path = self._folder / "tantivy" / name
            if path.exists() and file_digest(path) != digest:
                yield f"{path} is not what was written"
        yield from self._vectors.damages()

    def _term(self, field: str, value: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._index.schema, field, value, index_option="basic")

    def _stored(self, address: tantivy.DocAddress) -> Stored:
        return msgspec.json.decode(self._searcher.doc(address)["stored"][0], type=Stored)


def switch(path: Path, generation: str) -> None:
    """Put a generation in force, in one step."""
    partial = path / f"{CURRENT}.partial"
    with partial.open("w", encoding="utf-8") as stream:
        stream.write(generation + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path / CURRENT)


def _open_index(folder: Path, *, create: bool) -> tantivy.Index:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if create and not tantivy.Index.exists(str(folder)):
            index = tantivy.Index(make_schema(), path=str(folder))
        else:
            index = tantivy.Index.open(str(folder))
    except (OSError, ValueError) as error:
        raise IndexDamagedError(f"{folder}: {error}", hint="cordwatch rebuild") from error
    index.register_tokenizer(ANALYZER, make_analyzer())
    return index


def _tantivy_document(document: IndexDocument) -> tantivy.Document:
    stored = Stored(summary=document.summary, texts=document.texts, content_hash=document.content_hash)
    fields: dict[str, Any] = {"uid": [document.uid], "stored": [msgspec.json.encode(stored)]}
    fields |= {name: [document.texts[name]] for name in TEXTS}
    fields |= {f"f_{name}": [fold(value) for value in values] for name, values in document.keywords.items() if values}
    fields |= {f"c_{name}": list(values) for name, values in document.own.items() if values and name in FACETS}
    fields |= {"published": [document.published], "embargo": [document.embargo], "seq": [document.seq]}
    return tantivy.Document(**fields)


def _count(found: tantivy.SearchResult) -> int:
    return int(found.count)  # type: ignore[attr-defined]  # tantivy's stub forgets it


def _matrix(vectors: bytes, dimension: int) -> NDArray[np.float16]:
    return np.frombuffer(vectors, dtype="<f2").reshape(-1, dimension)
