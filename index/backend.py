"""What a search backend does. The embedded one and Elasticsearch implement it; everything else is shared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from records.hit import Summary
from records.query import Node

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.document import IndexDocument


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """Both lists of one query."""

    lexical: dict[str, float]
    """uid → BM25 score, best first."""
    semantic: dict[str, float]
    """uid → cosine of the best window, best first."""
    total: int
    """Records that are ranked: those that pass the filters and, where only words count, match one of them."""


class StoredDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What the backend gives back of a document."""

    summary: Summary
    texts: dict[str, str]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What `verify` compares."""

    uid: str
    content_hash: bytes


class Backend(Protocol):
    """A search backend."""

    @property
    def seq(self) -> int:
        """Library change up to which it has read."""

    def write(self, documents: Sequence[IndexDocument], deleted: Sequence[str], *, seq: int) -> None:
        """Replace documents, remove others, and move to ``seq``, all or nothing."""

    def score(self, node: Node | None, vector: NDArray[np.float32] | None, *, lexical: bool, limit: int) -> Scored:
        """The best of both lists for a query; a query without words lists by date, newest first."""

    def facets(self, node: Node | None, fields: Sequence[str], size: int) -> Mapping[str, Mapping[str, int]]:
        """How many matches bear each value, most frequent first."""

    def documents(self, uids: Iterable[str]) -> dict[str, StoredDocument]:
        """Those of the documents that there are."""

    def vectors(self, uid: str) -> NDArray[np.float32] | None:
        """A document's vectors, shape (windows, dimension)."""

    def rows(self) -> Iterator[Row]:
        """Every document, for comparison with the library."""

    def damages(self) -> Iterator[str]:
        """Files that are not what was written, a line each."""

    def close(self) -> None:
        """Release everything."""
