"""LanceDB: its hybrid of a full-text index and IVF-PQ, fused by its own reciprocal ranks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray


class LanceDb:
    """A table of texts and vectors.

    Args:
        folder: Where its files go.
        dimension: Of the vectors.
    """

    name: ClassVar = "lancedb"

    def __init__(self, folder: Path, dimension: int) -> None:
        import lancedb

        self._database = lancedb.connect(str(folder / "lancedb"))
        self._table: Any = None
        self._dimension = dimension

    def add(self, texts: Sequence[tuple[str, str]], vectors: NDArray[np.float32]) -> None:
        """Add a batch."""
        import pyarrow as pa

        flat = pa.array(np.ascontiguousarray(vectors).ravel())
        batch = pa.table(
            {
                "title": [title for title, _ in texts],
                "text": [f"{title}\n{abstract}" for title, abstract in texts],
                "vector": pa.FixedSizeListArray.from_arrays(flat, self._dimension),
            }
        )
        if self._table is None:
            self._table = self._database.create_table("texts", batch)
        else:
            self._table.add(batch)

    def finish(self) -> None:
        """Build both indexes."""
        self._table.create_fts_index("text", use_tantivy=False)
        self._table.create_index(metric="cosine")

    def search(self, text: str, vector: NDArray[np.float32]) -> list[dict[str, Any]]:
        """The ten best."""
        found = self._table.search(query_type="hybrid").vector(vector).text(text).limit(10)
        rows: list[dict[str, Any]] = found.to_list()
        return rows
