"""A document as tantivy takes it, and what it gives back of one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import tantivy

from index.analysis import fold
from index.backend import Row
from index.compile import TEXTS
from index.digest import Shown, key_of, whole_digest
from index.embedded.schema import TEXT
from index.fields import FACETS
from records.hit import Summary

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from index.document import IndexDocument


class Brief(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The shortest part of what tantivy keeps of a document for showing; the rest is passed over."""

    summary: Summary


class Stored(Brief, frozen=True, kw_only=True, omit_defaults=True):
    """What tantivy keeps of a document for showing."""

    texts: dict[str, str]
    content_hash: bytes
    whole: bytes
    """`index.digest.whole_digest`."""

    def row(self, *, seq: int, published: int, embargo: int, vectors: NDArray[np.float32] | None) -> Row:
        """For `verify`, with what is kept elsewhere."""
        uid = self.summary.uid
        shown = Shown(
            uid=uid,
            seq=seq,
            content_hash=self.content_hash,
            summary=self.summary,
            texts=self.texts,
            published=published,
            embargo=embargo,
            vectors=b"" if vectors is None else vectors.astype("<f2").tobytes(),
        )
        return Row(uid=uid, content_hash=self.content_hash, seq=seq, whole=self.whole, shown=shown.digest())


def tantivy_document(document: IndexDocument) -> tantivy.Document:
    """The document as tantivy takes it."""
    stored = Stored(
        summary=document.summary,
        texts=document.texts,
        content_hash=document.content_hash,
        whole=whole_digest(document),
    )
    fields: dict[str, Any] = {"uid": [document.uid], "stored": [msgspec.json.encode(stored)]}
    fields |= {name: [document.texts[name]] for name in TEXTS}
    fields[TEXT] = [text for text in document.texts.values() if text]
    fields |= {f"f_{name}": [fold(value) for value in values] for name, values in document.keywords.items() if values}
    fields |= {f"c_{name}": list(values) for name, values in document.own.items() if values and name in FACETS}
    fields |= {"published": [document.published], "embargo": [document.embargo], "seq": [document.seq]}
    fields |= {"key": [key_of(document.uid)]}
    return tantivy.Document(**fields)


def vectors_of(documents: Iterable[IndexDocument]) -> list[tuple[str, NDArray[np.float16]]]:
    """Uid and vectors of the documents that have some."""
    return [
        (one.uid, np.frombuffer(one.embedding.vectors, dtype="<f2").reshape(-1, one.embedding.dimension))
        for one in documents
        if one.embedding
    ]
