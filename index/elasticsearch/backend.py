"""The Elasticsearch backend: one version of the index behind the interface of all backends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from index.analysis import words_of
from index.backend import Rejected, Row, StoredDocument
from index.elasticsearch import bulk
from index.elasticsearch.client import told
from index.elasticsearch.compile import Dsl, DslCompiler
from index.elasticsearch.mapping import VECTOR, Kept, matrix_of, source_of, vector_mappings
from index.elasticsearch.versions import Versions, written
from records.errors import IndexDamagedError, IndexStaleError, IndexUnavailableError
from records.query import Node

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.document import IndexDocument

PAGE: Final = 1_000
"""Documents a page where many are read; the engine gives 10,000 at most at once."""
AT_ONCE: Final = 10_000
OVERSAMPLE: Final = 2.0
"""So many times as many of the nearest by bytes are compared in full."""
_VALUES_OF_SHARD: Final = 1_000
_OPEN_FOR: Final = "2m"
_SAME_COPY: Final = "cordwatch"
"""Asks the same copy of a shard each time: copies differ a little in their statistics, and pages must not."""


class ElasticsearchBackend:
    """One version of an index.

    Args:
        versions: Where its versions are kept, and the connection to them.
        name: The version's own name.
        retries: How often a write that failed for the moment is tried again.
        timeout_s: How long a request may take.
    """

    def __init__(self, versions: Versions, name: str, *, retries: int, timeout_s: float) -> None:
        self._client = versions.client
        self._versions = versions
        self.name = name
        self._retries = retries
        self._timeout_s = timeout_s
        self._compiler = DslCompiler()
        self._held = ExitStack()
        self._model = versions.model(name)
        self._facts = versions.facts(name)

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
        return self._versions.seq(self._facts.uuid)

    @property
    def model(self) -> str:
        """``model_id`` of the vectors."""
        return self._model

    # Writing

    def write(self, documents: Sequence[IndexDocument], deleted: Sequence[str], *, seq: int) -> list[Rejected]:
        """Documents first; ``seq`` when all are acknowledged: cut off in between, the next run writes them again."""
        self._take_vectors(documents)
        refused = {document.uid: reason for document in documents if (reason := _refusal(document))}
        taken = [document for document in documents if document.uid not in refused]
        with self._told():
            rejected = bulk.send(
                self._client,
                self._actions(taken, deleted, seq),
                url=self._versions.url,
                retries=self._retries,
                # The server gives up before the client does, and says why.
                timeout_s=self._timeout_s / 2,
            )
            self._client.indices.refresh(index=self.name)
        if self._versions.facts(self.name) != self._facts:
            raise IndexStaleError(f"{self.name} was deleted meanwhile", hint="cordwatch index, or rebuild")
        self._versions.move(self._facts.uuid, seq)
        return rejected + [Rejected(uid=uid, reason=reason) for uid, reason in refused.items()]

    def _actions(self, documents: Sequence[IndexDocument], deleted: Sequence[str], seq: int) -> Iterator[Dsl]:
        yield from (
            bulk.delete_action(written(self.name), uid, version=seq)
            for uid in deleted
            if len(uid.encode()) <= bulk.LONGEST_ID
        )

        def action(document: IndexDocument) -> Dsl:
            source = source_of(document, server=self._versions.server)
            return bulk.index_action(written(self.name), document.uid, source, version=seq)

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
            with self._told():
                self._client.indices.put_mapping(index=self.name, **vector_mappings(first.model, first.dimension))
            self._model = first.model

    # Searching

    def lexical(self, node: Node | None, limit: int) -> dict[str, float]:
        """uid → BM25 score, best first."""
        request = self._lexical(node, limit)
        if request is None:
            return {}
        if limit > AT_ONCE:
            hits = self._paged(request["query"], [{"_score": "desc"}, {"uid": "asc"}], limit)
            return {hit["_id"]: float(hit["sort"][0]) for hit in hits}
        return _scores(self._search(request))

    def semantic(self, node: Node | None, vector: NDArray[np.float32], limit: int) -> dict[str, float]:
        """uid → cosine of the best window, best first; at most `AT_ONCE`."""
        return _cosines(self._search(self._semantic(node, vector, limit))) if self._model else {}

    def both(
        self, node: Node | None, vector: NDArray[np.float32], limit: int
    ) -> tuple[dict[str, float], dict[str, float]]:
        """`lexical` and `semantic` in one round trip."""
        if not self._model or limit > AT_ONCE or self._compiler.ranking(node) is None:
            return self.lexical(node, limit), self.semantic(node, vector, limit)
        with self._told():
            answer = self._client.msearch(searches=self.searches(node, vector, limit))
            lexical, semantic = (self._versions.whole(one) for one in answer["responses"])
        return _scores(lexical), _cosines(semantic)

    def searches(self, node: Node | None, vector: NDArray[np.float32], limit: int) -> list[Dsl]:
        """What `both` asks, as ``_msearch`` takes it."""
        header: Dsl = {"index": self.name, "preference": _SAME_COPY}
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
        order: list[Dsl] = [{"published": "desc"}, {"uid": "asc"}]
        if limit > AT_ONCE:
            return [hit["_id"] for hit in self._paged(self._matching(node), order, limit)]
        request = {"query": self._matching(node), "sort": order, "size": limit, "_source": False}
        return [hit["_id"] for hit in self._search(request)["hits"]["hits"]]

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
        kept = self._kept(list(uids), ["kept.summary", "kept.texts"])
        return {uid: StoredDocument(summary=one.summary, texts=one.texts) for uid, one in kept.items()}

    def vectors(self, uid: str) -> NDArray[np.float32] | None:
        """A document's vectors."""
        kept = self._kept([uid], ["kept"])
        return matrix_of(kept[uid]) if uid in kept else None

    def words(self, text: str) -> list[str]:
        """The words of a text as they are indexed."""
        return words_of(text)

    def rows(self) -> Iterator[Row]:
        """Every document, a page at a time."""
        for hit in self._paged({"match_all": {}}, [{"_shard_doc": "asc"}], None, source=["content_hash", "seq"]):
            source = hit["_source"]
            yield Row(uid=hit["_id"], content_hash=bytes.fromhex(source["content_hash"]), seq=int(source["seq"]))

    def _matching(self, node: Node | None) -> Dsl:
        return self._compiler.matching(node, embargo=True)

    def _search(self, request: Dsl) -> Any:
        with self._told():
            answer = self._client.search(
                index=self.name, preference=_SAME_COPY, body=request, search_type=self._search_type(request)
            )
            return self._versions.whole(answer.body)

    def _search_type(self, request: Dsl) -> str | None:
        """With several shards their statistics are joined first: BM25 as in one."""
        return "dfs_query_then_fetch" if self._facts.shards > 1 and "knn" not in request else None

    def _kept(self, uids: list[str], parts: list[str]) -> dict[str, Kept]:
        found: dict[str, Kept] = {}
        for start in range(0, len(uids), PAGE):
            with self._told():
                answer = self._client.mget(index=self.name, ids=uids[start : start + PAGE], source_includes=parts)
            for document in answer["docs"]:
                if error := document.get("error"):
                    raise IndexUnavailableError(
                        f"{self._versions.url}: {document['_id']} cannot be read now: {error.get('reason')}",
                        hint="GET _cluster/health says which shards are missing",
                    )
                if document.get("found"):
                    found[document["_id"]] = self._decoded(document)
        return found

    def _decoded(self, document: Any) -> Kept:
        try:
            return msgspec.convert(document["_source"]["kept"], Kept)
        except (KeyError, msgspec.ValidationError) as error:
            raise IndexDamagedError(f"{self.name}/{document['_id']}: {error}", hint="cordwatch rebuild") from error

    def _paged(
        self, query: Dsl, order: list[Dsl], limit: int | None, *, source: list[str] | None = None
    ) -> Iterator[Any]:
        """Hits in order, all of one moment, in constant memory: point in time and ``search_after``."""
        with self._told():
            moment = self._client.open_point_in_time(index=self.name, keep_alive=_OPEN_FOR, preference=_SAME_COPY)["id"]
        try:
            yield from self._pages(moment, query, order, limit, source)
        finally:
            with self._told():
                self._client.close_point_in_time(id=moment)

    def _pages(
        self, moment: str, query: Dsl, order: list[Dsl], limit: int | None, source: list[str] | None
    ) -> Iterator[Any]:
        request: Dsl = {
            "pit": {"id": moment, "keep_alive": _OPEN_FOR},
            "query": query,
            "sort": order,
            "size": PAGE,
            "_source": source or False,
            "track_total_hits": False,
        }
        left = limit
        while left is None or left > 0:
            request["size"] = PAGE if left is None else min(PAGE, left)
            with self._told():
                answer = self._versions.whole(self._client.search(body=request).body)
            hits = answer["hits"]["hits"]
            yield from hits
            if len(hits) < request["size"]:
                return
            request["search_after"] = hits[-1]["sort"]
            request["pit"]["id"] = answer.get("pit_id", request["pit"]["id"])
            left = None if left is None else left - len(hits)


def _refusal(document: IndexDocument) -> str:
    """Why the server would never take a document; empty where it would."""
    if len(document.uid.encode()) > bulk.LONGEST_ID:
        return f"the server takes ids of up to {bulk.LONGEST_ID} bytes"
    if sum(map(len, document.texts.values())) > bulk.LONGEST_TEXT:
        return f"its texts are longer than {bulk.LONGEST_TEXT:,} characters"
    return ""


def _scores(answer: Any) -> dict[str, float]:
    return {hit["_id"]: float(hit["_score"]) for hit in answer["hits"]["hits"]}


def _cosines(answer: Any) -> dict[str, float]:
    """The engine's score of cosine *c* is (1 + *c*) / 2."""
    return {hit["_id"]: 2.0 * float(hit["_score"]) - 1.0 for hit in answer["hits"]["hits"]}
