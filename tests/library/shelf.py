"""Invented records, and steady work that puts them into a library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from library import Library, PutOutcome
from library.types import StoredRecord
from records.annotation import Annotation
from records.dates import PartialDate
from records.identifiers import Identifiers
from records.record import Author, Kind, Record, Section, encode_record


def article(number: int, title: str = "Grafts in the cord", **fields: Any) -> Record:
    """An article with the PMID 9920 and its number."""
    values: dict[str, Any] = {
        "source": "pubmed",
        "source_id": f"9920{number:04d}",
        "kind": Kind.ARTICLE,
        "title": title,
        "abstract": (Section(label="METHODS", text="Rats were treated. " * 20), Section(text="They improved.")),
        "authors": (Author(family="Okafor", given="Nneka"),),
        "identifiers": Identifiers(pmid=f"9920{number:04d}", doi=f"10.5555/shelf.{number}"),
        "published": PartialDate(year=2021, month=4),
    }
    return Record(**(values | fields))


def put(library: Library, *records: Record, content: bytes | None = None) -> list[PutOutcome]:
    """Put records in one transaction; each one's JSON is its payload unless another is given."""
    with library.transaction() as writer:
        return [
            writer.put(
                record,
                content=encode_record(record) if content is None else content,
                media_type="application/json",
                url=f"https://provider.invalid/{record.source_id}",
            )
            for record in records
        ]


BATCH = 10


def batch(name: str, number: int) -> list[Record]:
    """Ten records; every third batch gives those of the one before it another title."""
    first = (number if number % 3 else number - 1) * BATCH
    return [article(place, f"Batch {number}", source_id=f"{name}{place}") for place in range(first, first + BATCH)]


def work(path: Path, name: str, count: int) -> None:
    """Go on from the watermark ``name`` to ``count``, a transaction each, printing each that is committed.

    A transaction puts and annotates a batch, deletes one record of the batch before, and moves the watermark.
    """
    with Library.open(path) as library:
        for number in range(library.watermark(name) + 1, count + 1):
            with library.transaction() as writer:
                for record in batch(name, number):
                    writer.put(record, content=encode_record(record), media_type="application/json")
                    annotation = Annotation(pipeline=f"invented {number}")
                    writer.put_annotation(record.uid, annotation, record_version=1 if number % 3 else 2)
                writer.delete(batch(name, number - 1)[0].uid, "superseded")
                writer.advance(name, expected=number - 1, to=number)
            print(number, flush=True)  # noqa: T201 - whoever kills this process reads it


def everything(library: Library) -> list[StoredRecord]:
    """Every record, removed ones too, in the order of uids."""
    return list(library.get_many(library.iter_uids()).values())
