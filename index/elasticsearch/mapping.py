"""What an Elasticsearch index is made of.

``title``, ``abstract``, ``body`` keep the places of their words for phrases, ``text`` ranks the words of all three.
``f_NAME`` are the folded keywords that are asked for, ``c_NAME`` the values that are counted. ``windows`` holds a
vector each (nested: the nearest window counts), quantised to bytes and rescored. ``kept`` is what search shows; of the
rest nothing is stored twice.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from index.analysis import GAP, fold, slots_of
from index.compile import TEXTS
from index.elasticsearch.compile import TEXT
from index.fields import FACETS, keyword_names
from records.hit import Summary

if TYPE_CHECKING:
    from index.document import IndexDocument
    from library.types import Embedding

VERSION: Final = 2
"""Raise it when the mapping or the words change: `cordwatch index migrate` then builds a new version beside the old."""
VECTOR: Final = "windows.vector"
LONGEST_KEYWORD: Final = 8_000
"""Longer values are not indexed as keywords, code points: the engine takes 32,766 bytes."""
_ACORN: Final = (9, 1)
"""Since then there are two ways of filtering."""
_PACKED: Final = (9, 3)
"""Since then vectors may come as base64 of their float32, big-endian: a fifth of the work of reading numbers."""
_ANALYZER: Final = "cordwatch_words"


class Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is shown of a document, and its vectors as they were given."""

    summary: Summary
    texts: dict[str, str]
    vectors: str = ""
    """float16, little-endian, base64."""
    dimension: int = 0


def new_settings(*, shards: int, replicas: int, server: tuple[int, int]) -> dict[str, Any]:
    """Settings of a new index, for a server of this version."""
    settings: dict[str, Any] = {
        "number_of_shards": shards,
        "number_of_replicas": replicas,
        # A record that was removed must not come back by a write that was on its way for long.
        "gc_deletes": "1h",
        "analysis": {
            "filter": {"cordwatch_gaps": {"type": "stop", "stopwords": [GAP]}},
            "analyzer": {_ANALYZER: {"type": "custom", "tokenizer": "whitespace", "filter": ["cordwatch_gaps"]}},
        },
    }
    if server >= _ACORN:
        # The newer way of filtering while the graph is searched loses a fifth of the ten nearest; this one finds all.
        settings["dense_vector.hnsw_filter_heuristic"] = "fanout"
    return settings


def mappings() -> dict[str, Any]:
    """Mapping of a new index, without vectors: their number of dimensions is not known before the first."""
    text = {"type": "text", "analyzer": _ANALYZER, "index_phrases": False}
    keyword = {"type": "keyword", "ignore_above": LONGEST_KEYWORD}
    fields: dict[str, Any] = dict.fromkeys(TEXTS, text)
    fields[TEXT] = text | {"index_options": "freqs"}
    fields |= {f"f_{name}": keyword | {"doc_values": False, "norms": False} for name in keyword_names()}
    fields |= {f"c_{name}": keyword | {"index": False} for name in FACETS}
    fields |= {name: {"type": "long"} for name in ("published", "embargo", "seq")}
    fields |= {"uid": {"type": "keyword"}, "content_hash": {"type": "keyword", "index": False, "doc_values": False}}
    fields["kept"] = {"type": "object", "enabled": False}
    return {
        "dynamic": "strict",
        "_source": {"excludes": [*TEXTS, TEXT, "f_*", "c_*", "windows"]},
        "properties": fields,
        "_meta": {"made_by": "cordwatch", "version": VERSION, "model": ""},
    }


def vector_mappings(model: str, dimension: int) -> dict[str, Any]:
    """What the first vectors add to the mapping."""
    vector = {
        "type": "dense_vector",
        "dims": dimension,
        "index": True,
        "similarity": "cosine",
        "index_options": {"type": "int8_hnsw"},
    }
    return {
        "properties": {"windows": {"type": "nested", "properties": {"vector": vector}}},
        "_meta": {"made_by": "cordwatch", "version": VERSION, "model": model},
    }


def source_of(document: IndexDocument, *, server: tuple[int, int]) -> dict[str, Any]:
    """The document as a server of this version gets it."""
    embedding = document.embedding
    kept = Kept(
        summary=document.summary,
        texts=document.texts,
        vectors=base64.b64encode(embedding.vectors).decode() if embedding else "",
        dimension=embedding.dimension if embedding else 0,
    )
    source: dict[str, Any] = {name: " ".join(slots_of(document.texts[name])) for name in TEXTS}
    source[TEXT] = " ".join(source.values())
    source |= {f"f_{name}": [fold(value) for value in values] for name, values in document.keywords.items() if values}
    source |= {f"c_{name}": list(values) for name, values in document.own.items() if values and name in FACETS}
    source |= {"published": document.published, "embargo": document.embargo, "seq": document.seq}
    source |= {"uid": document.uid, "content_hash": document.content_hash.hex(), "kept": kept}
    if embedding:
        source["windows"] = [{"vector": row} for row in (_packed if server >= _PACKED else _rows)(embedding)]
    return source


def matrix_of(kept: Kept) -> np.ndarray[Any, np.dtype[np.float32]] | None:
    """The vectors of a document, shape (windows, dimension)."""
    if not kept.dimension:
        return None
    return np.frombuffer(base64.b64decode(kept.vectors), dtype="<f2").reshape(-1, kept.dimension).astype(np.float32)


def _matrix(embedding: Embedding) -> np.ndarray[Any, np.dtype[np.float16]]:
    return np.frombuffer(embedding.vectors, dtype="<f2").reshape(-1, embedding.dimension)


def _packed(embedding: Embedding) -> list[str]:
    return [base64.b64encode(row).decode() for row in _matrix(embedding).astype(">f4")]


def _rows(embedding: Embedding) -> list[list[float]]:
    matrix = _matrix(embedding)
    # Six digits are more than float16 has, and half of what its exact value would take to write.
    rows: list[list[float]] = np.round(matrix.astype(np.float64), 6).tolist()
    return rows
