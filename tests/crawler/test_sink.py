"""Items written in batches, and the state that moves with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.items import Fetched, Payload, WindowDone
from crawler.report import Report
from crawler.sink import Sink
from library import Library
from records.record import Kind, Record


def fetched(number: int) -> Fetched:
    record = Record(source="invented", source_id=str(number), kind=Kind.ARTICLE, title=f"Story {number}")
    return Fetched(record=record, payload=Payload(content=b"{}", media_type="application/json"))


@pytest.mark.parametrize("failed", [False, True])
def test_no_state_is_saved_once_something_is_missing(failed: bool, tmp_path: Path) -> None:
    with Library.open(tmp_path / "library.sqlite3") as library:
        report = Report("invented")
        sink = Sink(library, report, batch_records=10)
        sink.take(fetched(1))
        if failed:
            report.fail("a page did not come")
        sink.take(WindowDone(source="invented", watermark="2025-01-01"))
        assert library.get("invented:1") is not None
        assert library.state("invented").watermark == report.watermark == ("" if failed else "2025-01-01")


def test_only_what_was_committed_is_counted(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library.sqlite3") as library:
        report = Report("invented")
        sink = Sink(library, report, batch_records=2)
        for number in range(3):
            sink.take(fetched(number))
        assert (report.seen, library.counts()) == (2, {"article": 2})
        sink.flush()
        assert (report.seen, library.counts()) == (3, {"article": 3})
