"""The backends that the contract is held against."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import IndexSettings
from index.backend import Backend
from index.elasticsearch.place import ElasticsearchPlace
from index.embedded.place import EmbeddedPlace
from index.place import Place
from tests.index.index_world import DOCUMENTS
from tests.index.node import Node

_NUMBERS = itertools.count()
BACKENDS = ("embedded", "elasticsearch")
"""One parameter adds a backend to the contract."""


@pytest.fixture
def server(node: Node) -> IndexSettings:
    """Settings of an index of this test's own on the shared node."""
    return _own(node)


def _own(node: Node) -> IndexSettings:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    return IndexSettings(url=node.url, prefix=f"{worker}-{next(_NUMBERS)}", replicas=0)


def _place(request: pytest.FixtureRequest, folder: Path) -> Place:
    if request.param == "embedded":
        return EmbeddedPlace(folder / "index")
    return ElasticsearchPlace(_own(request.getfixturevalue("node")))


@pytest.fixture(params=BACKENDS)
def empty_backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    """A writable backend without documents."""
    with _place(request, tmp_path).open(writable=True) as backend:
        yield backend


@pytest.fixture
def own_backend(empty_backend: Backend) -> Backend:
    """A backend that holds the invented shelf, and may be written."""
    empty_backend.write(DOCUMENTS, [], seq=8)
    return empty_backend


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """A backend that holds the invented shelf, for all tests that only read."""
    with _place(request, tmp_path_factory.mktemp("shelf")).open(writable=True) as backend:
        backend.write(DOCUMENTS, [], seq=8)
        yield backend
