"""The log of searches: each is kept once and whole, whatever happens, and makes a report."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import stat
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.prisma import Provider, report
from cli.search_log import LoggedSearch, Unreadable, append, by_source, read
from index.query import filters_of, parse_query
from library.types import SourceSummary
from tests.cli.conftest import World

NOW = dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC)


def entry(query: str, **fields: object) -> LoggedSearch:
    values: dict[str, object] = {"time": NOW, "command": "search", "query": query}
    return LoggedSearch(**(values | fields))  # type: ignore[arg-type]


@given(st.lists(st.text(), max_size=5))
def test_what_is_written_is_read(queries: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "searches.jsonl"
        for query in queries:
            append(path, entry(query))
        assert [one.query for one in read(path) if isinstance(one, LoggedSearch)] == queries


def test_a_line_that_was_cut_off_is_told_and_takes_no_other_with_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "searches.jsonl"
    append(path, entry("first"))
    with path.open("ab") as stream:
        stream.write(b'{"time":"2026-03-01T09:30')
    append(path, entry("second"))
    first, cut_off, second = read(path)
    assert isinstance(first, LoggedSearch)
    assert isinstance(second, LoggedSearch)
    assert (first.query, second.query) == ("first", "second")
    assert isinstance(cut_off, Unreadable)
    assert cut_off.line == 2


def test_many_at_once_are_all_there(tmp_path: Path) -> None:
    path = tmp_path / "searches.jsonl"
    queries = [f"{number} " + "x" * 9_000 for number in range(64)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda query: append(path, entry(query)), queries))
    assert sorted(one.query for one in read(path) if isinstance(one, LoggedSearch)) == sorted(queries)


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    append(tmp_path / "searches.jsonl", entry("private"))
    assert stat.S_IMODE((tmp_path / "searches.jsonl").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("query", "filters"),
    [
        ("", []),
        ("stem cells", []),
        ('"stem cells" AND graft', []),
        ("cells species:human year:2020.. -retracted", ["species:human", "year:2020..", "-is:retracted"]),
        ("species:(rat OR mouse) cells", ["species:rat OR species:mouse"]),
        ("NOT kind:press", ["-kind:press"]),
    ],
)
def test_filters_are_the_clauses_with_fields(query: str, filters: list[str]) -> None:
    assert filters_of(parse_query(query).node) == filters


def test_sources_are_counted_most_first() -> None:
    assert by_source(["press:a", "pubmed:1", "pubmed:2"]) == {"pubmed": 2, "press": 1}
    assert list(by_source(["press:a", "pubmed:1", "pubmed:2"])) == ["pubmed", "press"]


def test_a_report_keeps_hostile_text_in_its_place() -> None:
    fence = "```\n# not a heading"
    searches = [entry(fence, filters=("year:2020..", "species:human")), entry(fence), entry("")]
    summary = SourceSummary(source="clinicaltrials", records=3, last_run=NOW)
    lines = list(report(searches, [Provider(summary=summary, description="a | b")], version="1", today=NOW.date()))
    text = "\n".join(lines)
    assert "````\n```\n# not a heading\n````" in text
    assert "a \\| b" in text
    assert "Limits (9): `year:2020..`" in text
    assert "Search filters (10): `species:human`" in text
    assert "Update (12) of the search of 2026-03-01 09:30" in text
    assert "(everything)" in text
    for item in range(1, 17):
        assert f"({item})" in text, item


def test_a_report_says_what_was_crawled_and_what_came_from_files() -> None:
    through = "PubMed, through NCBI E-utilities"
    crawled = SourceSummary(source="pubmed", records=5, last_run=NOW, last_complete=NOW, watermark="2026-02-28")
    imported = SourceSummary(source="europepmc", records=3)
    files = SourceSummary(source="import", records=2, last_run=NOW, last_complete=NOW, files=161)
    providers = [
        Provider(summary=crawled, description=f"{through}.", from_files=1),
        Provider(summary=imported, description="Europe PMC", from_files=3),
        Provider(summary=files, description="", from_files=2),
    ]
    text = "\n".join(report([], providers, version="1", today=NOW.date()))
    assert f"| pubmed | {through}, and files | 5 | 1 | 2026-03-01 09:30 | 2026-02-28 |" in text
    assert "| europepmc | files | 3 | 3 | – | – |" in text
    assert "**Files imported into the collection:** 161, the last on 2026-03-01 09:30." in text
    assert "| import |" not in text


@pytest.mark.xdist_group("installed")
def test_searches_are_kept_and_listed(world: World, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    more = {"env": {**os.environ, "CORDWATCH_SEARCH_LOG_PATH": str(log)}}
    query = "neural stem cells species:rat year:2000.."
    hits = json.loads(world.run("search", *query.split(), "-n", "3", "--json", **more).stdout)
    world.run("export", "is:sound", "--as", "ris", **more)
    world.run("facets", "--by", "kind", **more)
    world.run("search", "(cells", code=2, **more)
    listed = [json.loads(line) for line in world.run("log", "--nl", **more).stdout.splitlines()]
    assert [one["command"] for one in listed] == ["search", "export", "facets"]
    search, export, _ = listed
    assert search["query"] == query
    assert search["filters"] == ["species:rat", "year:2000.."]
    assert (search["mode"], search["backend"], search["limit"]) == ("hybrid", "embedded", 3)
    assert search["total"] == hits["total"]
    assert search["seq"] == hits["seq"]
    assert search["shown"] == sum(1 + len(hit.get("also", [])) for hit in hits["hits"])
    assert sum(export["sources"].values()) == export["shown"] > 3
    rows = list(csv.DictReader(io.StringIO(world.run("log", "NEURAL", "--csv", **more).stdout)))
    assert [row["query"] for row in rows] == [query]
    assert world.run("log", "--since", "2000-01-01", "--until", "2000-01-02", "--csv", **more).stdout.count("\n") == 1
    report = tmp_path / "report.md"
    world.run("log", "--report", "-o", str(report), **more)
    text = report.read_text("utf-8")
    assert query in text
    assert "### 2." in text
    assert "### 3." not in text, "counts are no searches of a review"
    assert "| pubmed |" in text


@pytest.mark.xdist_group("installed")
def test_an_export_of_everything_is_kept_and_reported(world: World, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    more = {"env": {**os.environ, "CORDWATCH_SEARCH_LOG_PATH": str(log)}}
    lines = world.run("export", "--as", "jsonl", **more).stdout.splitlines()
    (kept,) = [json.loads(line) for line in world.run("log", "--nl", **more).stdout.splitlines()]
    assert (kept["command"], kept["query"], kept["backend"]) == ("export", "", "library")
    assert kept["shown"] == sum(kept["sources"].values()) == len(lines)
    report = world.run("log", "--report", **more).stdout
    assert "(everything)" in report
    assert f"{len(lines)} written by 1 export" in report


@pytest.mark.xdist_group("installed")
def test_no_log_is_kept_where_none_is_wanted(world: World, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    more = {"env": {**os.environ, "CORDWATCH_SEARCH_LOG_PATH": str(log), "CORDWATCH_SEARCH_LOG": "false"}}
    world.run("search", "cells", **more)
    assert not log.exists()
    assert "search.log is off" in world.run("log", **more).stderr


@pytest.mark.xdist_group("installed")
def test_a_search_is_answered_though_it_cannot_be_logged(world: World, tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    more = {"env": {**os.environ, "CORDWATCH_SEARCH_LOG_PATH": str(tmp_path / "a file" / "log.jsonl")}}
    done = world.run("search", "cells", "--json", **more)
    assert json.loads(done.stdout)["hits"]
    assert "not in the log" in done.stderr
