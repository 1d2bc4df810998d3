"""SQLite FTS5: words only, ranked by its BM25."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray


class SqliteFts:
    """A full-text table with the Porter stemmer.

    Args:
        folder: Where its file goes.
        dimension: Not used.
    """

    name: ClassVar = "sqlite_fts5"

    def __init__(self, folder: Path, dimension: int) -> None:
        self._connection = sqlite3.connect(folder / "fts.sqlite3")
        self._connection.execute("CREATE VIRTUAL TABLE texts USING fts5(title, abstract, tokenize='porter unicode61')")

    def add(self, texts: Sequence[tuple[str, str]], vectors: NDArray[np.float32]) -> None:
        """Add a batch."""
        with self._connection:
            self._connection.executemany("INSERT INTO texts VALUES (?, ?)", texts)

    def finish(self) -> None:
        """Merge what was added."""
        with self._connection:
            self._connection.execute("INSERT INTO texts(texts) VALUES ('optimize')")

    def search(self, text: str, vector: NDArray[np.float32]) -> list[tuple[str]]:
        """Titles of the ten best."""
        words = " OR ".join(f'"{word}"' for word in text.split())
        statement = "SELECT title FROM texts WHERE texts MATCH ? ORDER BY rank LIMIT 10"
        return self._connection.execute(statement, (words,)).fetchall()
