"""Fixtures for all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.index.node import Node, launcher, shared
from tests.once import run_folder

REPOSITORY = Path(__file__).resolve().parent.parent
_ACCEPTANCE = "tests/crawler/test_acceptance.py::test_every_file"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No setting of the developer's own machine reaches a test."""
    for name in [name for name in os.environ if name.startswith("CORDWATCH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CORDWATCH_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("xdg")))
    monkeypatch.setenv("NO_COLOR", "1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long ones first: one that came last would leave the other workers idle."""
    items.sort(key=lambda item: not any(item.get_closest_marker(name) for name in ("slow", "floor")))


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that share the cores embed with one thread each: a third of the time goes into threads that wait."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        monkeypatch.setenv("CORDWATCH_EMBEDDING_THREADS", "1")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real payloads and gold sets; a test that needs it skips where it is absent."""
    path = Path(os.environ.get("TEST_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
    if not path.is_dir():
        pytest.skip(f"no real data at {path}: set TEST_SHARED_DATA to the folder that holds sources/, gold/ …")
    return path


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A real Elasticsearch node that all tests of a run share, each with a prefix of its own."""
    launcher()
    with shared(run_folder(tmp_path_factory)) as found:
        yield found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What became of every real file, also where the tests ran in other processes or captured what they print."""
    tables = [
        report.capstdout
        for report in terminalreporter.getreports("passed")
        if report.nodeid.startswith(_ACCEPTANCE) and report.capstdout
    ]
    if tables:
        terminalreporter.section("real files")
        terminalreporter.write("".join(tables))
