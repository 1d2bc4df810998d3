"""A library of one's own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from library import Library


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """Empty, at ``tmp_path / "library.sqlite3"``."""
    with Library.open(tmp_path / "library.sqlite3") as library:
        yield library
