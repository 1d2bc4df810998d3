"""A small invented library for the tests of topics and what is published of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from library import Library
from library.types import Embedding
from records.dates import PartialDate
from records.identifiers import Identifiers
from records.record import Author, Kind, PublicationStatus, Record, Section

MODEL = "invented 1"


def article(number: int, title: str, abstract: str = "", **fields: object) -> Record:
    """An article of the invented source ``pubmed`` with the PMID 9900 and its number."""
    values: dict[str, object] = {
        "source": "pubmed",
        "source_id": f"9900{number:04d}",
        "kind": Kind.ARTICLE,
        "title": title,
        "abstract": (Section(text=abstract),) if abstract else (),
        "authors": (Author(family="Fairweather", given="N"),),
        "identifiers": Identifiers(pmid=f"9900{number:04d}"),
        "published": PartialDate(year=2026, month=5),
        "container_title": "Annals of Cord Repair",
        "url": f"https://records.example/9900{number:04d}",
    }
    return Record(**(values | fields))  # type: ignore[arg-type]


RECORDS = (
    article(1, "Exosomes after spinal cord injury in rats", "Vesicles were given. BBB scores improved."),
    article(2, "Schwann cells in the injured spinal cord", "A graft of glia."),
    article(3, "Exosomes in heart failure", "Nothing on the cord."),
    article(4, "Exosomes restore walking", "In the spinal cord.", status=PublicationStatus.RETRACTED),
    article(
        5,
        "Vesicle story",
        "Exosomes and the spinal cord in the news.",
        source="press",
        source_id="aa11",
        kind=Kind.PRESS,
        body="BODY THAT IS NEVER SHOWN about exosomes and the spinal cord",
        identifiers=Identifiers(),
        container_title="The Daily Example",
    ),
    article(6, "Preprint of exosomes after spinal cord injury", kind=Kind.PREPRINT, source="biorxiv"),
)


def put(library: Library, *records: Record) -> None:
    """Keep records as a crawl would."""
    with library.transaction() as writer:
        for record in records:
            writer.put(record, content=record.title.encode("utf-8", "replace"), media_type="text/plain")


def embed(library: Library, vectors: dict[str, list[list[float]]]) -> None:
    """Give records windows, each made unit length."""
    with library.transaction() as writer:
        for uid, windows in vectors.items():
            matrix = np.array(windows, dtype=np.float32)
            matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
            embedding = Embedding(
                model=MODEL,
                content_hash=uid.encode(),
                vectors=matrix.astype("<f2").tobytes(),
                windows=len(windows),
                dimension=matrix.shape[1],
            )
            writer.put_embedding(uid, embedding)


def make_library(folder: Path, *records: Record) -> Library:
    """A library of these records, of `RECORDS` if none are given; the caller closes it."""
    library = Library.open(folder / "library.sqlite3")
    put(library, *(records or RECORDS))
    return library
