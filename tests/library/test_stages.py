"""What is derived from records, how far the stages have come, and how far sources were read."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from library import ChangeKind, CrawlRun, CrawlState, Embedding, Library, PutOutcome, WatermarkMovedError, Writer
from records.annotation import Annotation, Entity, EntityKind, Span
from tests.library.shelf import article, put

UID = "pubmed:99200001"
ENTITY = Entity(
    kind=EntityKind.SPECIES,
    id="NCBITaxon:10116",
    name="Rattus norvegicus",
    text="Rats",
    span=Span(field="abstract", start=9, end=13),
    rule="invented@1",
)
EMBEDDING = Embedding(
    model="invented 1", content_hash=b"text", vectors=b"\0\1" * 8, windows=2, dimension=4, spans=((0, 9), (5, 14))
)
DERIVED = (ChangeKind.ANNOTATION, ChangeKind.EMBEDDING)
NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def run(source: str, **fields: object) -> CrawlRun:
    """A report of an hour's crawl."""
    values = {"source": source, "started": NOON, "finished": NOON + dt.timedelta(hours=1)} | fields
    return CrawlRun(**values)  # type: ignore[arg-type]


def test_annotations_name_their_pipeline_and_equal_ones_are_no_change(library: Library) -> None:
    put(library, article(1))
    first = Annotation(pipeline="invented 1", entities=(ENTITY,))
    with library.transaction() as writer:
        assert writer.put_annotation(UID, first, record_version=1) is PutOutcome.NEW
        assert writer.put_annotation(UID, first, record_version=1) is PutOutcome.UNCHANGED
    kept = library.annotation(UID)
    assert kept is not None
    assert (kept.annotation, kept.record_version) == (first, 1)
    assert len(library.changes(0, kinds=DERIVED, limit=9)) == 1
    second = Annotation(pipeline="invented 2", entities=(ENTITY,))
    with library.transaction() as writer:
        assert writer.put_annotation(UID, second, record_version=1) is PutOutcome.CHANGED
    assert library.annotations([UID, "pubmed:0"])[UID].annotation.pipeline == "invented 2"
    assert [change.seq for change in library.changes(0, kinds=DERIVED, limit=9)] == [3]


def test_an_annotation_is_handed_out_with_the_version_that_it_was_found_in(library: Library) -> None:
    put(library, article(1))
    found = Annotation(pipeline="invented 1", entities=(ENTITY,))
    with library.transaction() as writer:
        writer.put_annotation(UID, found, record_version=1)
    put(library, article(1, "Another title"))
    assert (library.annotation(UID), library.annotations([UID])) == (None, {})
    with library.transaction() as writer:
        assert writer.put_annotation(UID, found, record_version=2) is PutOutcome.UNCHANGED
    assert library.annotation(UID) is not None
    # Whoever has read the record in between without it reads it again.
    assert [change.seq for change in library.changes(2, kinds=DERIVED, limit=9)] == [library.last_seq()]


def test_vectors_come_back_and_equal_ones_are_no_change(library: Library) -> None:
    put(library, article(1))
    with library.transaction() as writer:
        assert writer.put_embedding(UID, EMBEDDING) is PutOutcome.NEW
        assert writer.put_embedding(UID, EMBEDDING) is PutOutcome.UNCHANGED
    assert library.embedding(UID) == EMBEDDING
    other = msgspec.structs.replace(EMBEDDING, model="invented 2")
    with library.transaction() as writer:
        assert writer.put_embedding(UID, other) is PutOutcome.CHANGED
    assert library.embeddings([UID]) == {UID: other}
    assert [change.seq for change in library.changes(0, kinds=DERIVED, limit=9)] == [3]


def test_a_watermark_moves_only_from_where_it_is_expected(library: Library) -> None:
    with library.transaction() as writer:
        writer.advance("annotate", expected=0, to=7)
    with (
        pytest.raises(WatermarkMovedError, match="stands at 7, not at 5"),
        library.transaction() as writer,
    ):
        _put_and_advance(writer)
    assert (library.watermark("annotate"), library.watermark("embed"), library.last_seq()) == (7, 0, 0)
    with library.transaction() as writer:
        writer.advance("annotate", expected=7, to=9)
    assert library.watermarks() == {"annotate": 9}


def _put_and_advance(writer: Writer) -> None:
    writer.put(article(1), content=b"", media_type="")
    writer.advance("annotate", expected=5, to=9)


def test_what_is_derived_can_be_forgotten(library: Library) -> None:
    put(library, article(1))
    with library.transaction() as writer:
        writer.put_annotation(UID, Annotation(pipeline="invented 1"), record_version=1)
        writer.put_embedding(UID, EMBEDDING)
        writer.advance("annotate", expected=0, to=1)
    with library.transaction() as writer:
        writer.reset_derived()
    assert (library.annotation(UID), library.embedding(UID), library.watermarks()) == (None, None, {})
    assert library.get(UID) is not None


def test_the_state_of_a_source_is_replaced(library: Library) -> None:
    assert library.state("pubmed") == CrawlState(source="pubmed")
    for watermark in ("2026-01-01", "2026-02-01"):
        state = CrawlState(source="pubmed", watermark=watermark, state={"etag": watermark})
        with library.transaction() as writer:
            writer.save_state(state)
        assert library.state("pubmed") == state
    assert library.state("press") == CrawlState(source="press")


def test_reports_of_crawls_come_newest_first(library: Library) -> None:
    runs = [run("pubmed", new=number, errors=("one line",)) for number in range(3)]
    with library.transaction() as writer:
        for one in [*runs, run("press")]:
            writer.add_run(one)
    assert library.runs("pubmed") == runs[::-1]
    assert library.runs("pubmed", limit=1) == runs[2:]


def test_sources_are_summed_up(library: Library) -> None:
    put(library, article(1), article(2), article(3))
    with library.transaction() as writer:
        writer.delete("pubmed:99200003", "gone")
        writer.save_state(CrawlState(source="pubmed", watermark="2026-03-01"))
        writer.add_run(run("pubmed"))
        writer.add_run(run("pubmed", complete=False, finished=NOON + dt.timedelta(days=1)))
        writer.quarantine("press", "not a feed", b"<html>", "text/html")
    press, pubmed = library.source_summaries()
    assert (press.source, press.records, press.quarantined, press.last_run) == ("press", 0, 1, None)
    assert (pubmed.records, pubmed.watermark, pubmed.quarantined) == (2, "2026-03-01", 0)
    assert (pubmed.last_run, pubmed.last_complete) == (NOON + dt.timedelta(days=1), NOON + dt.timedelta(hours=1))


def test_imported_files_are_one_source(library: Library) -> None:
    with library.transaction() as writer:
        for number, name in ((1, "pubmed"), (2, "pubmed"), (3, "import")):
            url = "https://provider.invalid/1" if number == 1 else f"folder/file.xml:{number}"
            one = msgspec.structs.replace(article(number), source=name)
            writer.put(one, content=b"%d" % number, media_type="text/xml", url=url)
        writer.add_run(run("import a file.xml"))
        writer.add_run(run("import a file.xml", finished=NOON + dt.timedelta(days=1)))
        writer.add_run(run("import b.ris", complete=False, finished=NOON + dt.timedelta(days=2)))
        writer.add_run(run("imported"))
    files, other, pubmed = library.source_summaries()
    assert (files.source, files.records, files.files) == ("import", 1, 2)
    assert (files.last_run, files.last_complete) == (NOON + dt.timedelta(days=2), NOON + dt.timedelta(days=1))
    assert (other.source, other.files) == ("imported", 0)
    assert (pubmed.records, pubmed.last_run, pubmed.files) == (2, None, 0)
    assert library.records_from_files() == {"import": 1, "pubmed": 1}


def test_quarantine_counts_what_comes_again(library: Library) -> None:
    content = b"\xff not what it claims " * 50
    with library.transaction() as writer:
        for _ in range(3):
            writer.quarantine("press", "not a feed", content, "text/xml", "https://outlet.invalid/rss", "press")
        writer.quarantine("press", "another reason", content, "text/xml")
        writer.quarantine("pubmed", "not a feed", content, "text/xml")
    first, second, third = library.quarantined()
    assert (first.count, second.count, third.count) == (3, 1, 1)
    assert (first.content, first.reason, first.spider) == (content, "not a feed", "press")
    assert (first.url, first.media_type) == ("https://outlet.invalid/rss", "text/xml")
    assert first.first_seen <= first.last_seen
    assert [one.id for one in library.quarantined(source="pubmed")] == [third.id]
    with library.transaction() as writer:
        assert writer.release_quarantine(first.id)
        assert not writer.release_quarantine(first.id)
    assert [one.id for one in library.quarantined()] == [second.id, third.id]
