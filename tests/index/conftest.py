"""The backends that the contract is held against."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import IndexSettings
from index.backend import Backend
from index.embedded.place import EmbeddedPlace
from index.place import Place
from tests.index.index_world import DOCUMENTS
from tests.index.node import Node, launcher, single

_NUMBERS = itertools.count()
ON_SERVER = pytest.param("elasticsearch", marks=pytest.mark.xdist_group("elasticsearch"))


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node that the tests of a run share, each with a prefix of its own."""
    if launcher() is None:
        pytest.skip("no Elasticsearch here: TEST_ELASTICSEARCH names the folder of a launcher")
    found = single(tmp_path_factory.mktemp("node"))
    yield found
    found.remove()


@pytest.fixture
def server(node: Node) -> IndexSettings:
    """Settings of an index of this test's own on the shared node."""
    return IndexSettings(url=node.url, prefix=f"test{next(_NUMBERS)}", replicas=0)


@pytest.fixture(params=["embedded", ON_SERVER])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where an index can be made; one parameter adds a backend to the contract."""
    if request.param == "embedded":
        return EmbeddedPlace(tmp_path / "index")
    from index.elasticsearch.place import ElasticsearchPlace

    return ElasticsearchPlace(request.getfixturevalue("server"))


@pytest.fixture
def empty_backend(place: Place) -> Iterator[Backend]:
    """A writable backend without documents."""
    with place.open(writable=True) as backend:
        yield backend


@pytest.fixture
def backend(empty_backend: Backend) -> Backend:
    """A backend that holds the invented shelf."""
    empty_backend.write(DOCUMENTS, [], seq=8)
    return empty_backend
