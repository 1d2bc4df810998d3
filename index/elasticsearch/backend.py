"""The Elasticsearch backend: one version of the index behind the interface of all backends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import msgspec
import numpy as np

from index.analysis import words_of
from index.backend import AT_ONCE, Refused, Rejected, Row, StoredDocument
from index.elasticsearch import bulk
from index.elasticsearch.client import told
from index.elasticsearch.compile import Dsl, DslCompiler
from index.elasticsearch.cut import cut_down, refusal
from index.elasticsearch.mapping import (
    HELD,
    VECTOR,
    Brief,
    Kept,
    matrix_of,
    nearest_of,
    row_of,
    source_of,
    vector_mappings,
)
from index.elasticsearch.pages import PAGE, SAME_COPY, Wanted, paged
from index.elasticsearch.versions import Versions, written
from index.threshold import Threshold
from records.errors import IndexDamagedError, IndexStaleError, IndexUnavailableError
from records.hit import Summary
from records.query import Node

K = TypeVar("K", bound=Brief)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from index.document import IndexDocument

OVERSAMPLE: Final = 2.0
"""So many times as many of the nearest by bytes are compared in full."""
CUT_DOWN: Final = "indexed without body and vectors"
NOT_THERE: Final = "not in the index"
_VALUES_OF_SHARD: Final = 1_000
_BEST: Final[Sequence[Dsl]] = ({"_score": "desc"}, {"uid": "asc"})
_NEWEST: Final[Sequence[Dsl]] = ({"published": "desc"}, {"uid": "asc"})
_ANY: Final[Sequence[Dsl]] = ({"_shard_doc": "asc"},)
_COMPARED: Final = 200
"""Documents a page where all of each is read."""


class ElasticsearchBackend:
    """One version of an index.

    Args:
        versions: Where its versions are kept, and the connection to them.
        name: The version's own name.
        sender: Writes to it.
    """

    def __init__(self, versions: Versions, name: str, *, sender: bulk.Sender) -> None:
        self._client = versions.client
        self._versions = versions
        self.name = name
        self._sender = sender
        self._compiler = DslCompiler()
        self._held = ExitStack()
        self._facts = versions.facts(name)
        self._model = self._facts.meta.model
        self._library = ""

    def _told(self) -> AbstractContextManager[None]:
        return told(self._versions.url)

    def hold(self, connection: ExitStack) -> None:
        """Keep what is to be closed with it."""
        self._held = connection

    def close(self) -> None:
        """Close the connection."""
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def seq(self) -> int:
        """Library change up to which it has read."""
        return self._versions.seq(self.name, self._facts)

    @property
    def model(self) -> str:
        """``model_id`` of the vectors."""
        return self._model

    # Writing

    @property
    def owner(self) -> str:
        """Id of its library."""
        return self._versions.owner(self._facts)

    def claim(self, library: str) -> None:
        """Bind all versions to a library; one from a snapshot goes on under its own name."""
        self._versions.claim(self._facts, library)
        self._library = library
        if seq := self.seq:
            self._versions.move(self._facts, seq)

    def write(
        self, documents: Sequence[IndexDocument], deleted: Sequence[str], *, seq: int, refused: Refused | None = None
    ) -> list[Rejected]:
        """Documents first; ``seq`` when all are acknowledged: cut off in between, the next run writes them again."""
        self._take_vectors(documents)
        untaken = {document.uid: reason for document in documents if (reason := refusal(document))}
        actions = self._actions([one for one in documents if one.uid not in untaken], deleted, seq)
        untaken |= {one.uid: one.reason for one in self._sender.send(actions)}
        rejected = self._cut_down([one for one in documents if one.uid in untaken], untaken, seq)
        with self._told():
            self._client.indices.refresh(index=self.name)
        if self._versions.facts(self.name).uuid != self._facts.uuid:
            raise IndexStaleError(f"{self.name} was deleted meanwhile", hint="cordwatch index, or rebuild")
        if rejected and refused:
            refused(rejected)
        self._versions.move(self._facts, seq)
        return rejected

    def _cut_down(self, documents: Sequence[IndexDocument], reasons: Mapping[str, str], seq: int) -> list[Rejected]:
        """Index as much of these as the server takes; of the others no older version stays."""
        shorter = [cut_down(document) for document in documents if document.uid in self._possible(reasons)]
        again = {one.uid for one in self._sender.send(self._actions(shorter, [], seq))}
        self._sender.send(self._actions([], sorted(again), seq))
        kept = {document.uid for document in shorter} - again
        return [
            Rejected(uid=uid, reason=f"{reason}; {CUT_DOWN if uid in kept else NOT_THERE}")
            for uid, reason in reasons.items()
        ]

    def _possible(self, uids: Iterable[str]) -> set[str]:
        return {uid for uid in uids if len(uid.encode()) <= bulk.LONGEST_ID}

    def _actions(self, documents: Sequence[IndexDocument], deleted: Sequence[str], seq: int) -> Iterator[bulk.Action]:
        alias = written(self.name)
        yield from (bulk.delete_action(alias, uid, version=seq) for uid in deleted if self._possible([uid]))

        def action(document: IndexDocument) -> bulk.Action:
            source = source_of(document, server=self._versions.server, written=seq)
            return bulk.index_action(alias, document.uid, source, version=seq)

        yield from bulk.made_ahead(action, documents)

    def _take_vectors(self, documents: Sequence[IndexDocument]) -> None:
        """Make room for vectors with the first of them. Raises `IndexStaleError` for those of another model."""
        embeddings = [document.embedding for document in documents if document.embedding]
        models = {embedding.model for embedding in embeddings} | ({self._model} - {""})
        if len(models) > 1:
            raise IndexStaleError(
                f"the index holds vectors of {self._model}, not of {', '.join(sorted(models - {self._model}))}",
                hint="cordwatch index migrate",
            )
        if embeddings and not self._model:
            # Vectors of another length are refused one by one by the server, and land in the quarantine.
            first = embeddings[0]
            meta = self._facts.meta
            # Whoever writes at the same time notes the same.
            meta = msgspec.structs.replace(meta, model=first.model, library=meta.library or self._library)
            with self._told():
                self._client.indices.put_mapping(index=self.name, **vector_mappings(meta, first.dimension))
            self._model = first.model

    # Searching

    def lexical(self, node: Node | None, limit: int) -> dict[str, float]:
        """uid → BM25 score, best first."""
        request = self._lexical(node, limit)
        if request is None:
            return {}
        return _scores(self._search(request))

    def semantic(self, node: Node | None, vector: NDArray[np.float32], limit: int) -> dict[str, float]:
        """uid → cosine of the best window, best first."""
        if not self._model:
            return {}
        return _cosines(self._search(self._semantic(node, vector, limit)))

    def both(
        self, node: Node | None, vector: NDArray[np.float32], limit: int
    ) -> tuple[dict[str, float], dict[str, float]]:
        """`lexical` and `semantic` in one round trip."""
        if not self._model or self._compiler.ranking(node) is None:
            return self.lexical(node, limit), self.semantic(node, vector, limit)
        with self._told():
            answer = self._client.msearch(searches=self.searches(node, vector, limit))
            lexical, semantic = (self._versions.whole(one) for one in answer["responses"])
        return _scores(lexical), _cosines(semantic)

    def searches(self, node: Node | None, vector: NDArray[np.float32], limit: int) -> list[Dsl]:
        """What `both` asks, as ``_msearch`` takes it."""
        header: Dsl = {"index": self.name, "preference": SAME_COPY}
        lexical = self._lexical(node, limit)
        joined = self._search_type(lexical or {})
        first = {**header, "search_type": joined} if joined else header
        return [*((first, lexical) if lexical else ()), header, self._semantic(node, vector, limit)]

    def _lexical(self, node: Node | None, limit: int) -> Dsl | None:
        if self._compiler.ranking(node) is None:
            return None
        return {"query": self._matching(node), "size": min(limit, AT_ONCE), "_source": False, "track_total_hits": False}

    def _semantic(self, node: Node | None, vector: NDArray[np.float32], limit: int) -> Dsl:
        count = min(limit, AT_ONCE)
        nearest = {
            "field": VECTOR,
            "query_vector": [float(value) for value in vector],
            "k": count,
            "num_candidates": min(max(2 * count, 200), AT_ONCE),
            "rescore_vector": {"oversample": OVERSAMPLE},
            "filter": self._compiler.filter(node, embargo=True),
        }
        return {"knn": nearest, "size": count, "_source": False, "track_total_hits": False}

    def newest(self, node: Node | None, limit: int) -> list[str]:
        """Uids by date of publication, newest first."""
        request = {"query": self._matching(node), "sort": _NEWEST, "size": limit, "_source": False}
        return [hit["_id"] for hit in self._search(request)["hits"]["hits"]]

    def lexical_pages(self, node: Node | None, limit: int) -> Iterator[dict[str, float]]:
        """uid → BM25 score."""
        request = self._lexical(node, limit)
        if request is None:
            return
        joined = self._search_type(request)
        for page in self._pages(Wanted(query=request["query"], order=_BEST, limit=limit, search_type=joined)):
            yield {hit["_id"]: float(hit["sort"][0]) for hit in page}

    def semantic_pages(self, node: Node | None, vector: NDArray[np.float32], limit: int) -> Iterator[dict[str, float]]:
        """uid → cosine of the best window, by the vectors that are kept of all that pass."""
        if not self._model:
            return
        passing = Threshold(limit).passing
        of_windows = {"nested": {"path": "windows", "query": {"exists": {"field": VECTOR}}}}
        query = {"bool": {"filter": [self._compiler.filter(node, embargo=True), of_windows]}}
        for page in self._pages(Wanted(query=query, order=_ANY, source=["kept.vectors", "kept.dimension"])):
            cosines = [nearest_of(hit["_source"]["kept"], vector) for hit in page]
            chosen = passing(np.array(cosines, dtype=np.float32)).tolist()
            yield {page[place]["_id"]: cosines[place] for place in range(len(page)) if chosen[place]}

    def dated_pages(self, node: Node | None, limit: int) -> Iterator[dict[str, float]]:
        """uid → day of publication."""
        for page in self._pages(Wanted(query=self._matching(node), order=_NEWEST, limit=limit)):
            yield {hit["_id"]: int(hit["sort"][0]) for hit in page}

    def count(self, node: Node | None, *, words: bool) -> int:
        """How many pass the filters and, with ``words``, contain one."""
        query = self._matching(node) if words else self._compiler.filter(node, embargo=True)
        with self._told():
            return int(self._versions.whole(self._client.count(index=self.name, query=query))["count"])

    def facets(self, node: Node | None, fields: Sequence[str], size: int) -> Mapping[str, Mapping[str, int]]:
        """Counted over all matches."""
        # Each shard names so many of its own, or a value that is common in all of them could be missed.
        of_shard = min(max(10 * size, _VALUES_OF_SHARD), AT_ONCE * 6)
        counted = {name: {"terms": {"field": f"c_{name}", "size": size, "shard_size": of_shard}} for name in fields}
        answer = self._search({"query": self._matching(node), "size": 0, "aggs": counted})["aggregations"]
        return {name: {row["key"]: row["doc_count"] for row in answer[name]["buckets"]} for name in fields}

    def documents(self, uids: Iterable[str]) -> dict[str, StoredDocument]:
        """Those of the documents that there are."""
        kept = self._kept(list(uids), ["kept.summary", "kept.texts"], Kept)
        return {uid: StoredDocument(summary=one.summary, texts=one.texts) for uid, one in kept.items()}

    def summaries(self, uids: Iterable[str]) -> dict[str, Summary]:
        """Those of the documents that there are, without their texts."""
        return {uid: one.summary for uid, one in self._kept(list(uids), ["kept.summary"], Brief).items()}

    def vectors(self, uid: str) -> NDArray[np.float32] | None:
        """A document's vectors."""
        kept = self._kept([uid], ["kept"], Kept)
        return matrix_of(kept[uid]) if uid in kept else None

    def words(self, text: str) -> list[str]:
        """The words of a text as they are indexed."""
        return words_of(text)

    def rows(self) -> Iterator[Row]:
        """Every document, a page at a time; those that bear no uid last."""
        bears: Dsl = {"exists": {"field": "uid"}}
        for query in (bears, {"bool": {"must_not": [bears]}}):
            wanted = Wanted(query=query, order=[{"uid": "asc"}], source=HELD, page=_COMPARED)
            yield from (row_of(hit) for page in self._pages(wanted) for hit in page)

    def _pages(self, wanted: Wanted) -> Iterator[Any]:
        return paged(self._versions, self.name, wanted)

    def _matching(self, node: Node | None) -> Dsl:
        return self._compiler.matching(node, embargo=True)

    def _search(self, request: Dsl) -> Any:
        with self._told():
            answer = self._client.search(
                index=self.name, preference=SAME_COPY, body=request, search_type=self._search_type(request)
            )
            return self._versions.whole(answer.body)

    def _search_type(self, request: Dsl) -> str | None:
        """With several shards their statistics are joined first: BM25 as in one."""
        return "dfs_query_then_fetch" if self._facts.shards > 1 and "knn" not in request else None

    def _kept(self, uids: list[str], parts: list[str], part: type[K]) -> dict[str, K]:
        found: dict[str, K] = {}
        for start in range(0, len(uids), PAGE):
            with self._told():
                answer = self._client.mget(index=self.name, ids=uids[start : start + PAGE], source_includes=parts)
            for document in answer["docs"]:
                if error := document.get("error"):
                    raise IndexUnavailableError(
                        f"{self._versions.url}: {document['_id']} cannot be read now: {error.get('reason')}",
                        hint="GET _cat/shards says which are missing",
                    )
                if document.get("found"):
                    found[document["_id"]] = self._decoded(document, part)
        return found

    def _decoded(self, document: Any, part: type[K]) -> K:
        try:
            return msgspec.convert(document["_source"]["kept"], part)
        except (KeyError, msgspec.ValidationError) as error:
            raise IndexDamagedError(f"{self.name}/{document['_id']}: {error}", hint="cordwatch rebuild") from error


def _scores(answer: Any) -> dict[str, float]:
    return {hit["_id"]: float(hit["_score"]) for hit in answer["hits"]["hits"]}


def _cosines(answer: Any) -> dict[str, float]:
    """The engine's score of cosine *c* is (1 + *c*) / 2."""
    return {hit["_id"]: 2.0 * float(hit["_score"]) - 1.0 for hit in answer["hits"]["hits"]}
