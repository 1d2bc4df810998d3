"""How near records lie to a topic's examples in meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from library import Library
    from library.types import Embedding


class Near(msgspec.Struct, frozen=True):
    """The example that a record is nearest to."""

    example: str
    """Uid."""
    cosine: float


class Vectors:
    """The windows of many records, one matrix.

    Args:
        embeddings: Of the records, by uid; those of other models than most are left out.
    """

    def __init__(self, embeddings: Mapping[str, Embedding]) -> None:
        models = [embedding.model for embedding in embeddings.values()]
        self.model = max(sorted(set(models)), key=models.count, default="")
        kept = {uid: one for uid, one in sorted(embeddings.items()) if one.model == self.model and one.windows}
        self._uids = list(kept)
        self._starts = np.cumsum([0, *(one.windows for one in kept.values())])[:-1]
        self._windows = np.concatenate([windows_of(one) for one in kept.values()]) if kept else np.zeros((0, 1))

    def nearest(self, examples: Mapping[str, Embedding]) -> dict[str, Near]:
        """Each record's nearest example, by the cosine of its best window; examples of other models are passed over."""
        usable = {uid: one for uid, one in sorted(examples.items()) if one.model == self.model and one.windows}
        if not usable or not self._uids:
            return {}
        centres = np.stack([_centre(one) for one in usable.values()])
        best = np.maximum.reduceat(self._windows @ centres.T, self._starts, axis=0)
        names, places = list(usable), best.argmax(axis=1)
        return {
            uid: Near(names[place], min(float(row[place]), 1.0))
            for uid, place, row in zip(self._uids, places.tolist(), best, strict=True)
        }


def load_vectors(library: Library, uids: Iterable[str]) -> Vectors:
    """The vectors of these records."""
    return Vectors(library.embeddings(uids))


def windows_of(embedding: Embedding) -> NDArray[np.float32]:
    """An embedding's windows, shape (windows, dimension)."""
    return np.frombuffer(embedding.vectors, dtype="<f2").reshape(-1, embedding.dimension).astype(np.float32)


def _centre(embedding: Embedding) -> NDArray[np.float32]:
    """The mean of the windows, unit length."""
    mean: NDArray[np.float32] = windows_of(embedding).mean(axis=0)
    return mean / np.float32(max(float(np.linalg.norm(mean)), 1e-9))
