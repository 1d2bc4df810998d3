"""What an export holds: ``python -m tests.index.export_memory FOLDER`` prints the peaks of memory of `RUNS`, kB.

`fill` makes the index: by another process, whose memory does not count.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import msgspec

from index.document import IndexDocument
from index.embedded.place import EmbeddedPlace
from index.search import Searcher
from records.query import Mode
from tests.index.index_world import LEXICON, MODEL, article, document, embedding, vector

BATCH = 20_000
RUNS = tuple((query, hits) for query in ("kind:article", "stepping kind:article") for hits in (20_000, 60_000))
"""Query and number of hits."""


class Compass:
    """A model for which every question points the same way."""

    model_id = MODEL

    def encode_query(self, text: str) -> object:
        return vector(0)


def documents(first: int, count: int) -> Iterator[IndexDocument]:
    """Papers, half of them held by two sources."""
    one = document(article(1, "Stepping"), 0)
    near = [embedding(vector(place)) for place in range(16)]
    for number in range(first, first + count):
        uid = f"pubmed:{number}"
        summary = msgspec.structs.replace(one.summary, uid=uid, pmid=str(number - (number % 4 == 1)))
        yield msgspec.structs.replace(
            one, uid=uid, summary=summary, embedding=near[number % 16], published=20_200_101 + number % 28
        )


def held() -> int:
    """Memory of this process that is no file's, kB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


def peak(searcher: Searcher, query: str, limit: int) -> int:
    """The most that is held while so many hits are gone through."""
    seen, over = [held()], threading.Event()

    def look() -> None:
        while not over.wait(0.005):
            seen.append(held())

    looking = threading.Thread(target=look)
    looking.start()
    with searcher.found(query, mode=Mode.HYBRID, limit=limit) as uids:
        deque(uids, maxlen=0)
    over.set()
    looking.join()
    return max(seen)


def fill(folder: Path, count: int) -> None:
    """Make an index of so many records."""
    with EmbeddedPlace(folder).open(writable=True) as backend:
        for first in range(0, count, BATCH):
            backend.write(list(documents(first, BATCH)), [], seq=first + BATCH)


def main(folder: Path) -> None:
    """Ask the same process for few and for many."""
    with EmbeddedPlace(folder).open() as backend:
        searcher = Searcher(backend, Compass, lambda: LEXICON)  # type: ignore[arg-type, return-value]
        sys.stdout.write(msgspec.json.encode([peak(searcher, *run) for run in RUNS]).decode())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
