"""A retraction that one register knows holds for the paper wherever it is shown, and never for the notice."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from library import Library
from records.identifiers import Identifiers
from records.record import Kind, PublicationStatus, Record, Relation, RelationType
from tests.library.shelf import article, put

RETRACTED, CURRENT = PublicationStatus.RETRACTED, PublicationStatus.CURRENT
PAPER = article(1)
UID = PAPER.uid


def said_by(source: str, status: PublicationStatus = RETRACTED, **fields: Any) -> Record:
    """Another register's record of the paper, which knows it by its DOI alone."""
    identifiers = Identifiers(doi=PAPER.identifiers.doi)
    values: dict[str, Any] = {"source": source, "source_id": "x", "status": status, "identifiers": identifiers}
    return article(1, **(values | fields))


def notice(type_: RelationType = RelationType.RETRACTS, target: str = f"doi:{PAPER.identifiers.doi}") -> Record:
    return said_by(
        "crossref",
        CURRENT,
        source_id="notice",
        kind=Kind.NOTICE,
        identifiers=Identifiers(doi="10.5555/shelf.notice"),
        relations=(Relation(type=type_, target=target),),
    )


def status_of(library: Library, uid: str = UID) -> PublicationStatus:
    stored = library.get(uid)
    assert stored
    return stored.record.status


@pytest.mark.parametrize("first", ["paper", "register"])
def test_what_one_register_knows_holds_for_the_paper(library: Library, first: str) -> None:
    records = [PAPER, said_by("retractionwatch")]
    for record in records if first == "paper" else reversed(records):
        put(library, record)
    stored = library.get(UID)
    assert stored
    assert (stored.record.status, stored.standing_by) == (RETRACTED, ("retractionwatch:x",))
    assert [version.record.status for version in library.history(UID)] == [CURRENT]


def test_the_paper_has_changed_for_whoever_follows(library: Library) -> None:
    put(library, PAPER, article(2))
    seen = library.last_seq()
    put(library, said_by("retractionwatch"))
    assert {change.uid for change in library.changes(seen, limit=9)} == {UID, "retractionwatch:x"}
    seen = library.last_seq()
    put(library, said_by("retractionwatch", title="The same in other words"))
    assert {change.uid for change in library.changes(seen, limit=9)} == {"retractionwatch:x"}


@pytest.mark.parametrize("target", [f"doi:{PAPER.identifiers.doi}", f"pmid:{PAPER.identifiers.pmid}"])
def test_a_notice_marks_the_paper_and_not_itself(library: Library, target: str) -> None:
    put(library, PAPER, notice(target=target), said_by("europepmc", CURRENT, source_id="y"))
    assert (status_of(library), status_of(library, "crossref:notice")) == (RETRACTED, CURRENT)


def test_a_notice_stands_even_where_its_doi_is_the_papers(library: Library) -> None:
    put(library, PAPER, said_by("retractionwatch"), msgspec.structs.replace(notice(), identifiers=PAPER.identifiers))
    assert (status_of(library), status_of(library, "crossref:notice")) == (RETRACTED, CURRENT)


def test_the_gravest_claim_counts(library: Library) -> None:
    put(library, PAPER, notice(RelationType.CORRECTS), said_by("retractionwatch"))
    assert status_of(library) is RETRACTED
    put(library, msgspec.structs.replace(PAPER, status=PublicationStatus.CONCERN))
    assert status_of(library) is RETRACTED


def test_a_claim_that_is_taken_back_no_longer_holds(library: Library) -> None:
    put(library, PAPER, said_by("retractionwatch"), said_by("crossref"))
    put(library, said_by("retractionwatch", CURRENT))
    assert status_of(library) is RETRACTED, "Crossref still says so"
    seen = library.last_seq()
    with library.transaction() as writer:
        writer.delete("crossref:x", "removed")
    assert status_of(library) is CURRENT
    assert UID in {change.uid for change in library.changes(seen, limit=9)}


def test_a_shared_registration_number_marks_nobody(library: Library) -> None:
    trial = Identifiers(registrations=("NCT99000001",))
    put(library, article(3, identifiers=trial, kind=Kind.REGISTRATION, source="clinicaltrials"))
    put(library, article(4, identifiers=msgspec.structs.replace(trial, doi="10.5555/shelf.4"), status=RETRACTED))
    assert status_of(library, "clinicaltrials:99200003") is CURRENT


def test_a_library_from_before_learns_what_its_records_say(library: Library, tmp_path: Path) -> None:
    put(library, PAPER, said_by("retractionwatch"), notice(RelationType.RAISES_CONCERN_ABOUT, "pmid:99200002"))
    put(library, article(2))
    old = tmp_path / "old.sqlite3"
    library.backup(old)
    with sqlite3.connect(old) as connection:
        connection.executescript("DROP TABLE claims; UPDATE alembic_version SET version_num = '0002';")
    connection.close()
    with Library.open(old) as migrated:
        assert status_of(migrated) is RETRACTED
        assert status_of(migrated, "pubmed:99200002") is PublicationStatus.CONCERN
