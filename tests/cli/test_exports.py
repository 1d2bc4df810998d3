"""Exports: what is written is what well-kept readers read."""

from __future__ import annotations

import csv
import io

import pytest
import rispy
from hypothesis import given
from hypothesis import strategies as st

from cli.exports import find_format, formats
from records.dates import PartialDate
from records.errors import ConfigError
from records.identifiers import Identifiers
from records.record import Author, Kind, PublicationStatus, Record, Section, decode_record

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


@pytest.mark.parametrize("name", ["ris", "csv"])
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


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_csv_cells_are_no_formulas(start: str) -> None:
    (row,) = csv.DictReader(io.StringIO(written("csv", example(title=f"{start}HYPERLINK(1)"))))
    assert row["title"] == f"'{start}HYPERLINK(1)"


def test_json_lines_round_trip_exactly() -> None:
    record = example(status=PublicationStatus.CORRECTED)
    assert decode_record(written("jsonl", record).encode()) == record


def test_an_unknown_format_lists_the_formats() -> None:
    with pytest.raises(ConfigError, match="csv, jsonl, ris"):
        find_format("word")


def test_every_format_takes_an_empty_record() -> None:
    bare = Record(source="import", source_id="1", kind=Kind.ARTICLE, title="")
    for name in formats():
        assert written(name, bare)
