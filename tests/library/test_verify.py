"""Damage: it is found wherever it is, never handed out, and mended by what `verify` says."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import msgspec
import pytest
from sqlalchemy import select, update

from library import CrawlState, Damage, Embedding, Library, PutOutcome
from library.mend import mend
from library.schema import metadata
from library.verify import verify_library
from records.annotation import Annotation, Entity, EntityKind, Span
from records.errors import LibraryError
from records.record import Kind, Record, Relation, RelationType
from tests.library.shelf import article, everything, put

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
        "pubmed:99200002": "kind beside the record disagrees with it",
    }


@pytest.fixture
def doubted(library: Library) -> Library:
    """A retracted paper, the notice of it, press about it, a paper with its preprint, and one that is removed."""
    notice = article(2, kind=Kind.NOTICE, relations=(Relation(type=RelationType.RETRACTS, target="pmid:99200001"),))
    press = Record(
        source="press",
        source_id="1",
        kind=Kind.PRESS,
        title="Rats walk",
        relations=(Relation(type=RelationType.MENTIONS, target="doi:10.5555/shelf.1"),),
    )
    paper = article(3, relations=(Relation(type=RelationType.HAS_PREPRINT, target="doi:10.5555/early.3"),))
    put(library, article(1), notice, press, paper, article(4), article(5))
    with library.transaction() as writer:
        writer.delete("pubmed:99200005", "gone")
        writer.advance("annotate invented", expected=0, to=1)
        writer.advance("digests", expected=0, to=1)
        writer.save_state(CrawlState(source="pubmed", watermark="2026-03-01", state={"query": "cord"}))
    assert list(verify_library(library)) == []
    return library


STATEMENTS = {
    "claims": "UPDATE claims SET key = 'pmid:99200004' WHERE uid = 'pubmed:99200002'",
    "no claims": "DELETE FROM claims",
    "status": "UPDATE claims SET status = 'rftracted'",
    "claims of nobody": "INSERT INTO claims VALUES ('pmid:99200004', 'pubmed:0', 'retracted')",
    "subjects": "UPDATE subjects SET key = 'doi:10.5555/shelf.4' WHERE uid = 'press:1'",
    "preprints": "DELETE FROM preprints",
    "identifiers": "DELETE FROM identifiers WHERE uid = 'pubmed:99200001'",
    "kind": "UPDATE records SET kind = 'press' WHERE uid = 'pubmed:99200001'",
    "revised": "UPDATE records SET revised = 99990101 WHERE uid = 'pubmed:99200001'",
    "removed": "UPDATE records SET deleted = 1 WHERE uid = 'pubmed:99200001'",
    "brought back": "UPDATE records SET deleted = 0 WHERE uid = 'pubmed:99200005'",
    "tombstone": "UPDATE changes SET kind = 'tombstone' WHERE uid = 'pubmed:99200001' AND kind = 'record'",
    "no kind": "UPDATE changes SET kind = 'qecord' WHERE uid = 'pubmed:99200001' AND kind = 'record'",
    "unlogged": "DELETE FROM changes WHERE uid = 'pubmed:99200001'",
    "stage": "UPDATE watermarks SET seq = 100000 WHERE stage = 'annotate invented'",
    "future": "UPDATE crawl_states SET watermark = '2926-03-01'",
    "state": "UPDATE crawl_states SET state = '{'",
}
"""Bytes that nothing holds a hash against."""


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
def test_what_follows_from_records_is_compared_with_them_and_mended(doubted: Library, statement: str) -> None:
    before = {one.uid: (one.record, one.deleted) for one in everything(doubted)}
    with closing(sqlite3.connect(doubted.path)) as raw, raw:
        assert raw.execute(statement).rowcount > 0
    found = list(verify_library(doubted))
    assert found
    assert all(damage.mend.startswith("cordwatch rebuild") for damage in found)
    last = doubted.last_seq()
    with doubted.transaction() as writer:
        assert mend(writer) > 0
    assert list(verify_library(doubted)) == []
    assert {one.uid: (one.record, one.deleted) for one in everything(doubted)} == before
    assert all(change.seq > last for change in doubted.changes(last, limit=9))
    with doubted.transaction() as writer:
        assert mend(writer) == 0


def test_whose_standing_was_lost_has_changed(doubted: Library) -> None:
    last = doubted.last_seq()
    with closing(sqlite3.connect(doubted.path)) as raw, raw:
        raw.execute(STATEMENTS["no claims"])
    with doubted.transaction() as writer:
        mend(writer)
    assert {"pubmed:99200001", "press:1"} <= {change.uid for change in doubted.changes(last, limit=9)}


def test_a_status_that_there_is_not_is_told_and_not_guessed(doubted: Library) -> None:
    with closing(sqlite3.connect(doubted.path)) as raw, raw:
        raw.execute(STATEMENTS["status"])
    for uid in (UID, "press:1"):
        with pytest.raises(LibraryError, match="'rftracted': the library's file is damaged"):
            doubted.get(uid)


@pytest.mark.parametrize(
    ("statement", "what", "mended"),
    [
        ("UPDATE records SET payload_hash = x'00' WHERE uid = ?", "raw payload is missing", "a backup may have it"),
        ("UPDATE embeddings SET spans = '[[0, 9' WHERE uid = ?", "has no spans", "rebuild --annotations"),
        ("UPDATE embeddings SET spans = '[[0, 9]]' WHERE uid = ?", "other spans than windows", "rebuild --annotations"),
        ("UPDATE watermarks SET seq = 99 WHERE ? != ''", "'digests' claims changes that there are not", "a backup"),
        (
            "UPDATE annotations SET record_version = 9 WHERE uid = ?",
            "a version that there is not",
            "cordwatch annotate",
        ),
    ],
)
def test_what_a_rebuild_does_not_mend_is_told_so(full: Library, statement: str, what: str, mended: str) -> None:
    with full.transaction() as writer:
        writer.advance("digests", expected=0, to=1)
    with closing(sqlite3.connect(full.path)) as raw, raw:
        raw.execute(statement, [UID])
    (damage,) = verify_library(full)
    assert what in damage.what
    assert mended in damage.mend


def test_an_annotation_of_another_text_is_found(full: Library) -> None:
    entity = Entity(
        kind=EntityKind.SPECIES,
        id="NCBITaxon:10116",
        name="Rattus norvegicus",
        text="Rats",
        span=Span(field="abstract", start=9, end=13),
        rule="invented@1",
    )
    for place, found in ((9, 0), (8, 1)):
        span = Span(field="abstract", start=place, end=place + 4)
        moved = msgspec.structs.replace(entity, span=span)
        with full.transaction() as writer:
            writer.put_annotation(UID, Annotation(pipeline="invented", entities=(moved,)), record_version=2)
        assert [damage.what for damage in verify_library(full)] == ["annotation is of another text"] * found
