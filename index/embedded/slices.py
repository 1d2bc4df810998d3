"""Reading all hits of a tantivy query, however many, some at a time.

tantivy gives no more than a list of the best. So a query is asked several times, each time of the documents whose key
lies in another range: keys are hashes, and so every range has about as many hits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import tantivy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from index.embedded.compile import TantivyCompiler
    from index.embedded.vectors import VectorStore

    Hits: TypeAlias = Sequence[tuple[float, tantivy.DocAddress]]

SLICE: Final = 10_000
"""Of any number of hits, about so many are held in memory at once."""
_FIRST_KEY, _KEYS = -(1 << 63), 1 << 64


def number(searcher: tantivy.Searcher, query: tantivy.Query) -> int:
    """How many documents match."""
    found = searcher.search(query, limit=1, count=True)
    return int(found.count)  # type: ignore[attr-defined]  # tantivy's stub forgets it


def slices(searcher: tantivy.Searcher, compiler: TantivyCompiler, query: tantivy.Query) -> Iterator[Hits]:
    """Score and address of all documents that match, best first in each slice only."""
    total = number(searcher, query)
    count = -(-total // SLICE)
    if count <= 1:
        yield searcher.search(query, limit=max(total, 1), count=False).hits
        return
    for low, high in pairwise(_FIRST_KEY + _KEYS * place // count for place in range(count + 1)):
        part = compiler.all_of([query, compiler.unscored(compiler.between("key", low, high - 1))])
        hits = searcher.search(part, limit=2 * SLICE, count=False).hits
        if len(hits) == 2 * SLICE:
            hits = searcher.search(part, limit=number(searcher, part), count=False).hits
        yield hits


def keys_of(searcher: tantivy.Searcher, hits: Hits) -> NDArray[np.int64]:
    """The keys of documents."""
    return np.array(searcher.fast_field_values("key", [address for _, address in hits]), dtype=np.int64)


def days_of(searcher: tantivy.Searcher, addresses: Sequence[tantivy.DocAddress]) -> list[int]:
    """``YYYYMMDD`` of documents, 0 where they have no date."""
    return [int(day or 0) for day in searcher.fast_field_values("published", list(addresses))]


def uids_of(searcher: tantivy.Searcher, vectors: VectorStore, addresses: Sequence[tantivy.DocAddress]) -> list[str]:
    """Uids of documents, from the vectors where they have some: tantivy unpacks a block of texts for each."""
    keys = [int(key or 0) for key in searcher.fast_field_values("key", list(addresses))]
    known = vectors.uids(np.array(keys, dtype=np.int64))
    return [
        known.get(key) or str(searcher.doc(address)["uid"][0]) for key, address in zip(keys, addresses, strict=True)
    ]
