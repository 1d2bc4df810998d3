"""Exports: what is written is what well-kept readers read."""

from __future__ import annotations

import csv
import io
import json

import feedparser
import pytest
import rispy
from hypothesis import given
from hypothesis import strategies as st
from lxml.etree import fromstring
from pybtex.database import parse_string

from cli.exports import find_format, formats
from records.dates import PartialDate
from records.errors import UnknownNameError
from records.identifiers import Identifiers
from records.record import (
    Author,
    Caution,
    Kind,
    PublicationStatus,
    Record,
    RelationType,
    Section,
    decode_record,
)

# RIS is a format of lines; reference managers drop what XML could not carry either.
WORDS = st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=60).map(
    lambda text: " ".join(text.split())
)


def example(**changes: object) -> Record:
    fields: dict[str, object] = {
        "source": "pubmed",
        "source_id": "99000020",
        "kind": Kind.ARTICLE,
        "title": "Exosomes restore walking",
        "abstract": (Section(label="RESULTS", text="BBB doubled."),),
        "authors": (Author(family="Varga", given="Emil"), Author(collective="The VESICLE Group, Example")),
        "identifiers": Identifiers(doi="10.5555/cw.1", pmid="99000020"),
        "published": PartialDate(year=2022, month=2, day=11),
        "container_title": "Journal of Vesicle Therapeutics",
        "pages": "10-21",
        "keywords": ("exosomes",),
    }
    return Record(**(fields | changes))  # type: ignore[arg-type]


def written(name: str, *records: Record) -> str:
    stream = io.StringIO()
    assert find_format(name).write(records, stream) == len(records)
    return stream.getvalue()


def test_ris_is_read_by_rispy() -> None:
    first, second = rispy.loads(written("ris", example(), example(kind=Kind.PRESS, title="Walk!")))
    assert first["type_of_reference"] == "JOUR"
    assert first["title"] == "Exosomes restore walking"
    assert first["authors"] == ["Varga, Emil", "The VESICLE Group, Example,"]
    assert (first["doi"], first["year"], first["date"]) == ("10.5555/cw.1", "2022", "2022/02/11")
    assert (first["start_page"], first["end_page"]) == ("10", "21")
    assert second["type_of_reference"] == "NEWS"


@pytest.mark.parametrize("name", ["ris", "csv", "csl-json", "nbib", "endnote-xml", "atom"])
def test_a_retracted_paper_is_never_exported_as_sound(name: str) -> None:
    text = written(name, example(status=PublicationStatus.RETRACTED))
    assert "RETRACTED: Exosomes restore walking" in text


@given(st.lists(WORDS.filter(bool), min_size=1, max_size=5))
def test_ris_titles_round_trip(titles: list[str]) -> None:
    records = [example(source_id=str(number), title=title) for number, title in enumerate(titles)]
    read = rispy.loads(written("ris", *records))
    assert [entry["title"] for entry in read] == [title.strip() for title in titles]


def test_a_line_break_does_not_break_ris() -> None:
    (entry,) = rispy.loads(written("ris", example(title="One\r\nER  - \nTY  - JOUR")))
    assert entry["title"] == "One ER - TY - JOUR"


def test_csv_is_read_back() -> None:
    (row,) = csv.DictReader(io.StringIO(written("csv", example(title='Say "no", twice\nor more'))))
    assert row["title"] == 'Say "no", twice\nor more'
    assert row["authors"] == "Varga Emil; The VESICLE Group, Example"


@pytest.mark.parametrize("name", ["atom", "csv", "nbib", "ris"])
def test_a_press_story_of_a_retracted_paper_says_so(name: str) -> None:
    caution = Caution(status=PublicationStatus.RETRACTED, type=RelationType.MENTIONS, target="doi:10.5555/cw.2")
    text = written(name, example(kind=Kind.PRESS, cautions=(caution,)))
    assert "names a RETRACTED paper" in " ".join(text.split())


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_csv_cells_are_no_formulas(start: str) -> None:
    (row,) = csv.DictReader(io.StringIO(written("csv", example(title=f"{start}HYPERLINK(1)"))))
    assert row["title"] == f"'{start}HYPERLINK(1)"


def test_json_lines_round_trip_exactly() -> None:
    record = example(status=PublicationStatus.CORRECTED)
    assert decode_record(written("jsonl", record).encode()) == record


def test_an_unknown_format_lists_the_formats() -> None:
    with pytest.raises(UnknownNameError, match="csv, endnote-xml, jsonl, nbib, ris"):
        find_format("word")


def test_every_format_takes_an_empty_record() -> None:
    bare = Record(source="import", source_id="1", kind=Kind.ARTICLE, title="")
    for name in formats():
        assert written(name, bare)


def test_a_date_that_cannot_be_read_is_exported_as_none() -> None:
    for name in set(formats()) - {"jsonl"}:
        undated = written(name, example(published=PartialDate(raw="Spring, undated"), title="Walking"))
        assert undated == written(name, example(published=None, title="Walking")), name
    assert json.loads(written("jsonl", example(published=PartialDate(raw="n.d."))))["published"] == {"raw": "n.d."}


def test_bibtex_is_read_by_pybtex() -> None:
    text = written("bibtex", example(), example(), example(kind=Kind.PRESS, title="Walk!"))
    read = parse_string(text, "bibtex")
    assert list(read.entries) == ["varga2022exosomes", "varga2022exosomes-2", "varga2022walk"]
    first = read.entries["varga2022exosomes"]
    assert first.type == "article"
    assert [str(person) for person in first.persons["author"]] == ["Varga, Emil", "{The VESICLE Group, Example}"]
    assert (first.fields["doi"], first.fields["year"], first.fields["pages"]) == ("10.5555/cw.1", "2022", "10--21")


def test_bibtex_says_that_a_paper_is_retracted() -> None:
    (entry,) = parse_string(written("bibtex", example(status=PublicationStatus.RETRACTED)), "bibtex").entries.values()
    assert entry.fields["title"].startswith("{RETRACTED}: ")
    assert "retracted" in entry.fields["note"]


@given(WORDS.filter(bool))
def test_any_title_makes_sound_bibtex(title: str) -> None:
    (entry,) = parse_string(written("bibtex", example(title=title)), "bibtex").entries.values()
    assert entry.fields["journal"] == "Journal of Vesicle Therapeutics"
    assert entry.fields["title"]


def test_csl_json_holds_what_the_schema_names() -> None:
    first, second = json.loads(written("csl-json", example(), example(kind=Kind.REGISTRATION)))
    assert first["type"] == "article-journal"
    assert first["author"] == [{"family": "Varga", "given": "Emil"}, {"literal": "The VESICLE Group, Example"}]
    assert first["issued"] == {"date-parts": [[2022, 2, 11]]}
    assert (first["DOI"], first["container-title"]) == ("10.5555/cw.1", "Journal of Vesicle Therapeutics")
    assert second["genre"] == "trial registration"
    assert json.loads(written("csl-json")) == []


@given(WORDS.filter(bool))
def test_endnote_xml_is_well_formed_and_says_what_it_is(title: str) -> None:
    root = fromstring(written("endnote-xml", example(title=title)).encode())
    assert [element.text for element in root.iter("author")] == ["Varga, Emil", "The VESICLE Group, Example,"]
    assert root.find("records/record/ref-type").get("name") == "Journal Article"
    assert root.find("records/record/electronic-resource-num").text == "10.5555/cw.1"


def test_nbib_has_the_tags_of_medline() -> None:
    long = "word " * 60
    text = written("nbib", example(title=long, status=PublicationStatus.RETRACTED))
    assert text.startswith("\nPMID- 99000020\n")
    assert "\nFAU - Varga, Emil\nAU  - Varga E\nCN  - The VESICLE Group, Example\n" in text
    assert all(len(line) <= 88 for line in text.splitlines())
    assert all(line[:6].endswith("- ") or line.startswith("      ") for line in text.splitlines() if line)


def test_every_entry_of_nbib_ends_with_its_source() -> None:
    full = example(volume="3", issue="2")
    first, second = written("nbib", full, Record(source="press", source_id="a", kind=Kind.PRESS, title="Walk")).split(
        "\n\n"
    )
    source = "Journal of Vesicle Therapeutics. 2022 Feb 11;3(2):10-21. doi: 10.5555/cw.1."
    assert " ".join(first.partition("\nSO  - ")[2].split()) == source
    assert second.splitlines()[-1] == "SO  - press:a"


@pytest.mark.parametrize(
    ("status", "word"),
    [(PublicationStatus.CONCERN, "EXPRESSION OF CONCERN"), (PublicationStatus.CORRECTED, "corrected")],
)
def test_atom_says_how_a_paper_stands(status: PublicationStatus, word: str) -> None:
    (entry,) = feedparser.parse(written("atom", example(status=status)).encode()).entries
    assert f"article · {word} · Journal of Vesicle Therapeutics" in entry.content[0].value


def test_atom_is_read_by_feedparser() -> None:
    records = [example(url="https://example.org/1"), example(source_id="2", status=PublicationStatus.RETRACTED)]
    read = feedparser.parse(written("atom", *records).encode())
    assert not read.bozo
    sound, retracted = read.entries
    assert (sound.title, sound.link, sound.updated) == (
        "Exosomes restore walking",
        "https://example.org/1",
        "2022-02-11T00:00:00+00:00",
    )
    assert "BBB doubled" in sound.content[0].value
    assert retracted.title.startswith("RETRACTED: ")
    assert "BBB doubled" not in retracted.content[0].value
