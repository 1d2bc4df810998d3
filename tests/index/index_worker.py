"""Brings the index in a folder up to the library in it, in small batches: ``python index_worker.py FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from index.embedded import EmbeddedBackend
from index.stage import update
from library import Library
from nlp.lexicon.lookup import Lexicon


def main() -> None:
    folder = Path(sys.argv[1])
    with (
        Library.open(folder / "library.sqlite3") as library,
        EmbeddedBackend.open(folder / "index", writable=True) as backend,
    ):
        update(library, backend, Lexicon(), batch=10)


if __name__ == "__main__":
    main()
