"""Brings an index up to the library in a folder, in small batches: ``python index_worker.py FOLDER [URL PREFIX]``.

The index lies in the folder too, or on the server at ``URL``.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from config.settings import IndexSettings
from index.elasticsearch.place import ElasticsearchPlace
from index.embedded.place import EmbeddedPlace
from index.place import Place
from index.stage import update
from library import Library
from nlp.lexicon.lookup import Lexicon


def main() -> None:
    folder = Path(sys.argv[1])
    place: Place = EmbeddedPlace(folder / "index")
    if len(sys.argv) > 2:
        place = ElasticsearchPlace(IndexSettings(url=sys.argv[2], prefix=sys.argv[3], replicas=0))
    with Library.open(folder / "library.sqlite3") as library, place.open(writable=True) as backend:
        update(library, backend, Lexicon(), batch=10)


if __name__ == "__main__":
    main()
