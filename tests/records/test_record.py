"""Records: encoding, hashing, text fields."""

from __future__ import annotations

import pytest

from records.identifiers import Identifiers
from records.record import (
    Author,
    Kind,
    PublicationStatus,
    Record,
    Section,
    content_hash,
    decode_record,
    encode_record,
)
from records.trial import Trial, TrialStatus


def example() -> Record:
    return Record(
        source="pubmed",
        source_id="99000010",
        kind=Kind.ARTICLE,
        title="Cells in the injured cord",
        abstract=(Section(text="Rats were treated.", label="METHODS"), Section(text="They improved.")),
        authors=(Author(family="Aoyama", given="Haruka"), Author(collective="The Group")),
        identifiers=Identifiers(doi="10.5555/a"),
        status=PublicationStatus.RETRACTED,
        trial=Trial(status=TrialStatus.RECRUITING),
    )


def test_round_trip() -> None:
    record = example()
    assert decode_record(encode_record(record)) == record


def test_equal_records_have_equal_hashes_and_others_do_not() -> None:
    record = example()
    assert content_hash(encode_record(record)) == content_hash(encode_record(example()))
    other = Record(source="pubmed", source_id="99000010", kind=Kind.ARTICLE, title="Other")
    assert content_hash(encode_record(record)) != content_hash(encode_record(other))


def test_text_of_the_abstract_names_its_sections() -> None:
    assert example().text_of("abstract") == "METHODS: Rats were treated.\nThey improved."


def test_unknown_text_field_lists_the_fields() -> None:
    with pytest.raises(ValueError, match="title, abstract, body"):
        example().text_of("summary")


def test_names() -> None:
    assert [author.name() for author in example().authors] == ["Aoyama Haruka", "The Group"]
