"""Records in the library: what a put does, what is kept of the past, and what comes back."""

from __future__ import annotations

import pytest

from library import Change, ChangeKind, Library, PutOutcome
from library.lookup import find
from records.dates import PartialDate
from records.errors import LibraryError
from records.identifiers import Identifiers
from records.record import PublicationStatus
from tests.library.shelf import article, everything, put

NEW, CHANGED, UNCHANGED = PutOutcome.NEW, PutOutcome.CHANGED, PutOutcome.UNCHANGED


def test_the_same_again_changes_nothing(library: Library) -> None:
    assert put(library, article(1), article(2)) == [NEW, NEW]
    before = library.get("pubmed:99200001"), library.last_seq(), library.changes(0, limit=10)
    assert put(library, article(1), article(2)) == [UNCHANGED, UNCHANGED]
    assert put(library, article(1), content=b"the same record in other bytes") == [UNCHANGED]
    assert (library.get("pubmed:99200001"), library.last_seq(), library.changes(0, limit=10)) == before
    assert len(library.history("pubmed:99200001")) == 1


def test_twice_in_one_transaction(library: Library) -> None:
    assert put(library, article(1), article(1), article(1, "Another title")) == [NEW, UNCHANGED, CHANGED]
    assert [version.record.title for version in library.history("pubmed:99200001")] == [
        "Grafts in the cord",
        "Another title",
    ]


def test_a_change_keeps_what_was(library: Library) -> None:
    first, second = article(1), article(1, status=PublicationStatus.RETRACTED)
    put(library, first, article(2))
    assert put(library, second) == [CHANGED]
    stored = library.get("pubmed:99200001")
    assert stored is not None
    assert (stored.record, stored.version, stored.seq) == (second, 2, 3)
    assert stored.first_seen <= stored.last_changed
    past = library.history("pubmed:99200001")
    assert [(version.version, version.record) for version in past] == [(1, first), (2, second)]
    assert past[0].changed == stored.first_seen
    assert put(library, first) == [CHANGED]
    assert [version.record for version in library.history("pubmed:99200001")] == [first, second, first]


def test_the_log_holds_the_latest_change_of_each_kind(library: Library) -> None:
    put(library, article(1), article(2))
    put(library, article(1, "Another title"))
    record = ChangeKind.RECORD
    assert library.changes(0, limit=10) == [
        Change(seq=2, uid="pubmed:99200002", kind=record),
        Change(seq=3, uid="pubmed:99200001", kind=record),
    ]
    assert library.changes(2, limit=10) == [Change(seq=3, uid="pubmed:99200001", kind=record)]
    assert library.changes(0, limit=1)[0].seq == 2
    assert library.changes(0, kinds=[ChangeKind.ANNOTATION], limit=10) == []
    assert (library.count_changes(0), library.count_changes(2), library.last_seq()) == (2, 1, 3)


def test_seqs_are_never_used_again(library: Library) -> None:
    put(library, article(1))
    for number in range(2, 6):
        put(library, article(1, f"Title {number}"))
        assert library.last_seq() == number


def test_a_late_replay_does_not_undo_a_revision(library: Library) -> None:
    older = article(1, "Before", revised=PartialDate(year=2024, month=1, day=5))
    newer = article(1, "After", revised=PartialDate(year=2024, month=3))
    put(library, newer)
    assert put(library, older) == [UNCHANGED]
    assert library.history("pubmed:99200001")[-1].record == newer
    assert put(library, article(1, "Of no date")) == [CHANGED]


def test_a_tombstone_keeps_the_past_and_a_put_revives(library: Library) -> None:
    put(library, article(1), article(2))
    with library.transaction() as writer:
        assert writer.delete("pubmed:99200001", "DeleteCitation")
        assert not writer.delete("pubmed:99200001", "again")
        assert not writer.delete("pubmed:1", "never there")
    stored = library.get("pubmed:99200001")
    assert stored is not None
    assert (stored.deleted, stored.deleted_reason, stored.seq) == (True, "DeleteCitation", 3)
    assert stored.record == article(1)
    assert library.counts() == {"article": 1}
    assert [change.kind for change in library.changes(2, limit=10)] == [ChangeKind.TOMBSTONE]
    assert put(library, article(1)) == [CHANGED]
    revived = library.get("pubmed:99200001")
    assert revived is not None
    assert (revived.deleted, revived.deleted_reason, revived.version) == (False, "", 2)
    assert library.counts() == {"article": 2}


def test_an_exception_takes_everything_back(library: Library) -> None:
    put(library, article(1))

    def fail() -> None:
        with library.transaction() as writer:
            writer.put(article(2), content=b"x", media_type="text/plain")
            writer.delete("pubmed:99200001", "gone")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(library.iter_uids()) == ["pubmed:99200001"]
    assert library.last_seq() == 1
    assert put(library, article(2)) == [NEW]


def test_the_raw_payload_comes_back_byte_for_byte(library: Library) -> None:
    for content in (b"", b"<x/>", b"\x28\xb5\x2f\xfd small, and begins as packed bytes do", bytes(range(256)) * 999):
        put(library, article(1, f"Title of {len(content)}"), content=content)
        payload = library.payload("pubmed:99200001")
        assert payload is not None
        assert payload.content == content
        assert (payload.media_type, payload.url) == ("application/json", "https://provider.invalid/99200001")
    assert library.payload("pubmed:1") is None


def test_large_payloads_are_kept_small(library: Library) -> None:
    put(library, article(1), content=b"<PubmedArticle>spinal cord</PubmedArticle>" * 100_000)
    assert library.path.stat().st_size + library.path.with_name("library.sqlite3-wal").stat().st_size < 1_000_000


def test_identifiers_follow_the_record(library: Library) -> None:
    put(library, article(1), article(2))
    assert library.find_identifier("doi:10.5555/shelf.1") == ["pubmed:99200001"]
    put(library, article(1, identifiers=Identifiers(doi="10.5555/shelf.2", registrations=("NCT99200001",))))
    assert library.find_identifier("doi:10.5555/shelf.1") == []
    assert library.find_identifier("doi:10.5555/shelf.2") == ["pubmed:99200001", "pubmed:99200002"]
    assert find(library, "nct99200001").uid == "pubmed:99200001"
    assert find(library, "https://doi.org/10.5555/SHELF.2").uid == "pubmed:99200001"
    assert find(library, "PMID:99200002").uid == "pubmed:99200002"
    assert find(library, "pubmed:99200002").uid == "pubmed:99200002"
    with pytest.raises(LibraryError, match="no record 'nonsense'"):
        find(library, "nonsense")


def test_many_are_read_in_order_and_in_pieces(library: Library) -> None:
    records = [article(number) for number in range(1_203)]
    put(library, *records)
    assert [stored.record for stored in everything(library)] == records
    uids = [record.uid for record in records]
    assert set(library.get_many([*uids, "pubmed:0"])) == set(uids)
    assert library.get("pubmed:0") is None


def test_a_copy_is_whole_while_others_write(library: Library) -> None:
    put(library, article(1))
    copy = library.path.with_name("copy.sqlite3")
    with library.transaction() as writer:
        writer.put(article(2), content=b"x", media_type="text/plain")
        library.backup(copy)
    with Library.open(copy, create=False) as restored:
        assert [one.record for one in everything(restored)] == [article(1)]
