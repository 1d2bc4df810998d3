"""What is about a retracted paper says so, wherever the retraction is known from, and in whatever order things come."""

from __future__ import annotations

import sqlite3
from itertools import permutations
from pathlib import Path
from typing import Any

import msgspec
import pytest

from library import Library
from records.identifiers import Identifiers
from records.record import Caution, Kind, PublicationStatus, Record, Relation, RelationType
from tests.library.shelf import article, put

PAPER = article(1)
DOI, PMID = f"doi:{PAPER.identifiers.doi}", f"pmid:{PAPER.identifiers.pmid}"


def about(target: str = DOI, type_: RelationType = RelationType.MENTIONS, kind: Kind = Kind.PRESS) -> Record:
    relation = Relation(type=type_, target=target)
    return article(
        7,
        source="press",
        source_id="story",
        kind=kind,
        identifiers=Identifiers(story=("story:1",)),
        relations=(relation,),
    )


def notice(target: str = PMID, type_: RelationType = RelationType.RETRACTS) -> Record:
    return article(8, kind=Kind.NOTICE, relations=(Relation(type=type_, target=target),))


def cautions(library: Library, uid: str = "press:story") -> list[tuple[str, str]]:
    stored = library.get(uid)
    assert stored
    return [(caution.target, caution.status.value) for caution in stored.record.cautions]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_notice_knows_the_pmid_and_the_press_the_doi(library: Library, order: tuple[int, ...]) -> None:
    records = [PAPER, about(), notice()]
    for place in order[:2]:
        put(library, records[place])
    seen = library.last_seq()
    put(library, records[order[2]])
    assert cautions(library) == [(DOI, "retracted")]
    assert "press:story" in {change.uid for change in library.changes(seen, limit=9)}, "followers are told of it"


def test_who_claims_it_under_the_same_identifier_need_not_be_the_paper(library: Library) -> None:
    put(library, about(PMID), notice())
    assert cautions(library) == [(PMID, "retracted")]


def test_a_correction_is_no_reason_for_caution_and_a_doubt_is(library: Library) -> None:
    put(library, PAPER, about(), notice(type_=RelationType.CORRECTS))
    assert cautions(library) == []
    put(library, notice(type_=RelationType.RAISES_CONCERN_ABOUT))
    assert cautions(library) == [(DOI, "expression_of_concern")]


def test_what_is_taken_back_is_forgotten(library: Library) -> None:
    put(library, PAPER, about(), notice())
    seen = library.last_seq()
    with library.transaction() as writer:
        writer.delete(notice().uid, "removed")
    assert cautions(library) == []
    assert "press:story" in {change.uid for change in library.changes(seen, limit=9)}


def test_without_the_paper_nothing_joins_the_two_names(library: Library) -> None:
    put(library, PAPER, about(), notice())
    seen = library.last_seq()
    with library.transaction() as writer:
        writer.delete(PAPER.uid, "removed")
    assert cautions(library) == []
    assert "press:story" in {change.uid for change in library.changes(seen, limit=9)}


EARLY = article(5, source="biorxiv", kind=Kind.PREPRINT, identifiers=Identifiers(doi="10.5555/early"))
NAMING = msgspec.structs.replace(
    PAPER, relations=(Relation(type=RelationType.HAS_PREPRINT, target="doi:10.5555/early"),)
)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_only_the_paper_names_its_preprint(library: Library, order: tuple[int, ...]) -> None:
    records = [NAMING, EARLY, notice()]
    for place in order[:2]:
        put(library, records[place])
    seen = library.last_seq()
    put(library, records[order[2]])
    assert cautions(library, EARLY.uid) == [(DOI, "retracted")]
    assert EARLY.uid in {change.uid for change in library.changes(seen, limit=9)}, "followers are told of it"
    stored = library.get(EARLY.uid)
    assert stored
    assert stored.record.cautions[0].type is RelationType.PREPRINT_OF
    put(library, PAPER)
    assert cautions(library, EARLY.uid) == [], "the paper names it no longer"


def test_all_in_one_batch_and_the_paper_says_so_itself(library: Library) -> None:
    put(library, EARLY, msgspec.structs.replace(NAMING, status=PublicationStatus.RETRACTED))
    assert cautions(library, EARLY.uid) == [(DOI, "retracted")]
    assert cautions(library, NAMING.uid) == []


def test_a_preprint_that_names_its_paper_too_is_cautioned_once(library: Library) -> None:
    both = msgspec.structs.replace(EARLY, relations=(Relation(type=RelationType.PREPRINT_OF, target=PMID),))
    put(library, NAMING, both, notice())
    assert cautions(library, EARLY.uid) == [(PMID, "retracted")]


def test_a_notice_and_a_citing_paper_need_no_caution(library: Library) -> None:
    citing = article(9, cited=(DOI, PMID), relations=(Relation(type=RelationType.UPDATES, target=DOI),))
    put(library, PAPER, notice(), about(type_=RelationType.COMMENT_ON, kind=Kind.NOTICE), citing)
    assert cautions(library) == []
    assert cautions(library, citing.uid) == []


def test_the_gravest_comes_first_and_a_comment_does_not_taint(library: Library) -> None:
    other = article(2)
    both = (
        Relation(type=RelationType.COMMENT_ON, target=DOI),
        Relation(type=RelationType.MENTIONS, target=f"doi:{other.identifiers.doi}"),
    )
    put(library, PAPER, other, msgspec.structs.replace(about(), relations=both))
    put(library, msgspec.structs.replace(other, status=PublicationStatus.CONCERN), notice())
    stored = library.get("press:story")
    assert stored
    assert [caution.status.value for caution in stored.record.cautions] == ["retracted", "expression_of_concern"]
    assert not any(caution.taints for caution in stored.record.cautions)


def test_cautions_are_never_kept(library: Library) -> None:
    doubtful = Caution(type=RelationType.MENTIONS, target=DOI, status=PublicationStatus.RETRACTED)
    put(library, about(), msgspec.structs.replace(about(), cautions=(doubtful,)))
    assert cautions(library) == []
    assert len(library.history("press:story")) == 1


def test_a_library_from_before_learns_what_its_records_are_about(library: Library, tmp_path: Path) -> None:
    put(library, PAPER, about(), notice())
    seen, old = library.last_seq(), tmp_path / "old.sqlite3"
    library.backup(old)
    with sqlite3.connect(old) as connection:
        connection.executescript(
            "DROP TABLE subjects; DROP TABLE preprints; DROP TABLE item_subjects; DROP TABLE identity;"
            "UPDATE alembic_version SET version_num = '0005';"
        )
    connection.close()
    with Library.open(old) as migrated:
        assert cautions(migrated) == [(DOI, "retracted")]
        assert [change.uid for change in migrated.changes(seen, limit=9)] == ["press:story"]
        subject: Any = migrated.get("press:story")
        assert subject.seq == migrated.last_seq()
