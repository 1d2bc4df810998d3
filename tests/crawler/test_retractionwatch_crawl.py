"""The Retraction Watch data crawled from a loopback host, and imported."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import resource
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from crawler.items import Fetched, Rejected
from crawler.parsers.retractionwatch import COLUMNS, Papers, date_of
from records.errors import ParseError
from records.record import PublicationStatus
from tests.crawler.crawling import Crawl
from tests.crawler.faults import LASTING
from tests.loopback import Answer, Asked, Provider, running

TODAY = dt.datetime.now(dt.UTC).date().isoformat()
FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / "retractionwatch" / "retraction_watch.csv"
ON_TOPIC = "Stem cells in spinal cord injury"


def cells(number: int, title: str, doi: str, nature: str = "Retraction") -> list[str]:
    row = {
        "Record ID": str(number),
        "Title": title,
        "RetractionDate": "5/30/2025 0:00",
        "RetractionDOI": f"10.5555/notice.{number}",
        "OriginalPaperDOI": doi,
        "RetractionNature": nature,
        "Reason": "+Unreliable Results;",
    }
    return [row.get(name, "") for name in COLUMNS]


def table(*rows: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([list(COLUMNS), *rows])
    return text.getvalue().encode()


@dataclass
class FileWorld:
    """One file with an entity tag."""

    rows: list[list[str]] = field(default_factory=list)

    def answer(self, asked: Asked) -> Answer | None:
        if not asked.path.endswith(".csv") or asked.parameters:
            return None
        content = table(*self.rows)
        marks = (("ETag", f'"{hashlib.sha256(content).hexdigest()[:9]}"'),)
        if asked.headers.get("If-None-Match") == marks[0][1]:
            return Answer(b"", status=304, headers=marks)
        return Answer(content, "text/csv", headers=marks)


@pytest.fixture
def world() -> FileWorld:
    titles = (ON_TOPIC, "Football and its rules", ON_TOPIC, "Rules of football")
    return FileWorld([cells(number, title, f"10.5555/p.{number}") for number, title in enumerate(titles)])


@pytest.fixture
def provider(world: FileWorld) -> Iterator[Provider]:
    with running(lambda asked: world.answer(asked)) as provider:
        yield provider


@pytest.fixture
def crawl(provider: Provider, tmp_path: Path) -> Crawl:
    return crawl_of(provider, tmp_path)


def crawl_of(provider: Provider, home: Path) -> Crawl:
    section = {"base_url": f"{provider.base_url}/data/retraction_watch.csv", "requests_per_second": 500.0}
    return Crawl(home, retractionwatch=section)


def test_papers_on_the_topic_are_kept(crawl: Crawl) -> None:
    report = crawl.run("retractionwatch")
    assert (report["new"], report["filtered"], report["failed"], report["watermark"]) == (2, 2, 0, TODAY)
    assert set(crawl.contents("retractionwatch")) == {f"retractionwatch:doi:10.5555/p.{n}" for n in (0, 2)}


def test_a_file_that_has_not_changed_is_not_read_again(crawl: Crawl, provider: Provider) -> None:
    crawl.run("retractionwatch")
    crawl.run("retractionwatch")  # works had come into the library: those of the first crawl
    provider.behave()
    report = crawl.run("retractionwatch")
    assert (report["seen"], report["complete"], report["watermark"]) == (0, True, TODAY)
    assert "If-None-Match" in provider.asked[0].headers


def test_a_paper_that_comes_into_the_library_later_is_found(crawl: Crawl, tmp_path: Path) -> None:
    for _ in range(2):
        crawl.run("retractionwatch")
    paper = tmp_path / "papers.csv"
    paper.write_text("Title,DOI\nSomething else,10.5555/P.3\n", encoding="utf-8")
    crawl.run_all(str(paper), command="import")
    assert crawl.run("retractionwatch")["new"] == 1
    assert "retractionwatch:doi:10.5555/p.3" in crawl.contents("retractionwatch")


def test_rows_of_one_paper_far_apart_are_one_record(crawl: Crawl, world: FileWorld) -> None:
    world.rows = [
        cells(1, ON_TOPIC, "10.5555/A", "Correction"),
        *(cells(number, "Football", f"10.5555/f.{number}") for number in range(10, 1010)),
        cells(2, ON_TOPIC, "https://doi.org/10.5555/a"),
    ]
    report = crawl.run("retractionwatch")
    assert (report["new"], report["filtered"]) == (1, 1000)
    with crawl.library() as library:
        stored = library.get("retractionwatch:doi:10.5555/a")
        assert stored
        assert stored.record.status is PublicationStatus.RETRACTED
        assert [relation.target for relation in stored.record.relations] == [
            *("doi:10.5555/notice.1", "doi:10.5555/notice.2")
        ]


@pytest.mark.parametrize("name", LASTING)
def test_lasting_fault_is_reported_and_healed_by_the_next_crawl(
    name: str, crawl: Crawl, provider: Provider, world: FileWorld
) -> None:
    crawl.run("retractionwatch")
    before = crawl.state("retractionwatch")
    world.rows.append(cells(9, ON_TOPIC, "10.5555/p.9"))
    fault, words = LASTING[name]
    provider.script(fault, where=".csv", always=True)
    report = crawl.run("retractionwatch")
    assert (report["failed"], report["new"]) == (1, 0)
    assert words in report["errors"][0]
    assert crawl.state("retractionwatch") == before
    provider.behave()
    assert crawl.run("retractionwatch")["new"] == 1


def test_import_reads_every_paper_of_a_file(tmp_path: Path) -> None:
    crawl = Crawl(tmp_path)
    (report,) = crawl.run_all(str(FIXTURE), command="import")
    assert (report["new"], report["quarantined"], report["failed"]) == (6, 3, 0)
    assert len(crawl.contents("retractionwatch")) == 6
    assert [line["unchanged"] for line in crawl.run_all(str(FIXTURE), command="import")] == [6]


@pytest.mark.parametrize("end", [b"12,half a row", b'13,"a quote that never ends\r\n', b""])
def test_a_file_that_is_cut_short_is_refused(end: bytes) -> None:
    content = table(cells(1, ON_TOPIC, "10.5555/a")) + end
    with pytest.raises(ParseError, match="cut short"):
        Papers(io.BytesIO(content if end else content[:-1]))


def test_memory_stays_the_same_whatever_the_length(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("wb") as file:
        file.write(table())
        filling = "x" * 400
        for start in range(0, 60_000, 1_000):
            rows = [cells(n, f"{filling} {n}", f"10.5555/{n % 50_000}") for n in range(start, start + 1_000)]
            file.write(table(*rows).split(b"\n", 1)[1])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with path.open("rb") as stream, Papers(stream) as papers:
        kinds = [type(item) for item in papers]
    assert (kinds.count(Fetched), kinds.count(Rejected)) == (50_000, 0)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000, "kB"


@pytest.mark.parametrize(
    ("raw", "iso"),
    [
        ("7/12/2023 0:00", "2023-07-12"),
        ("13/5/2021", "2021-05-13"),
        ("2010-02-06T00:00:00.000Z", "2010-02-06"),
        ("", ""),
    ],
)
def test_dates(raw: str, iso: str) -> None:
    date = date_of(raw)
    assert (date.iso() if date else "") == iso
