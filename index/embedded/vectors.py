"""Vectors in numpy files: sign bits to preselect, float16 to rescore, exact where there is a filter.

A write adds a segment of immutable files; one manifest, replaced in a single step, says which count.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from records.errors import IndexDamagedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

PRESELECT: Final = 2_000
"""Windows whose sign bits are nearest: these are compared in full."""
EXACT_BELOW: Final = 20_000
"""With fewer windows than this all are compared in full."""
MERGE_AT: Final = 16
"""So many segments are merged into one."""


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """Immutable files ``NAME.vectors.npy``, ``NAME.bits.npy``, ``NAME.rows.npy`` and ``NAME.uids``."""

    name: str
    windows: int
    digests: dict[str, str]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What counts."""

    model: str = ""
    dimension: int = 0
    segments: tuple[Segment, ...] = ()
    removed: tuple[str, ...] = ()
    """``segment/row`` of records that were replaced or removed since the segment was written."""
    next: int = 0


class VectorStore:
    """The vectors of an index.

    Args:
        folder: Made if absent.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "manifest.json"
        self.manifest = msgspec.json.decode(path.read_bytes(), type=Manifest) if path.exists() else Manifest()
        self._load()

    @property
    def model(self) -> str:
        """``model_id`` of the vectors; empty while there are none."""
        return self.manifest.model

    def __len__(self) -> int:
        return len(self._place)

    def _load(self) -> None:
        """Map the segments; a record is (segment, row), its windows are a range of the segment's vectors."""
        removed = set(self.manifest.removed)
        self._vectors: list[NDArray[np.float16]] = []
        self._bits: list[NDArray[np.uint64]] = []
        self._owner: list[NDArray[np.int64]] = []
        self._starts: list[NDArray[np.int64]] = []
        self._uids: list[list[str]] = []
        self._alive: list[NDArray[np.bool_]] = []
        self._place: dict[str, tuple[int, int]] = {}
        for number, segment in enumerate(self.manifest.segments):
            starts = self._file(segment, "rows")
            uids = (self._folder / f"{segment.name}.uids").read_text(encoding="utf-8").split("\n")[:-1]
            owner = np.repeat(np.arange(len(uids)), np.diff(starts))
            alive = np.array([f"{segment.name}/{row}" not in removed for row in range(len(uids))], dtype=bool)
            self._vectors.append(self._file(segment, "vectors"))
            self._bits.append(self._file(segment, "bits"))
            self._starts.append(starts)
            self._owner.append(owner)
            self._uids.append(uids)
            self._alive.append(alive)
            self._place |= {uid: (number, row) for row, uid in enumerate(uids) if alive[row]}

    def _file(self, segment: Segment, part: str) -> Any:
        path = self._folder / f"{segment.name}.{part}.npy"
        try:
            return np.load(path, mmap_mode="r")
        except (OSError, ValueError) as error:
            raise IndexDamagedError(f"{path}: {error}", hint="cordwatch rebuild") from error

    def write(self, rows: Sequence[tuple[str, NDArray[np.float16]]], deleted: Sequence[str], *, model: str) -> None:
        """Add or replace records and remove others, in one step.

        Args:
            rows: uid and its vectors, shape (windows, dimension).
            deleted: Uids to remove; unknown ones are passed over.
            model: ``model_id`` of the vectors.
        """
        gone = {uid for uid, _ in rows} | set(deleted)
        removed = set(self.manifest.removed)
        for uid in gone & self._place.keys():
            number, row = self._place[uid]
            removed.add(f"{self.manifest.segments[number].name}/{row}")
        segments = list(self.manifest.segments)
        if rows:
            segments.append(self._write_segment(self.manifest.next, rows))
        dimension = rows[0][1].shape[1] if rows else self.manifest.dimension
        self._commit(
            Manifest(
                model=model or self.manifest.model,
                dimension=dimension,
                segments=tuple(segments),
                removed=tuple(sorted(removed)),
                next=self.manifest.next + bool(rows),
            )
        )
        if len(segments) >= MERGE_AT:
            self._merge()

    def _write_segment(self, number: int, rows: Sequence[tuple[str, NDArray[np.float16]]]) -> Segment:
        name = f"{number:06d}"
        vectors = np.concatenate([own for _, own in rows]) if rows else np.empty((0, 0), np.float16)
        starts = np.cumsum([0, *(len(own) for _, own in rows)]).astype(np.int64)
        digests = {
            f"{name}.vectors.npy": self._save(f"{name}.vectors.npy", vectors),
            f"{name}.bits.npy": self._save(f"{name}.bits.npy", sign_bits(vectors)),
            f"{name}.rows.npy": self._save(f"{name}.rows.npy", starts),
            f"{name}.uids": self._save(f"{name}.uids", "".join(f"{uid}\n" for uid, _ in rows).encode()),
        }
        return Segment(name=name, windows=len(vectors), digests=digests)

    def _save(self, name: str, content: NDArray[Any] | bytes) -> str:
        path = self._folder / name
        with path.open("wb") as stream:
            if isinstance(content, bytes):
                stream.write(content)
            else:
                np.save(stream, content)
            stream.flush()
            os.fsync(stream.fileno())
        return file_digest(path)

    def _commit(self, manifest: Manifest) -> None:
        path = self._folder / "manifest.json"
        partial = path.with_suffix(".partial")
        with partial.open("wb") as stream:
            stream.write(msgspec.json.encode(manifest))
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
        self.manifest = manifest
        self._load()

    def _merge(self) -> None:
        """Write all records that count into one segment and drop the others."""
        rows = [(uid, self._windows(*place)) for uid, place in sorted(self._place.items())]
        old = self.manifest.segments
        segments = (self._write_segment(self.manifest.next, rows),) if rows else ()
        self._commit(msgspec.structs.replace(self.manifest, segments=segments, removed=(), next=self.manifest.next + 1))
        for segment in old:
            for name in segment.digests:
                (self._folder / name).unlink(missing_ok=True)

    def _windows(self, number: int, row: int) -> NDArray[np.float16]:
        starts = self._starts[number]
        return np.asarray(self._vectors[number][starts[row] : starts[row + 1]])

    def get(self, uid: str) -> NDArray[np.float32] | None:
        """A record's vectors, shape (windows, dimension)."""
        place = self._place.get(uid)
        return None if place is None else self._windows(*place).astype(np.float32)

    def search(self, vector: NDArray[np.float32], k: int, *, allowed: Sequence[str] | None = None) -> dict[str, float]:
        """The ``k`` nearest records: uid → cosine of the best window, best first.

        Args:
            vector: Shape (dimension,), unit length.
            k: How many.
            allowed: Only these uids, compared exactly; all if ``None``.
        """
        best: dict[str, float] = {}
        if allowed is not None:
            self._search_allowed(vector, allowed, best)
        else:
            for number in range(len(self._vectors)):
                self._search_segment(vector, number, best)
        ranked = sorted(best.items(), key=lambda item: (-item[1], item[0]))
        return dict(ranked[:k])

    def _search_allowed(self, vector: NDArray[np.float32], allowed: Sequence[str], best: dict[str, float]) -> None:
        chosen: dict[int, list[int]] = {}
        for uid in allowed:
            place = self._place.get(uid)
            if place:
                chosen.setdefault(place[0], []).append(place[1])
        for number, rows in chosen.items():
            mask = np.zeros(len(self._uids[number]), dtype=bool)
            mask[rows] = True
            self._rescore(vector, number, np.flatnonzero(mask[self._owner[number]]), best)

    def _search_segment(self, vector: NDArray[np.float32], number: int, best: dict[str, float]) -> None:
        alive = self._alive[number][self._owner[number]]
        count = len(self._owner[number])
        if count <= EXACT_BELOW:
            self._rescore(vector, number, np.flatnonzero(alive), best)
            return
        distance = np.bitwise_count(self._bits[number] ^ sign_bits(vector[None])[0]).sum(axis=1, dtype=np.int16)
        distance[~alive] = np.iinfo(np.int16).max
        nearest = np.argpartition(distance, PRESELECT)[:PRESELECT]
        self._rescore(vector, number, np.sort(nearest[alive[nearest]]), best)

    def _rescore(
        self, vector: NDArray[np.float32], number: int, windows: NDArray[np.int64], best: dict[str, float]
    ) -> None:
        cosine = np.asarray(self._vectors[number][windows], dtype=np.float32) @ vector
        uids = self._uids[number]
        for row, value in zip(self._owner[number][windows].tolist(), cosine.tolist(), strict=True):
            uid = uids[row]
            if value > best.get(uid, -2.0):
                best[uid] = value

    def damages(self) -> Iterator[str]:
        """Files that are missing or not what was written."""
        for segment in self.manifest.segments:
            for name, digest in segment.digests.items():
                path = self._folder / name
                if not path.exists():
                    yield f"{path} is missing"
                elif file_digest(path) != digest:
                    yield f"{path} is not what was written"


def sign_bits(vectors: NDArray[Any]) -> NDArray[np.uint64]:
    """One bit a dimension, packed into 64-bit words: shape (rows, dimension / 64, rounded up)."""
    packed = np.packbits(np.asarray(vectors) > 0, axis=1)
    padding = -packed.shape[1] % 8
    return np.ascontiguousarray(np.pad(packed, ((0, 0), (0, padding)))).view(np.uint64)


def file_digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
