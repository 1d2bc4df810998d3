"""Files and folders read into a library."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from crawler.formats import find_format
from crawler.importer import import_paths
from library import CrawlRun, Library
from records.errors import ParseError
from records.record import Kind, PublicationStatus, encode_record
from tests.crawler.crawling import REPOSITORY, Crawl
from tests.crawler.eutils_world import ARTICLE, TODAY
from tests.crawler.trials_world import study

CSV = """Title,Abstract Note,Authors,DOI,PMID,NCT Number,Year,Unknown column
"Invented cells, in a cord","Line one
and line two","Marsh, Robin; Hill, Kim",10.5555/One,99100001,,2020,x
RETRACTED: Taken back,,Marsh R,,,,2021,
A trial,,,,,NCT99000001,2022,
No identifier at all,,,,,,2023,
,,,,,,2024,only a year
"""


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library.sqlite3") as library:
        yield library


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


def article(number: int, title: str = "Invented cells") -> str:
    return ARTICLE.format(pmid=99_100_000 + number, revised=TODAY, title=title)


def article_set(*articles: str) -> bytes:
    return f'<?xml version="1.0"?>\n<PubmedArticleSet>\n{"".join(articles)}\n</PubmedArticleSet>\n'.encode()


def read(library: Library, *paths: Path, **more: str) -> CrawlRun:
    (run,) = import_paths(paths, library, **more)
    return run


def counts(run: CrawlRun) -> tuple[int, int, int, int, int]:
    return run.new, run.changed, run.unchanged, run.quarantined, run.failed


def reasons(library: Library) -> list[str]:
    return [found.reason for found in library.quarantined()]


@pytest.mark.parametrize("packed", [False, True])
def test_pubmed_xml(packed: bool, library: Library, folder: Path) -> None:
    deleted = "<DeleteCitation><PMID Version='1'>99100001</PMID></DeleteCitation>"
    content = article_set(article(1), article(2), article(3, "Broken </ArticleTitle><Oops>"), deleted)
    path = folder / ("baseline.xml.gz" if packed else "baseline.xml")
    path.write_bytes(gzip.compress(content) if packed else content)
    run = read(library, path)
    assert counts(run) == (2, 0, 0, 1, 0)
    assert run.deleted == 1
    assert reasons(library) == [found for found in reasons(library) if found.startswith("PMID 99100003")]
    removed = library.get("pubmed:99100001")
    assert removed is not None
    assert removed.deleted
    payload = library.payload("pubmed:99100002")
    assert payload is not None
    assert payload.content == article(2).encode()


def test_deletions_of_what_is_not_there_are_told(library: Library, folder: Path) -> None:
    gone = "<DeleteCitation><PMID Version='1'>99100001</PMID><PMID Version='1'>99100002</PMID></DeleteCitation>"
    (folder / "gone.xml").write_bytes(article_set(gone))
    run = read(library, folder / "gone.xml")
    assert (run.complete, run.deleted) == (True, 0)
    assert run.notes == (f"{folder / 'gone.xml'}: 2 deletions, none of a record that is in the library",)


def test_csv_with_named_columns(library: Library, folder: Path) -> None:
    path = folder / "table.csv"
    path.write_text(CSV, encoding="utf-8")
    assert counts(read(library, path, source="library-export")) == (4, 0, 0, 1, 0)
    assert reasons(library) == ["the row has neither title nor abstract"]
    assert next(iter(library.quarantined())).url == f"{path}:7"
    (uid,) = library.find_identifier("doi:10.5555/one")
    first = library.get(uid)
    assert first is not None
    assert (first.record.source, first.record.title) == ("library-export", "Invented cells, in a cord")
    assert [author.name() for author in first.record.authors] == ["Marsh Robin", "Hill Kim"]
    assert first.record.abstract[0].text == "Line one\nand line two"
    records = {stored.record.title: stored.record for stored in library.get_many(library.iter_uids()).values()}
    assert records["Taken back"].status is PublicationStatus.RETRACTED
    assert records["A trial"].kind is Kind.REGISTRATION


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8-sig", ","), ("utf-16", "\t"), ("cp1252", ";"), ("utf-8", "|")]
)
def test_tables_of_many_makes(encoding: str, delimiter: str, library: Library, folder: Path) -> None:
    path = folder / "table"
    path.write_text(f"Title{delimiter}Year\r\nRückenmark{delimiter}2020\r\n", encoding=encoding)
    assert counts(read(library, path)) == (1, 0, 0, 0, 0)
    assert [stored.record.title for stored in library.get_many(library.iter_uids()).values()] == ["Rückenmark"]


@pytest.mark.parametrize("shape", ["study", "list", "page"])
def test_clinicaltrials_json(shape: str, library: Library, folder: Path) -> None:
    one = study("NCT99000001", "2025-01-01")
    shapes = {"study": one, "list": [one], "page": {"studies": [one], "totalCount": 1}}
    path = folder / "trials.json"
    path.write_text(json.dumps(shapes[shape]), encoding="utf-8")
    assert counts(read(library, path)) == (1, 0, 0, 0, 0)
    payload = library.payload("clinicaltrials:NCT99000001")
    assert payload is not None
    assert payload.content == json.dumps(one).encode(), "the registry's own bytes are kept"


def test_json_lines_are_read_back_exactly_and_bad_lines_kept_apart(library: Library, folder: Path) -> None:
    (folder / "table.csv").write_text(CSV, encoding="utf-8")
    import_paths([folder], library)
    records = [stored.record for stored in library.get_many(library.iter_uids()).values()]
    path = folder / "export.jsonl"
    lines = [encode_record(record) for record in records]
    path.write_bytes(b"\n".join([*lines, b'{"source": "import"', b'{"title": "\xff"}', b"[1]", b""]) + b"\n")
    with Library.open(folder / "other.sqlite3") as other:
        assert counts(read(other, path)) == (4, 0, 0, 3, 0)
        assert [stored.record for stored in other.get_many(other.iter_uids()).values()] == records
        assert [found.url for found in other.quarantined()] == [f"{path}:{number}" for number in (5, 6, 7)]


def test_a_folder_is_read_with_all_below_it(library: Library, folder: Path) -> None:
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "one.xml").write_bytes(article_set(article(1)))
    (folder / "a" / "two.csv").write_text("Title\nTwo\n", encoding="utf-8")
    (folder / "a" / ".hidden").write_text("Title\nThree\n", encoding="utf-8")
    (folder / "note.txt").write_text("Nothing that anybody reads.", encoding="utf-8")
    runs = {Path(run.source.removeprefix("import ")).name: run for run in import_paths([folder], library)}
    assert {name: counts(run) for name, run in runs.items()} == {
        "one.xml": (1, 0, 0, 0, 0),
        "two.csv": (1, 0, 0, 0, 0),
        "note.txt": (0, 0, 0, 0, 1),
    }
    assert "no format that Cordwatch reads" in runs["note.txt"].errors[0]
    assert not runs["note.txt"].complete


def test_reading_again_changes_nothing(library: Library, folder: Path) -> None:
    (folder / "one.xml").write_bytes(article_set(article(1), article(2)))
    (folder / "two.csv").write_text(CSV, encoding="utf-8")
    import_paths([folder], library)
    seq, bad = library.last_seq(), len(reasons(library))
    again = import_paths([folder], library)
    assert [counts(run)[:3] for run in again] == [(0, 0, 2), (0, 0, 4)]
    assert (library.last_seq(), len(reasons(library))) == (seq, bad)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0", "no format that Cordwatch reads"),
        (b"Year,Journal\n2020,None\n", "no format that Cordwatch reads"),
        (b"<html><body>Back soon</body></html>", "no format that Cordwatch reads"),
        (b'{"protocolSection": ', "not the JSON of"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><PubmedArticleSet/>', "declares entities"),
        (gzip.compress(article_set(article(1), article(2)), mtime=0)[:-30], "breaks off"),
        (b"\x1f\x8b\x08\x00 no gzip at all", "breaks off or cannot be read"),
    ],
)
def test_files_that_cannot_be_read_say_why(content: bytes, words: str, library: Library, folder: Path) -> None:
    path = folder / "file"
    path.write_bytes(content)
    (folder / "good.csv").write_text("Title\nGood\n", encoding="utf-8")
    bad, good = import_paths([path, folder / "good.csv"], library)
    assert (bad.failed, bad.complete, good.new) == (1, False, 1)
    assert words in bad.errors[0]
    assert str(path) in bad.errors[0]


@pytest.mark.parametrize(
    ("content", "what", "instead"),
    [
        ('<?xml version="1.0"?><!DOCTYPE eSummaryResult><!-- x --><eSummaryResult/>', "ESummary", "nbib"),
        ("<eLinkResult/>", "ELink", "nbib"),
        ('{"header": {"type": "esummary"}}', "ESummary", "nbib"),
        ('{"FullStudiesResponse": {}}', "ClinicalTrials.gov's version 1", "JSON or CSV"),
        ('{"Rank": 1, "NCTId": []}', "ClinicalTrials.gov's version 1", "JSON or CSV"),
        ('<responseWrapper xmlns="https://provider.example">', "Europe PMC in XML", "crawl europepmc"),
        ("\ufeff<html>", "a web page", "the citation"),
        ("%PDF-1.7", "a PDF", "its citation"),
    ],
)
def test_a_known_file_is_refused_with_what_to_save_instead(content: str, what: str, instead: str) -> None:
    with pytest.raises(ParseError) as refused:
        find_format(content.encode(), Path("file"))
    assert what in refused.value.message
    assert "no format that Cordwatch reads" in refused.value.message
    assert instead in refused.value.hint


def test_a_head_full_of_comments_is_looked_at_once() -> None:
    with pytest.raises(ParseError, match="file: no format that Cordwatch reads"):
        find_format(b"<!--->-->" * 7_000, Path("file"))


def test_a_file_cut_short_brings_what_is_whole(library: Library, folder: Path) -> None:
    path = folder / "cut.xml"
    path.write_bytes(article_set(article(1), article(2))[:-400])
    run = read(library, path)
    assert (run.new, run.quarantined, run.failed, run.complete) == (1, 1, 1, False)
    assert "cut short" in reasons(library)[0]
    assert run.errors[0].startswith(f"{path}: ")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_xml_in_utf16(encoding: str, library: Library, folder: Path) -> None:
    text = article_set(article(1)).decode().replace("?>", ' encoding="UTF-16"?>', 1)
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    (folder / "wide.xml").write_bytes((mark + text).encode(encoding))
    assert counts(read(library, folder / "wide.xml")) == (1, 0, 0, 0, 0)


def test_a_missing_file_is_named(library: Library, folder: Path) -> None:
    run = read(library, folder / "nothing.xml")
    assert (run.failed, run.complete) == (1, False)
    assert "nothing.xml" in run.errors[0]


def test_an_unknown_format_name_lists_the_formats(library: Library, folder: Path) -> None:
    path = folder / "one.csv"
    path.write_text("Title\nOne\n", encoding="utf-8")
    assert "pubmed-xml" in read(library, path, format="word").errors[0]


def test_the_command_reads_stdin_and_says_what_failed(tmp_path: Path) -> None:
    home = Crawl(tmp_path)
    command = [sys.executable, "-m", "cli.main", "import", "-", str(tmp_path / "nothing.csv"), "--json"]
    done = subprocess.run(
        command, input=CSV.encode(), cwd=REPOSITORY, env=home.environment(), capture_output=True, check=False
    )
    assert done.returncode == 3
    assert [run["new"] for run in json.loads(done.stdout)] == [4, 0]
    assert b"nothing.csv" in done.stderr


def test_a_full_disk_is_said_and_leaves_a_sound_library(tmp_path: Path) -> None:
    home = Crawl(tmp_path / "home")
    first, second = tmp_path / "first.xml", tmp_path / "second.xml"
    first.write_bytes(article_set(*(article(number) for number in range(20))))
    second.write_bytes(article_set(*(article(number, f"Long {number} " * 2000) for number in range(20, 1500))))
    home.run(str(first), command="import")
    kept = home.contents("pubmed")
    code, out, err = home.start(str(second), str(first), command="import", most_bytes=1_000_000).wait()
    assert code == 3
    assert "Traceback" not in err
    assert "disk" in err
    assert "this batch was not kept, what came before is there" in err
    report, *rest = json.loads(out)
    assert 0 < report["new"] == len(home.contents("pubmed")) - len(kept)
    assert (report["complete"], rest) == (False, []), "the third file is not read"
    assert "not read after it: 1 of 2 files" in report["errors"][0]
    assert home.contents("pubmed").items() >= kept.items()
    assert home.run(str(second), command="import")["complete"]
    assert len(home.contents("pubmed")) == 1500


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    script = "import resource, sys; from cli.main import run; code = run(['import', *sys.argv[1:]]); print(resource."
    script += "getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr); sys.exit(code)"
    peaks = []
    for size in (2_000, 20_000):
        home = Crawl(tmp_path / str(size))
        path = tmp_path / f"{size}.xml.gz"
        with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file:
            file.write("<PubmedArticleSet>")
            file.writelines(article(number, f"Invented cells {number} " * 20) for number in range(size))
            file.write("</PubmedArticleSet>")
        done = subprocess.run(
            [sys.executable, "-c", script, str(path), "--json"],
            cwd=REPOSITORY,
            env=home.environment(),
            capture_output=True,
            check=True,
            text=True,
        )
        assert json.loads(done.stdout)[0]["new"] == size
        peaks.append(int(done.stderr.split()[-1]))
    assert peaks[1] - peaks[0] < 16 * 1024, f"peak memory in KiB: {peaks}"


def test_different_rows_of_one_title_stay_apart(library: Library, folder: Path) -> None:
    path = folder / "table.csv"
    path.write_text("Title,Abstract\nOne name,First\nOne name,Second\nOne name,First\n", encoding="utf-8")
    assert read(library, path).new == 2
    assert counts(read(library, path))[1] == 0, "reading again changes nothing"


def entry(*lines: str) -> str:
    return "\n".join(("TY  - JOUR", *lines, "ER  - ", ""))


def titles(library: Library) -> list[str]:
    return sorted(stored.record.title for stored in library.get_many(library.iter_uids()).values())


def test_entries_that_share_a_doi_stay_apart(library: Library, folder: Path) -> None:
    names = [f"Abstract {number} of one supplement" for number in ("one", "two", "three")]
    entries = [entry(f"TI  - {name}", "DO  - 10.5555/supplement") for name in names]
    (folder / "all.ris").write_text("".join(entries), encoding="utf-8")
    (folder / "last.ris").write_text(entries[-1], encoding="utf-8")
    assert counts(read(library, folder / "all.ris")) == (3, 0, 0, 0, 0)
    assert titles(library) == sorted(names)
    assert counts(read(library, folder / "all.ris")) == (0, 0, 3, 0, 0), "reading again changes nothing"
    assert counts(read(library, folder / "last.ris")) == (0, 0, 1, 0, 0), "nor does a part of it"
    assert len(library.find_identifier("doi:10.5555/supplement")) == 3


def test_entries_of_one_title_and_year_stay_apart(library: Library, folder: Path) -> None:
    one = entry("TI  - Editorial", "PY  - 2020", "T2  - Journal A")
    other = entry("TI  - Editorial", "PY  - 2020", "T2  - Journal B")
    third = entry("TI  - Editorial", "PY  - 2020", "T2  - Journal B", "SP  - 9")
    (folder / "a.ris").write_text(one + other + third + other, encoding="utf-8")
    assert counts(read(library, folder / "a.ris")) == (3, 0, 1, 0, 0)
    assert counts(read(library, folder / "a.ris")) == (0, 0, 4, 0, 0)


def test_a_pmid_names_one_paper_whatever_it_is_called(library: Library, folder: Path) -> None:
    for number, title in enumerate(("Zellen", "Cells")):
        (folder / f"{number}.nbib").write_text(f"PMID- 99000401\nTI  - {title}\n", encoding="utf-8")
        read(library, folder / f"{number}.nbib")
    assert titles(library) == ["Cells"]


def test_a_poorer_file_wipes_nothing(library: Library, folder: Path) -> None:
    rich = ("AU  - Alpha, A", "AB  - Rats walked.", "DA  - 2020/05/17", "DO  - 10.5555/Rich", "KW  - rats", "VL  - 1")
    (folder / "rich.ris").write_text(entry("TI  - Cells in the cord of rats: a trial", *rich), encoding="utf-8")
    poor = entry("TI  - CELLS IN THE CORD OF RATS.", "DO  - 10.5555/rich", "PY  - 2020")
    (folder / "poor.ris").write_text(poor, encoding="utf-8")
    more = "title = {Cells in the cord of rats}, doi = {10.5555/rich}, volume = {2}, pmcid = {PMC9900001}"
    (folder / "more.bib").write_text(f"@unpublished{{x, {more}}}\n", encoding="utf-8")
    read(library, folder / "rich.ris")
    before = library.get("import:doi:10.5555/rich")
    assert counts(read(library, folder / "poor.ris")) == (0, 0, 1, 0, 0)
    assert counts(read(library, folder / "more.bib")) == (0, 1, 0, 0, 0)
    stored = library.get("import:doi:10.5555/rich")
    assert before is not None
    assert stored is not None
    identifiers = msgspec.structs.replace(before.record.identifiers, pmcid="PMC9900001")
    assert stored.record == msgspec.structs.replace(
        before.record, volume="2", kind=Kind.PREPRINT, identifiers=identifiers
    )


def test_a_retraction_is_not_forgotten_by_a_file_that_knows_none(library: Library, folder: Path) -> None:
    (folder / "new.ris").write_text(entry("TI  - RETRACTED: Cells", "DO  - 10.5555/r"), encoding="utf-8")
    (folder / "old.ris").write_text(entry("TI  - Cells", "DO  - 10.5555/r", "VL  - 1"), encoding="utf-8")
    read(library, folder / "new.ris")
    read(library, folder / "old.ris")
    stored = library.get("import:doi:10.5555/r")
    assert stored is not None
    assert (stored.record.status, stored.record.volume) == (PublicationStatus.RETRACTED, "1")


def medline(*lines: str) -> str:
    return "\n".join(("PMID- 99000402", "TI  - Cells", *lines, "SO  - J Example. 2019.", ""))


@pytest.mark.parametrize(
    "later", [("EIN - J Example. 2019. PMID: 99000403",), ("CIN - J Example. 2021. PMID: 99000404",)]
)
def test_a_later_file_takes_back_no_retraction(later: tuple[str, ...], library: Library, folder: Path) -> None:
    notice = "RIN - J Example. 2020. PMID: 99000405"
    retracted = medline("PT  - Journal Article", "PT  - Retracted Publication", notice)
    (folder / "new.nbib").write_text(retracted, encoding="utf-8")
    (folder / "old.nbib").write_text(medline("PT  - Journal Article", *later), encoding="utf-8")
    read(library, folder / "new.nbib")
    read(library, folder / "old.nbib")
    stored = library.get("import:pmid:99000402")
    assert stored is not None
    assert stored.record.status is PublicationStatus.RETRACTED
    assert stored.record.publication_types == ("Journal Article", "Retracted Publication")
    targets = [link.target for link in stored.record.relations]
    assert targets == ["pmid:99000405", f"pmid:{later[0][-8:]}"]
    assert counts(read(library, folder / "old.nbib")) == (0, 0, 1, 0, 0)
    assert counts(read(library, folder / "new.nbib")) == (0, 0, 1, 0, 0)


def test_json_lines_that_break_off_say_so(library: Library, folder: Path) -> None:
    (folder / "table.csv").write_text(CSV, encoding="utf-8")
    import_paths([folder], library)
    lines = [encode_record(stored.record) for stored in library.get_many(library.iter_uids()).values()]
    path = folder / "cut.jsonl"
    path.write_bytes(b"\n".join(lines)[:-20])
    with Library.open(folder / "other.sqlite3") as other:
        assert counts(read(other, path)) == (3, 0, 0, 1, 1)
        assert "cut short" in reasons(other)[0]
    path.write_bytes(b"\n".join(lines))
    with Library.open(folder / "whole.sqlite3") as whole:
        assert counts(read(whole, path)) == (4, 0, 0, 0, 0), "a last line may be whole without an end"


def test_bibtex_that_breaks_off_says_so(library: Library, folder: Path) -> None:
    path = folder / "cut.bib"
    path.write_text("@article{a, title = {One}, year = {2020}}\n@article{b, title = {Tw", encoding="utf-8")
    assert counts(read(library, path)) == (1, 0, 0, 1, 1)


def test_a_quote_that_is_never_closed_swallows_no_rows(library: Library, folder: Path) -> None:
    path = folder / "table.csv"
    path.write_text('Title,Abstract,DOI\nOne,a,10.5555/1\n"Two,b,10.5555/2\nThree,c,10.5555/3\n', encoding="utf-8")
    run = read(library, path)
    assert counts(run) == (2, 0, 0, 1, 1)
    assert titles(library) == ["One", "Three"]
    assert run.errors == (f"{path}: a quote is never closed",)


@pytest.mark.parametrize(
    ("rows", "kept", "reason", "failed"),
    [
        ("One,a,b,c,d,e\nTwo,a,b", ["One"], "3 cells under 6 headings", 1),
        ("Two, and more,a,b,c,d,e\nOne,a,b,c,d,e\n", ["One"], "7 cells under 6 headings", 0),
        ('"Two, a\nOne,a,b,c,d,"e\n', [], "a quote is never closed", 1),
        ('Two,"a,b,c,d,e\nThree,a,b,c,d,e\nFour,a",b,c,d,e\n', ["Four", "Three"], "a cell holds whole rows", 0),
        ('Two,"a"b,c\nOne,a,b,c,d,e\n', ["One"], "expected after", 0),
        ('"Two" again,a,b,c,d,e\nOne,"a\nb, c",b,c,d,e,\n', ["One", "Two again"], "", 0),
    ],
)
def test_rows_are_checked(rows: str, kept: list[str], reason: str, failed: int, library: Library, folder: Path) -> None:
    path = folder / "table.csv"
    path.write_text(f"Title,Abstract,Journal,Volume,Issue,Pages\n{rows}", encoding="utf-8")
    run = read(library, path)
    assert titles(library) == kept
    assert run.failed == failed
    assert reason in " ".join(reasons(library))
    assert bool(reason) == bool(reasons(library))
