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
from index.backend import Row
from index.compile import TEXTS
from index.digest import Shown, whole_digest
from index.elasticsearch.compile import TEXT
from index.fields import FACETS, keyword_names
from records.hit import Summary
from records.remembered import Remembered

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from index.document import IndexDocument
    from library.types import Embedding

VERSION: Final = 2
"""Raise it when the mapping or the words change: `cordwatch index migrate` then builds a new version beside the old."""
VECTOR: Final = "windows.vector"
WRITTEN: Final = "written"
"""Field of the library change up to which the batch of a document had read: its version, unless somebody changes it."""
LONGEST_KEYWORD: Final = 8_000
"""Longer values are not indexed as keywords, code points: the engine takes 32,766 bytes."""
_ACORN: Final = (9, 1)
"""Since then there are two ways of filtering."""
_PACKED: Final = (9, 3)
"""Since then vectors may come as base64 of their float32, big-endian: a fifth of the work of reading numbers."""
_ANALYZER: Final = "cordwatch_words"


class Brief(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The shortest part of what is kept of a document."""

    summary: Summary


class Kept(Brief, frozen=True, kw_only=True, omit_defaults=True):
    """What is shown of a document, and its vectors as they were given."""

    texts: dict[str, str]
    vectors: str = ""
    """float16, little-endian, base64."""
    dimension: int = 0


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """What Cordwatch notes of a version in its mapping; snapshots take it along."""

    made_by: str = "cordwatch"
    version: int = VERSION
    id: str = ""
    """Its own."""
    library: str = ""
    """Id of the library that it belongs to."""
    model: str = ""
    """``model_id`` of its vectors; empty while there are none."""


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


def mappings(meta: Meta) -> dict[str, Any]:
    """Mapping of a new index, without vectors: their number of dimensions is not known before the first."""
    text = {"type": "text", "analyzer": _ANALYZER, "index_phrases": False}
    keyword = {"type": "keyword", "ignore_above": LONGEST_KEYWORD}
    fields: dict[str, Any] = dict.fromkeys(TEXTS, text)
    fields[TEXT] = text | {"index_options": "freqs"}
    fields |= {f"f_{name}": keyword | {"doc_values": False, "norms": False} for name in keyword_names()}
    fields |= {f"c_{name}": keyword | {"index": False} for name in FACETS}
    fields |= {name: {"type": "long"} for name in ("published", "embargo", "seq", WRITTEN)}
    digest = {"type": "keyword", "index": False, "doc_values": False}
    fields |= {"uid": {"type": "keyword"}, "content_hash": digest, "whole": digest}
    fields["kept"] = {"type": "object", "enabled": False}
    return {
        "dynamic": "strict",
        "_source": {"excludes": [*TEXTS, TEXT, "f_*", "c_*", "windows"]},
        "properties": fields,
        "_meta": msgspec.to_builtins(meta),
    }


def vector_mappings(meta: Meta, dimension: int) -> dict[str, Any]:
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
        "_meta": msgspec.to_builtins(meta),
    }


def source_of(document: IndexDocument, *, server: tuple[int, int], written: int = 0) -> dict[str, Any]:
    """The document as a server of this version gets it, in a batch up to the change ``written``."""
    embedding = document.embedding
    kept = Kept(
        summary=document.summary,
        texts=document.texts,
        vectors=base64.b64encode(embedding.vectors).decode() if embedding else "",
        dimension=embedding.dimension if embedding else 0,
    )
    source: dict[str, Any] = {name: line_of(document.texts[name]) for name in TEXTS}
    source[TEXT] = " ".join(source.values())
    source |= {f"f_{name}": [fold(value) for value in values] for name, values in document.keywords.items() if values}
    source |= {f"c_{name}": list(values) for name, values in document.own.items() if values and name in FACETS}
    source |= {"published": document.published, "embargo": document.embargo, "seq": document.seq}
    source |= {"uid": document.uid, "content_hash": document.content_hash.hex(), "kept": kept}
    source |= {"whole": whole_digest(document).hex(), WRITTEN: written}
    if embedding:
        source["windows"] = [{"vector": row} for row in (_packed if server >= _PACKED else _rows)(embedding)]
    return source


def row_of(hit: Any) -> Row:
    """A hit, with its version, as `verify` compares it."""
    uid, source = str(hit["_id"]), hit["_source"]
    if source.get("uid", uid) != uid:
        return _wrong("", f"the document {uid} bears the uid {source['uid']}")
    try:
        held = msgspec.convert(source, _Held)
        row = _row(uid, held)
    except (msgspec.ValidationError, ValueError):
        return _wrong(uid, "in the index, but not by Cordwatch")
    changed = hit["_version"] != held.written
    return msgspec.structs.replace(row, wrong="changed on the server by something else" if changed else "")


class _Held(msgspec.Struct, frozen=True, kw_only=True):
    """What the server gives back of a document."""

    uid: str
    seq: int
    content_hash: str
    published: int
    embargo: int
    whole: str
    written: int
    kept: Kept


HELD: Final = _Held.__struct_fields__


def _row(uid: str, held: _Held) -> Row:
    shown = Shown(
        uid=uid,
        seq=held.seq,
        content_hash=bytes.fromhex(held.content_hash),
        summary=held.kept.summary,
        texts=held.kept.texts,
        published=held.published,
        embargo=held.embargo,
        vectors=base64.b64decode(held.kept.vectors),
    )
    return Row(
        uid=uid,
        content_hash=shown.content_hash,
        seq=held.seq,
        whole=bytes.fromhex(held.whole),
        shown=shown.digest(),
    )


def _wrong(uid: str, what: str) -> Row:
    return Row(uid=uid, content_hash=b"", seq=0, whole=b"", shown=b"", wrong=what)


def matrix_of(kept: Kept) -> np.ndarray[Any, np.dtype[np.float32]] | None:
    """The vectors of a document, shape (windows, dimension)."""
    if not kept.dimension:
        return None
    return np.frombuffer(base64.b64decode(kept.vectors), dtype="<f2").reshape(-1, kept.dimension).astype(np.float32)


def nearest_of(kept: dict[str, Any], vector: NDArray[np.float32]) -> float:
    """Cosine of the best window of a document with vectors, from the source of ``kept``."""
    windows = np.frombuffer(base64.b64decode(kept["vectors"]), dtype="<f2").reshape(-1, kept["dimension"])
    return float((windows.astype(np.float32) @ vector).max())


def _matrix(embedding: Embedding) -> np.ndarray[Any, np.dtype[np.float16]]:
    return np.frombuffer(embedding.vectors, dtype="<f2").reshape(-1, embedding.dimension)


def _packed(embedding: Embedding) -> list[str]:
    return [base64.b64encode(row).decode() for row in _matrix(embedding).astype(">f4")]


def _rows(embedding: Embedding) -> list[list[float]]:
    matrix = _matrix(embedding)
    # Six digits are more than float16 has, and half of what its exact value would take to write.
    rows: list[list[float]] = np.round(matrix.astype(np.float64), 6).tolist()
    return rows


def line_of(text: str) -> str:
    """The words of a text in their places, as `slots_of` gives them, with blanks between."""
    return " ".join(filter(None, map(_PARTS.__getitem__, text.split())))


_PARTS: Final = Remembered(lambda part: " ".join(slots_of(part)))
"""What stands between two blanks → its words: no word reaches over a blank."""
