"""The backends that the contract is held against."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.backend import Backend
from index.embedded import EmbeddedBackend
from tests.index.index_world import DOCUMENTS


@pytest.fixture(params=["embedded"])
def empty_backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    """A writable backend without documents; one parameter adds a backend to the contract."""
    with EmbeddedBackend.open(tmp_path / "index", writable=True) as backend:
        yield backend


@pytest.fixture
def backend(empty_backend: Backend) -> Backend:
    """A backend that holds the invented shelf."""
    empty_backend.write(DOCUMENTS, [], seq=8)
    return empty_backend
