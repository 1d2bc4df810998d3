"""One immutable segment of vectors: its files, how they are written, merged and searched.

The files are plain arrays, little-endian; their shapes stand in the manifest.

================  =======================  ==========================================================
file              shape, type              holds
================  =======================  ==========================================================
``NAME.vectors``  (windows, dim) float16   unit vectors, a record's windows one after the other
``NAME.bits``     (words, windows) uint64  their signs, 64 a word; a word's windows lie together
``NAME.starts``   (records + 1) int64      where each record's windows begin
``NAME.keys``     (records) int64          `key_of` each record, ascending
``NAME.uids``     (bytes) uint8            the uids, in the order of the keys
``NAME.offsets``  (records + 1) int64      where each uid begins
================  =======================  ==========================================================
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
import numpy as np

from index.digest import key_of
from index.embedded.files import file_digest, sync_file
from records.errors import IndexDamagedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Row: TypeAlias = tuple[str, NDArray[np.float16]]
    Windows: TypeAlias = NDArray[np.int64] | None
    Nearest: TypeAlias = tuple[NDArray[np.int64], NDArray[np.float32]]

_SMALLEST_TIER: Final = 4_096
_CHUNK: Final = 65_536
"""Windows worked on at once: what they need stays in the processor's cache."""
_COMPARED: Final = 4_096
"""Records compared at once where all are."""


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """A segment as the manifest names it."""

    name: str
    records: int
    windows: int
    dimension: int
    uid_bytes: int
    digests: dict[str, str]
    """File → SHA-256."""

    def shapes(self) -> dict[str, tuple[str, tuple[int, ...]]]:
        """Part → type and shape of its array."""
        return {
            "vectors": ("<f2", (self.windows, self.dimension)),
            "bits": ("<u8", (-(-self.dimension // 64), self.windows)),
            "starts": ("<i8", (self.records + 1,)),
            "keys": ("<i8", (self.records,)),
            "uids": ("<u1", (self.uid_bytes,)),
            "offsets": ("<i8", (self.records + 1,)),
        }


class SegmentFiles:
    """A segment, mapped into memory.

    Args:
        folder: Where its files are.
        segment: Its entry in the manifest.
        dead: Rows that do not count any more.

    Raises:
        IndexDamagedError: A file is missing or cannot be read.
    """

    def __init__(self, folder: Path, segment: Segment, dead: Sequence[int]) -> None:
        self.segment = segment
        self._folder = folder
        self._dead = np.asarray(dead, dtype=np.int64)
        parts = {part: self._mapped(part, type, shape) for part, (type, shape) in segment.shapes().items()}
        self._vectors: NDArray[np.float16] = parts["vectors"]
        self._bits: NDArray[np.uint64] = parts["bits"]
        self._starts: NDArray[np.int64] = parts["starts"]
        self._keys: NDArray[np.int64] = parts["keys"]
        self._uids: NDArray[np.uint8] = parts["uids"]
        self._offsets: NDArray[np.int64] = parts["offsets"]

    def _mapped(self, part: str, type: str, shape: tuple[int, ...]) -> Any:
        path = self._folder / f"{self.segment.name}.{part}"
        try:
            # A plain array: those who subclass it cost more at every slice.
            return np.asarray(np.memmap(path, dtype=type, mode="r", shape=shape))
        except (OSError, ValueError) as error:
            raise IndexDamagedError(f"{path}: {error}", hint="cordwatch rebuild") from error

    def __len__(self) -> int:
        return len(self._keys) - len(self._dead)

    @property
    def name(self) -> str:
        """Its name in the manifest."""
        return self.segment.name

    @property
    def dead_share(self) -> float:
        """Share of records that do not count any more."""
        return len(self._dead) / len(self._keys)

    def tier(self, fanout: int) -> int:
        """Segments of one tier are of like size."""
        tier, size = 0, self.segment.windows // _SMALLEST_TIER
        while size:
            tier, size = tier + 1, size // fanout
        return tier

    # Records

    def uid(self, row: int) -> str:
        """The uid of a row."""
        return self._decoded(np.array([row]))[0]

    def _decoded(self, rows: NDArray[np.int64]) -> list[str]:
        text = self._uids.data
        ends = zip(self._offsets[rows].tolist(), self._offsets[rows + 1].tolist(), strict=True)
        return [str(text[begin:end], "utf-8") for begin, end in ends]

    def rows_of(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows that count and bear one of the keys, ascending."""
        # Numbers that rise are found several times as fast.
        keys = np.sort(keys)
        place = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        rows = place[self._keys[place] == keys]
        rows = rows[np.diff(rows, prepend=-1) > 0]
        return np.setdiff1d(rows, self._dead, assume_unique=True) if len(self._dead) else rows

    def find(self, uid: str) -> int | None:
        """The row of a uid, if it is here and counts."""
        rows = self.rows_of(np.array([key_of(uid)], dtype=np.int64))
        return int(rows[0]) if len(rows) and self.uid(int(rows[0])) == uid else None

    def uids(self, keys: NDArray[np.int64]) -> dict[int, str]:
        """Key → uid of the records that count and bear one of the keys."""
        rows = self.rows_of(keys)
        return dict(zip(self._keys[rows].tolist(), self._decoded(rows), strict=True))

    def dead_with(self, keys: NDArray[np.int64]) -> list[int]:
        """Rows that do not count once ``keys`` are gone too."""
        return sorted([*self._dead.tolist(), *self.rows_of(keys).tolist()])

    def windows(self, row: int) -> NDArray[np.float16]:
        """The vectors of a row."""
        return np.asarray(self._vectors[self._starts[row] : self._starts[row + 1]])

    def living(self) -> Iterator[tuple[int, int]]:
        """Key and row of every record that counts."""
        alive = np.setdiff1d(np.arange(len(self._keys)), self._dead, assume_unique=True)
        return zip(self._keys[alive].tolist(), alive.tolist(), strict=True)

    # Searching

    def candidates(self, allowed: NDArray[np.int64] | None) -> Windows:
        """Windows of the records that bear one of the keys; ``None`` for all windows."""
        return None if allowed is None else self._windows_of(self.rows_of(allowed))

    def _windows_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        first, counts = self._starts[rows], self._starts[rows + 1] - self._starts[rows]
        offset = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        windows: NDArray[np.int64] = np.repeat(first, counts) + offset
        return windows

    def count(self, windows: Windows) -> int:
        """How many windows these are."""
        return self.segment.windows if windows is None else len(windows)

    def distances(self, query: NDArray[np.uint64], windows: Windows) -> NDArray[np.uint16]:
        """In how many signs each window differs from ``query``, shape (words,)."""
        distance = np.zeros(self.count(windows), dtype=np.uint16)
        for begin in range(0, len(distance), _CHUNK):
            own = slice(begin, begin + _CHUNK)
            bits = self._bits[:, own] if windows is None else self._bits[:, windows[own]]
            for word, sought in zip(bits, query, strict=True):
                distance[own] += np.bitwise_count(word ^ sought)
        return distance

    def cosines(self, vector: NDArray[np.float32], allowed: NDArray[np.int64] | None) -> Iterator[Nearest]:
        """`rescore` of all windows of all records, or of those that bear one of the keys, so many at a time."""
        rows = np.arange(len(self._keys)) if allowed is None else self.rows_of(allowed)
        for begin in range(0, len(rows), _COMPARED):
            yield self.rescore(vector, self._windows_of(rows[begin : begin + _COMPARED]))

    def rescore(self, vector: NDArray[np.float32], windows: Windows) -> Nearest:
        """Keys of the records that count, and the cosine of the best of their given windows (ascending)."""
        if windows is None:
            windows = np.arange(self.segment.windows)
        rows = np.searchsorted(self._starts, windows, side="right") - 1
        if len(self._dead):
            alive = ~np.isin(rows, self._dead)
            windows, rows = windows[alive], rows[alive]
        if not len(rows):
            return self._keys[rows], np.empty(0, dtype=np.float32)
        cosine = np.asarray(self._vectors[windows], dtype=np.float32) @ vector
        first = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]])
        return self._keys[rows[first]], np.maximum.reduceat(cosine, first)


def sign_bits(vectors: NDArray[Any]) -> NDArray[np.uint64]:
    """One bit a dimension, packed into 64-bit words: shape (dimension / 64 rounded up, rows)."""
    packed = np.packbits(np.asarray(vectors) > 0, axis=1)
    padded = np.pad(packed, ((0, 0), (0, -packed.shape[1] % 8)))
    return np.ascontiguousarray(np.ascontiguousarray(padded).view(np.uint64).T)


def write_segment(folder: Path, name: str, rows: Sequence[Row]) -> Segment:
    """Write a segment of at least one record, each uid once."""
    ordered = sorted(rows, key=lambda row: key_of(row[0]))
    uids = [uid for uid, _ in ordered]
    counts = [len(vectors) for _, vectors in ordered]
    return _write(folder, name, uids, counts, (vectors for _, vectors in ordered), ordered[0][1].shape[1])


def merge_segments(folder: Path, name: str, chosen: Sequence[SegmentFiles]) -> Segment | None:
    """Write one segment of all records that count; ``None`` if there are none. In constant memory but for the uids."""
    places = sorted((key, number, row) for number, one in enumerate(chosen) for key, row in one.living())
    if not places:
        return None
    uids = [chosen[number].uid(row) for _, number, row in places]
    counts = [len(chosen[number].windows(row)) for _, number, row in places]
    vectors = (chosen[number].windows(row) for _, number, row in places)
    return _write(folder, name, uids, counts, vectors, chosen[0].windows(0).shape[1])


def _write(
    folder: Path, name: str, uids: Sequence[str], counts: Sequence[int], rows: Iterator[NDArray[np.float16]], width: int
) -> Segment:
    encoded = [uid.encode() for uid in uids]
    segment = Segment(
        name=name,
        records=len(uids),
        windows=sum(counts),
        dimension=width,
        uid_bytes=sum(map(len, encoded)),
        digests={},
    )
    arrays = {part: _created(folder / f"{name}.{part}", *form) for part, form in segment.shapes().items()}
    arrays["starts"][:] = np.cumsum([0, *counts])
    arrays["keys"][:] = [key_of(uid) for uid in uids]
    arrays["uids"][:] = np.frombuffer(b"".join(encoded), dtype=np.uint8)
    arrays["offsets"][:] = np.cumsum([0, *map(len, encoded)])
    for begin, block in _blocks(rows):
        arrays["vectors"][begin : begin + len(block)] = block
        arrays["bits"][:, begin : begin + len(block)] = sign_bits(block)
    for array in arrays.values():
        array.flush()
    paths = [folder / f"{name}.{part}" for part in arrays]
    for path in paths:
        sync_file(path)
    return msgspec.structs.replace(segment, digests={path.name: file_digest(path) for path in paths})


def _created(path: Path, type: str, shape: tuple[int, ...]) -> np.memmap[Any, Any]:
    return np.memmap(path, dtype=type, mode="w+", shape=shape)


def _blocks(rows: Iterator[NDArray[np.float16]]) -> Iterator[tuple[int, NDArray[np.float16]]]:
    """Rows put together, so that no single one is worked on alone."""
    begin, waiting, size = 0, [], 0
    for row in rows:
        waiting.append(row)
        size += len(row)
        if size >= _CHUNK // 8:
            yield begin, np.concatenate(waiting)
            begin, waiting, size = begin + size, [], 0
    if waiting:
        yield begin, np.concatenate(waiting)


def drop_segment(folder: Path, segment: Segment) -> None:
    """Remove a segment's files."""
    for name in segment.digests:
        (folder / name).unlink(missing_ok=True)
