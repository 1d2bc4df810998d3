"""How well sources serve."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from config import Settings
from config.settings import WatchSettings
from feeds.health import silence, source_health, source_signs, told_quiet, watched_sources
from library import CrawlRun, CrawlState, Library
from records.errors import ConfigError
from records.identifiers import Identifiers
from tests.feeds.world import article, make_library

NOW = dt.datetime.now(dt.UTC)


def run(source: str, hours_ago: float, **fields: object) -> CrawlRun:
    finished = NOW - dt.timedelta(hours=hours_ago)
    return CrawlRun(source=source, started=finished, finished=finished, **fields)  # type: ignore[arg-type]


def with_runs(library: Library, *runs: CrawlRun) -> Library:
    with library.transaction() as writer:
        for one in sorted(runs, key=lambda one: one.finished):
            writer.add_run(one)
    return library


def test_lag_errors_and_yield(tmp_path: Path) -> None:
    with make_library(tmp_path) as library:
        runs = (
            run("pubmed", 30, new=4),
            run("pubmed", 20, new=1),
            run("pubmed", 10, new=1, failed=2),
            run("pubmed", 1, complete=False, errors=("HTTP 500", "more")),
        )
        found = {one.source: one for one in source_health(with_runs(library, *runs), now=NOW)}
    pubmed = found["pubmed"]
    assert pubmed.last_success == NOW - dt.timedelta(hours=20)
    assert pubmed.lag_hours == 20.0
    assert (pubmed.runs, pubmed.error_rate, pubmed.last_error) == (4, 0.5, "HTTP 500")
    assert (pubmed.records, pubmed.recent) == (4, 4)
    press = found["press"]
    assert (press.last_success, press.lag_hours, press.error_rate, press.quiet) == (None, None, None, False)


def test_what_is_old_is_not_recent(tmp_path: Path) -> None:
    with make_library(tmp_path) as library:
        later = source_health(library, now=NOW + dt.timedelta(days=31))
    assert [one.recent for one in later] == [0] * len(later)


def test_a_source_that_never_came_through_is_there(tmp_path: Path) -> None:
    with make_library(tmp_path) as library:
        with_runs(library, run("jrct", 1, complete=False, errors=("refused",)))
        (found,) = (one for one in source_health(library) if one.source == "jrct")
    assert (found.records, found.error_rate, found.overlap) == (0, 1.0, None)


def test_imported_files_are_no_sources_that_could_be_late(tmp_path: Path) -> None:
    records = (article(1, "A", source="import"), article(2, "B", source="gone"), article(3, "C"))
    with make_library(tmp_path, *records) as library:
        with_runs(library, run("import papers.xml", 1, new=1), run("gone", 1, new=1))
        found = source_health(library, now=NOW)
    assert [one.source for one in found] == ["gone", "import", "pubmed"]
    gone, imported, _ = found
    assert gone.lag_hours == 1.0, "a source whose spider was taken away can be late"
    assert (imported.records, imported.unique, imported.recent) == (1, 1, 1)
    assert (imported.runs, imported.lag_hours, imported.error_rate, imported.quiet) == (0, None, None, False)


def test_overlap_counts_records_whose_work_another_source_has(tmp_path: Path) -> None:
    registered = Identifiers(registrations=("NCT99000001",))
    records = (
        article(1, "A", identifiers=Identifiers(doi="10.5555/a", pmid="1", registrations=("NCT99000001",))),
        article(2, "B", identifiers=Identifiers(doi="10.5555/b")),
        article(3, "C", identifiers=Identifiers(doi="10.5555/b")),
        article(4, "D"),
        article(5, "E", source="europepmc", identifiers=Identifiers(doi="10.5555/a", pmid="1")),
        article(6, "F", source="clinicaltrials", identifiers=registered),
        article(7, "G", source="gone", identifiers=Identifiers(pmid="99000004")),
    )
    with make_library(tmp_path, *records) as library:
        with library.transaction() as writer:
            writer.delete("gone:99000007", "removed")
        found = {one.source: one for one in source_health(library)}
    assert (found["pubmed"].overlap, found["pubmed"].unique) == (0.25, 3)
    assert (found["europepmc"].overlap, found["europepmc"].unique) == (1.0, 0)
    assert (found["clinicaltrials"].overlap, found["clinicaltrials"].unique) == (1.0, 0)


@pytest.mark.parametrize(
    ("new", "silent", "quiet"),
    [
        ([], 0, False),
        ([0, 0, 0, 0, 0, 0, 0], 7, False),
        ([3, 1, 2, 4, 1], 0, False),
        ([0, 3, 1, 2, 4, 1], 1, False),
        ([0, 0, 0, 3, 1, 2, 4, 1, 2, 2, 1], 3, True),
        ([0] * 6 + [1, 0, 0, 0, 0, 0, 0, 0, 0, 1], 6, False),
        ([0] * 40 + [1, 0, 0, 0, 0, 0, 0, 0, 0, 1], 40, True),
        ([0] * 9 + [5, 5], 9, False),
    ],
)
def test_silence_is_measured_against_what_is_usual(new: list[int], silent: int, quiet: bool) -> None:
    assert silence(new) == (silent, quiet)


def test_failed_runs_do_not_make_a_source_quiet(tmp_path: Path) -> None:
    with make_library(tmp_path) as library:
        good = [run("pubmed", 100 - hour, new=2) for hour in range(20)]
        bad = [run("pubmed", 50 - hour, complete=False) for hour in range(20)]
        with_runs(library, *good, *bad)
        assert not [one for one in source_health(library) if one.quiet]
        with_runs(library, *(run("pubmed", 20 - hour) for hour in range(5)))
        assert [one.source for one in source_health(library) if one.quiet] == ["pubmed"]


def test_how_far_a_source_is_behind_and_why_payloads_could_not_be_read(tmp_path: Path) -> None:
    reasons = (
        "DOI 10.5555/a.1 title: a list expected, found 'one'",
        "DOI 10.5555/b.22 title: a list expected, found 'another'",
        "no JSON",
    )
    with make_library(tmp_path) as library:
        with library.transaction() as writer:
            for number, reason in enumerate(reasons):
                writer.quarantine("crossref", reason, str(number).encode(), "application/json")
            day = (NOW - dt.timedelta(days=5)).date().isoformat()
            writer.save_state(CrawlState(source="crossref", watermark=day))
        (found,) = (one for one in source_health(library, now=NOW) if one.source == "crossref")
    assert (found.watermark, found.behind_days, found.quarantined) == (day, 5, 3)
    assert found.reasons == {"DOI … title: a list expected, found …": 2, "no JSON": 1}


def test_a_story_joins_records_as_it_does_in_digests(tmp_path: Path) -> None:
    """In a chain, too: the copy of a press text shares its paper."""
    story = ("story:99",)
    records = (
        article(1, "A", identifiers=Identifiers(doi="10.5555/a", pmid="1")),
        article(2, "B", source="press", identifiers=Identifiers(doi="10.5555/a", story=story)),
        article(3, "C", source="press", identifiers=Identifiers(story=story)),
        article(4, "D", source="press", identifiers=Identifiers(story=("text:99",))),
    )
    with make_library(tmp_path, *records) as library:
        (press,) = (one for one in source_health(library) if one.source == "press")
    assert (press.records, press.unique) == (3, 1)


def test_watched_sources_show_how_they_came_through(tmp_path: Path) -> None:
    settings = Settings(watch=WatchSettings(sources=("press", "pubmed", "crossref", "europepmc")))
    with make_library(tmp_path) as library:
        with_runs(
            library,
            run("press", 1, complete=False, errors=("refused",)),
            run("pubmed", 40, new=1),
            run("crossref", 1, new=1),
            run("biorxiv", 99, complete=False),
        )
        found = {one.source: one for one in source_signs(library, settings, now=NOW)}
    assert list(found) == ["press", "pubmed", "crossref"], "not what is not crawled, or not yet"
    shown = {name: (one.failed, one.late, one.last_success is None, one.error) for name, one in found.items()}
    assert shown["press"] == (True, False, True, "refused")
    assert shown["pubmed"] == (False, True, False, "")
    assert shown["crossref"] == (False, False, False, "")
    with pytest.raises(ConfigError, match=r"watch\.sources: no source 'pubmde'"):
        watched_sources(Settings(watch=WatchSettings(sources=("pubmde",))))


def test_one_run_is_counted_as_one() -> None:
    assert told_quiet("press", 1) == "press has gone quiet: nothing new in its last run"
