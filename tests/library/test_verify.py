"""Damage: it is found wherever it is, never handed out, and mended by what `verify` says."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from sqlalchemy import select, update

from library import Damage, Embedding, Library, PutOutcome
from library.schema import metadata
from library.verify import verify_library
from records.annotation import Annotation
from records.errors import LibraryError
from tests.library.shelf import article, put

UID = "pubmed:99200001"
EMBEDDING = Embedding(model="invented 1", content_hash=b"text", vectors=b"\0\1" * 8, windows=2, dimension=4)
READERS: dict[str, Callable[[Library], object]] = {
    "records.encoded": lambda library: library.get(UID),
    "payloads.content": lambda library: library.payload(UID),
    "annotations.encoded": lambda library: library.annotation(UID),
    "embeddings.vectors": lambda library: library.embedding(UID),
    "record_versions.encoded": lambda library: library.history(UID),
}


@pytest.fixture
def full(library: Library) -> Library:
    """Something in every table, of two records."""
    put(library, article(1, "Before"), article(2))
    put(library, article(1))
    with library.transaction() as writer:
        for uid in (UID, "pubmed:99200002"):
            version = 2 if uid == UID else 1
            writer.put_annotation(uid, Annotation(pipeline="invented " * 40), record_version=version)
            writer.put_embedding(uid, EMBEDDING)
    assert list(verify_library(library)) == []
    return library


def flip(library: Library, place: str, *, bit: int) -> None:
    """Flip a bit in the middle of the first record's bytes."""
    name, column = place.split(".")
    table, r = metadata.tables[name], metadata.tables["records"]
    own = select(r.c.payload_hash).where(r.c.uid == UID).scalar_subquery()
    which = table.c.hash == own if name == "payloads" else table.c.uid == UID
    with library.transaction() as writer:
        stored = bytearray(writer.connection.execute(select(table.c[column]).where(which)).scalar_one())
        stored[len(stored) // 2] ^= 1 << bit
        writer.connection.execute(update(table).where(which).values({column: bytes(stored)}))


@pytest.mark.parametrize("place", READERS)
def test_a_flipped_bit_is_found_and_never_handed_out(full: Library, place: str) -> None:
    for bit in range(8):
        flip(full, place, bit=bit)
        with pytest.raises(LibraryError, match="not what was written"):
            READERS[place](full)
        assert len(list(verify_library(full))) == 1
        flip(full, place, bit=bit)
    assert list(verify_library(full)) == []


def test_collecting_again_mends_a_record(full: Library) -> None:
    flip(full, "records.encoded", bit=3)
    (damage,) = verify_library(full)
    assert (damage.uid, damage.mend) == (UID, "collect it again")
    before = full.last_seq()
    assert put(full, article(1)) == [PutOutcome.UNCHANGED]
    assert list(verify_library(full)) == []
    assert full.last_seq() == before
    stored = full.get(UID)
    assert stored is not None
    assert stored.record == article(1)


def test_a_change_puts_a_damaged_record_right_too(full: Library) -> None:
    flip(full, "records.encoded", bit=3)
    assert put(full, article(1, "After")) == [PutOutcome.CHANGED]
    stored = full.get(UID)
    assert stored is not None
    assert stored.record == article(1, "After")
    assert [damage.what for damage in verify_library(full)] == [
        "earlier version is not what was written",
        "annotation is of an earlier version",
    ]


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("DELETE FROM changes WHERE uid = ?", "missing from the change log"),
        ("DELETE FROM identifiers WHERE uid = ?", "identifiers disagree"),
        ("INSERT INTO identifiers VALUES ('pmid:1', ?)", "identifiers disagree"),
    ],
)
def test_tables_that_disagree_are_found(full: Library, statement: str, what: str) -> None:
    with closing(sqlite3.connect(full.path)) as raw, raw:
        raw.execute(statement, [UID])
    (damage,) = verify_library(full)
    assert damage.uid == UID
    assert what in damage.what


def test_a_damaged_page_is_found(full: Library) -> None:
    put(full, *(article(number) for number in range(10, 500)))
    full.close()
    with full.path.open("r+b") as file:
        file.seek(4096 * (full.path.stat().st_size // 4096 // 2))
        file.write(b"\xa5" * 4096)
    with Library.open(full.path) as library:
        assert "backup" in " ".join(damage.mend for damage in _told(library))


def _told(library: Library) -> list[Damage]:
    """All damage; where the structure is so broken that reading ends, what the error says."""
    found = []
    try:
        for damage in verify_library(library):
            found.append(damage)
    except LibraryError as error:
        found.append(Damage(uid="", what=error.message, mend=error.hint))
    return found


def test_a_record_without_its_annotation_or_under_another_kind_is_found(full: Library) -> None:
    stage = "annotate invented"
    with full.transaction() as writer:
        writer.advance(stage, expected=0, to=full.last_seq())
    assert list(verify_library(full)) == []
    with closing(sqlite3.connect(full.path)) as raw, raw:
        raw.execute("DELETE FROM annotations WHERE uid = ?", (UID,))
        raw.execute("UPDATE records SET kind = 'press' WHERE uid = 'pubmed:99200002'")
    found = {damage.uid: damage.what for damage in verify_library(full)}
    assert found == {
        UID: "annotation is missing",
        "pubmed:99200002": "uid, source or kind beside the record disagree with it",
    }
