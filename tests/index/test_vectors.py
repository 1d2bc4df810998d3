"""The vector store against numpy: the same answers whatever was written, replaced, merged or removed."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.digest import key_of
from index.embedded import vectors as module
from index.embedded.vectors import VectorStore, vector_damages
from records.errors import IndexDamagedError

DIMENSION = 70


def windows(random_: np.random.Generator, count: int) -> NDArray[np.float16]:
    """Unit vectors, shape (count, DIMENSION)."""
    found = random_.standard_normal((count, DIMENSION)).astype(np.float32)
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float16)


def nearest(held: dict[str, NDArray[np.float16]], vector: NDArray[np.float32], k: int) -> list[tuple[str, float]]:
    """What the store should answer."""
    best = {uid: float(np.max(own.astype(np.float32) @ vector)) for uid, own in held.items()}
    return sorted(best.items(), key=lambda item: -item[1])[:k]


def named(store: VectorStore, nearest: tuple[NDArray[np.int64], NDArray[np.float32]]) -> dict[str, float]:
    keys, cosines = nearest
    return dict(zip((store.uids(keys)[key] for key in keys.tolist()), cosines.tolist(), strict=True))


def check(store: VectorStore, held: dict[str, NDArray[np.float16]], vector: NDArray[np.float32], k: int) -> None:
    found = named(store, store.search(vector, k))
    expected = nearest(held, vector, k)
    assert list(found) == [uid for uid, _ in expected]
    assert list(found.values()) == pytest.approx([cosine for _, cosine in expected], abs=1e-3)


@pytest.mark.parametrize("seed", range(6))
def test_the_same_as_comparing_all(tmp_path: Path, seed: int) -> None:
    numbers, chance = np.random.default_rng(seed), random.Random(seed)
    store, held = VectorStore(tmp_path), {}
    for _ in range(40):
        rows = {f"pubmed:{chance.randrange(400)}": windows(numbers, chance.choice((1, 1, 1, 4))) for _ in range(12)}
        deleted = chance.sample(sorted(held), min(len(held), chance.randrange(5)))
        deleted = [uid for uid in deleted if uid not in rows]
        store.write(list(rows.items()), [*deleted, "pubmed:unknown"], model="invented 1")
        held = {uid: own for uid, own in held.items() if uid not in deleted} | rows
        if chance.random() < 0.3:
            store = VectorStore(tmp_path)
    assert len(store) == len(held)
    assert len(store.manifest.segments) < 2 * module.FANOUT, "small segments are to be merged"
    for _ in range(5):
        check(store, held, windows(numbers, 1)[0].astype(np.float32), 10)
    for uid, own in held.items():
        assert np.array_equal(store.get(uid), own.astype(np.float32))  # type: ignore[arg-type]
    assert store.get("pubmed:unknown") is None
    assert not list(vector_damages(tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == {
        "manifest.json", *(name for segment in store.manifest.segments for name in segment.digests)
    }  # fmt: skip


def test_only_those_that_are_allowed(tmp_path: Path) -> None:
    numbers = np.random.default_rng(1)
    held = {f"pubmed:{number}": windows(numbers, 2) for number in range(200)}
    store = VectorStore(tmp_path)
    store.write(list(held.items())[:100], [], model="invented 1")
    store.write(list(held.items())[100:], [], model="invented 1")
    some = {uid: held[uid] for uid in list(held)[::7]}
    keys = np.array([*map(key_of, some), key_of("pubmed:unknown")], dtype=np.int64)
    vector = windows(numbers, 1)[0].astype(np.float32)
    assert list(named(store, store.search(vector, 5, allowed=keys))) == [uid for uid, _ in nearest(some, vector, 5)]
    assert named(store, store.search(vector, 5, allowed=np.array([], dtype=np.int64))) == {}
    assert store.uids(keys) == {key_of(uid): uid for uid in some}


def test_the_sign_bits_let_the_nearest_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EXACT_BELOW", 100)
    numbers = np.random.default_rng(2)
    held = {f"pubmed:{number}": windows(numbers, 1) for number in range(4_000)}
    store = VectorStore(tmp_path)
    rows = list(held.items())
    for start in range(0, len(rows), 1_000):
        store.write(rows[start : start + 1_000], [], model="invented 1")
    for number in range(0, 4_000, 400):
        near = held[f"pubmed:{number}"][0].astype(np.float32) + 0.6 * windows(numbers, 1)[0].astype(np.float32)
        vector = near / np.linalg.norm(near)
        found = named(store, store.search(vector, 10))
        assert next(iter(found)) == f"pubmed:{number}"
        assert len(found.keys() & dict(nearest(held, vector, 10)).keys()) >= 7, "of vectors that mean nothing"
        assert named(store, store.search(vector, 10, exact=True)).keys() == {
            uid for uid, _ in nearest(held, vector, 10)
        }


def test_an_empty_store_answers(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    assert (len(store), store.model, store.get("pubmed:1")) == (0, "", None)
    assert named(store, store.search(np.zeros(DIMENSION, dtype=np.float32), 5)) == {}
    store.write([], ["pubmed:1"], model="")
    store.write([("pubmed:1", windows(np.random.default_rng(3), 1))], [], model="invented 1")
    store.write([], ["pubmed:1"], model="")
    assert (len(store), named(store, store.search(np.ones(DIMENSION, dtype=np.float32), 5))) == (0, {})


def test_flipped_and_missing_files_are_named(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    store.write([("pubmed:1", windows(np.random.default_rng(4), 3))], [], model="invented 1")
    for name in store.manifest.segments[0].digests:
        path = tmp_path / name
        sound = path.read_bytes()
        path.write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
        assert list(vector_damages(tmp_path)) == [f"{path} is not what was written"]
        path.write_bytes(sound)
    victim = tmp_path / "000000.vectors"
    victim.write_bytes(b"")
    with pytest.raises(IndexDamagedError, match=r"000000\.vectors"):
        VectorStore(tmp_path)
