"""Invented records and a library to put them into."""

from __future__ import annotations

from typing import Any

from library import Library, PutOutcome
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
