"""Vectors in numpy files: sign bits to preselect, float16 to rescore, exact where few records are in question.

A write adds a segment of immutable files; one manifest, replaced in a single step, says which of them count. Segments
of like size are merged, so that a million records lie in a few dozen files at most.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from index.digest import key_of
from index.embedded.files import file_digest, replace_file
from index.embedded.segment import (
    Segment,
    SegmentFiles,
    drop_segment,
    merge_segments,
    sign_bits,
    write_segment,
)
from records.errors import IndexDamagedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from index.embedded.segment import Nearest, Row, Windows

PRESELECT: Final = 1_000
"""Windows whose sign bits are nearest: these are compared in full. With 400 of 5,183 real abstracts, .99 of the ten
nearest are among them."""
EXACT_BELOW: Final = 8_000
"""With fewer windows than this in question, all are compared in full."""
FANOUT: Final = 8
"""So many segments of like size are merged into one."""
DEAD_SHARE: Final = 0.25
"""A segment with a larger share of replaced records is written anew."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What counts."""

    model: str = ""
    dimension: int = 0
    segments: tuple[Segment, ...] = ()
    dead: dict[str, list[int]] = {}
    """Segment → rows of records that were replaced or removed since it was written."""
    next: int = 0


class VectorStore:
    """The vectors of an index.

    Args:
        folder: Made if absent.

    Raises:
        IndexDamagedError: A file is missing or cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.manifest = read_manifest(self._folder)
        while True:
            try:
                self._segments = self._mapped()
            except IndexDamagedError:
                # Another process may have merged segments since the manifest was read.
                manifest = read_manifest(self._folder)
                if manifest == self.manifest:
                    raise
                self.manifest = manifest
            else:
                break

    def _mapped(self) -> list[SegmentFiles]:
        return [
            SegmentFiles(self._folder, segment, self.manifest.dead.get(segment.name, ()))
            for segment in self.manifest.segments
        ]

    @property
    def model(self) -> str:
        """``model_id`` of the vectors; empty while there are none."""
        return self.manifest.model

    def __len__(self) -> int:
        return sum(len(segment) for segment in self._segments)

    def get(self, uid: str) -> NDArray[np.float32] | None:
        """A record's vectors, shape (windows, dimension)."""
        for segment in self._segments:
            row = segment.find(uid)
            if row is not None:
                return segment.windows(row).astype(np.float32)
        return None

    def uids(self, keys: NDArray[np.int64]) -> dict[int, str]:
        """Key (`index.digest.key_of`) → uid of the records that there are."""
        return {key: uid for segment in self._segments for key, uid in segment.uids(keys).items()}

    # Writing

    def write(self, rows: Sequence[Row], deleted: Sequence[str], *, model: str) -> None:
        """Add or replace records and remove others, in one step.

        Args:
            rows: uid and its vectors, shape (windows, dimension), float16.
            deleted: Uids to remove; unknown ones are passed over.
            model: ``model_id`` of the vectors.
        """
        gone = np.array([key_of(uid) for uid in {uid for uid, _ in rows} | set(deleted)], dtype=np.int64)
        dead = {segment.name: segment.dead_with(gone) for segment in self._segments}
        segments = list(self.manifest.segments)
        if rows:
            segments.append(write_segment(self._folder, f"{self.manifest.next:06d}", rows))
        self._commit(
            Manifest(
                model=model or self.manifest.model,
                dimension=rows[0][1].shape[1] if rows else self.manifest.dimension,
                segments=tuple(segments),
                dead={name: found for name, found in dead.items() if found},
                next=self.manifest.next + bool(rows),
            )
        )
        while chosen := self._to_merge():
            self._merge(chosen)

    def _commit(self, manifest: Manifest) -> None:
        replace_file(self._folder / "manifest.json", msgspec.json.encode(manifest))
        self.manifest = manifest
        self._segments = self._mapped()

    def _to_merge(self) -> list[SegmentFiles]:
        """Segments that are to become one: those of a size when there are many, or one that is mostly dead."""
        for segment in self._segments:
            if segment.dead_share > DEAD_SHARE:
                return [segment]
        tiers: dict[int, list[SegmentFiles]] = {}
        for segment in self._segments:
            tiers.setdefault(segment.tier(FANOUT), []).append(segment)
        return next((tier for tier in tiers.values() if len(tier) >= FANOUT), [])

    def _merge(self, chosen: Sequence[SegmentFiles]) -> None:
        merged = merge_segments(self._folder, f"{self.manifest.next:06d}", chosen)
        old = {segment.name for segment in chosen}
        kept = [segment for segment in self.manifest.segments if segment.name not in old]
        self._commit(
            msgspec.structs.replace(
                self.manifest,
                segments=(*kept, *([merged] if merged else [])),
                dead={name: rows for name, rows in self.manifest.dead.items() if name not in old},
                next=self.manifest.next + 1,
            )
        )
        for segment in chosen:
            drop_segment(self._folder, segment.segment)

    # Searching

    def search(
        self, vector: NDArray[np.float32], k: int, *, allowed: NDArray[np.int64] | None = None, exact: bool = False
    ) -> Nearest:
        """The ``k`` nearest records.

        Args:
            vector: Shape (dimension,), unit length.
            k: How many.
            allowed: Keys (`index.digest.key_of`) of the only records in question; all if ``None``.
            exact: Compare all vectors in full, however many there are.

        Returns:
            Their keys and the cosines of their best windows, best first.
        """
        chosen = [segment.candidates(allowed) for segment in self._segments]
        total = sum(own.count(windows) for own, windows in zip(self._segments, chosen, strict=True))
        if total > EXACT_BELOW and not exact:
            chosen = self._preselect(vector, chosen, max(PRESELECT, 2 * k))
        found = [segment.rescore(vector, windows) for segment, windows in zip(self._segments, chosen, strict=True)]
        if not found:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        keys, cosines = (np.concatenate(parts) for parts in zip(*found, strict=True))
        best = np.argsort(-cosines, kind="stable")[:k]
        return keys[best], cosines[best]

    def cosines(self, vector: NDArray[np.float32], allowed: NDArray[np.int64] | None = None) -> Iterator[Nearest]:
        """Keys of all records, or of those in question, and the cosines of their best windows, in no order.

        Every vector is compared in full; so many records at a time that memory does not grow with their number.
        """
        for segment in self._segments:
            yield from segment.cosines(vector, allowed)

    def _preselect(self, vector: NDArray[np.float32], chosen: Sequence[Windows], count: int) -> list[Windows]:
        """Of all segments together, the windows whose sign bits differ least."""
        query = sign_bits(vector[None])[:, 0]
        each = [segment.distances(query, windows) for segment, windows in zip(self._segments, chosen, strict=True)]
        together = np.concatenate(each)
        limit = np.partition(together, min(count, len(together) - 1))[min(count, len(together) - 1)]
        nearest = [np.flatnonzero(own <= limit) for own in each]
        return [near if own is None else own[near] for own, near in zip(chosen, nearest, strict=True)]


def read_manifest(folder: Path) -> Manifest:
    """What counts in ``folder``; an empty manifest where there is none. Raises `IndexDamagedError`."""
    path = folder / "manifest.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        return Manifest()
    except msgspec.DecodeError as error:
        raise IndexDamagedError(f"{path}: {error}", hint="cordwatch rebuild") from error


def vector_damages(folder: Path) -> Iterator[str]:
    """Files of the store in ``folder`` that are missing or not what was written."""
    for segment in read_manifest(folder).segments:
        for name, digest in segment.digests.items():
            path = folder / name
            if not path.exists():
                yield f"{path} is missing"
            elif file_digest(path) != digest:
                yield f"{path} is not what was written"
