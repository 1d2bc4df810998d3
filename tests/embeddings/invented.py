"""Invented records, and a quick encoder whose vectors follow from the text alone."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from library import Library
from nlp.embeddings.stage import EmbedReport, embed
from records.record import Kind, Record, Section, encode_record


class HashEncoder:
    """Reads eighty words; a vector is made of the hash of the text.

    Args:
        model_id: Two ids give two vectors for a text.
    """

    dimension = 8
    max_tokens = 80

    def __init__(self, model_id: str = "invented 1") -> None:
        self.model_id = model_id
        self.encoded = 0

    def encode_query(self, text: str) -> NDArray[np.float32]:
        digest = hashlib.sha256(f"{self.model_id}\0{text}".encode()).digest()
        vector = np.frombuffer(digest, dtype=np.uint32).astype(np.float32)
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.encoded += len(texts)
        return np.stack([self.encode_query(text) for text in texts])

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        return [[match.span() for match in re.finditer(r"\S+", text)] for text in texts]


def article(number: int, title: str = "Grafts in the cord") -> Record:
    """Every fifth is long."""
    text = " ".join(f"Rat {number} improved in week {week}." for week in range(60 if number % 5 == 0 else 3))
    return Record(
        source="pubmed", source_id=f"9930{number:04d}", kind=Kind.ARTICLE, title=title, abstract=(Section(text=text),)
    )


def put(library: Library, *records: Record) -> None:
    """All in one transaction."""
    with library.transaction() as writer:
        for record in records:
            writer.put(record, content=encode_record(record), media_type="application/json")


def work(path: Path, model: str, batch: int) -> EmbedReport:
    """Run the stage, printing a line after each batch."""
    with Library.open(path) as library:
        return embed(library, HashEncoder(model), batch=batch, progress=_say)


def _say(done: int, total: int) -> None:
    print(done, total, flush=True)  # noqa: T201 - whoever kills this process reads it


if __name__ == "__main__":
    work(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
