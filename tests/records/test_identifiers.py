"""Identifiers: normal forms, and finding them in text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.identifiers import (
    Identifiers,
    find_dois,
    find_pmids,
    find_registrations,
    normalise_doi,
    normalise_pmcid,
    normalise_pmid,
    normalise_registration,
)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("10.5555/ABC.1", "10.5555/abc.1"),
        ("https://doi.org/10.5555/abc%2F1", "10.5555/abc/1"),
        ("doi: 10.5555/abc.", "10.5555/abc"),
        ("http://dx.doi.org/10.5555/S0140-6736(20)30001-1", "10.5555/s0140-6736(20)30001-1"),
        ("10.5555/abc(1)).", "10.5555/abc(1)"),
        ("10.12/too-short-prefix", ""),
        ("not a doi", ""),
        ("", ""),
    ],
)
def test_normalise_doi(raw: str, expected: str) -> None:
    assert normalise_doi(raw) == expected


def test_dois_in_text_keep_order_and_drop_repeats_and_punctuation() -> None:
    text = "See doi:10.5555/b.2, (10.5555/a.1) and https://doi.org/10.5555/B.2; not 10.5/x."
    assert find_dois(text) == ("10.5555/b.2", "10.5555/a.1")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("0099", "99"), (" 12 ", "12"), ("12a", ""), ("1234567890", ""), ("", "")],
)
def test_normalise_pmid(raw: str, expected: str) -> None:
    assert normalise_pmid(raw) == expected


@pytest.mark.parametrize(("raw", "expected"), [("pmc12", "PMC12"), ("12", "PMC12"), ("PMC12.2", "PMC12"), ("PMCx", "")])
def test_normalise_pmcid(raw: str, expected: str) -> None:
    assert normalise_pmcid(raw) == expected


def test_pmids_in_text() -> None:
    assert find_pmids("PMID: 99 and https://pubmed.ncbi.nlm.nih.gov/100/ but not 101") == ("99", "100")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("nct99000001", "NCT99000001"),
        ("jrcta990190001", "jRCTa990190001"),
        ("JRCTS990190001", "jRCTs990190001"),
        ("JPRN-jRCTa990190001", "jRCTa990190001"),
        ("jprn-umin000099999", "UMIN000099999"),
        ("umin000099999", "UMIN000099999"),
        ("ISRCTN99999999", "ISRCTN99999999"),
        ("chictr9900099999", "ChiCTR9900099999"),
        ("2099-512345-12-00", ""),
        ("2024-512345-12-00", "2024-512345-12-00"),
        ("NCT9900000", ""),
        ("NCT990000012", ""),
    ],
)
def test_normalise_registration(raw: str, expected: str) -> None:
    assert normalise_registration(raw) == expected


def test_registrations_in_text() -> None:
    text = "registered (NCT99000001; jRCTa990190001) and again NCT99000001."
    assert find_registrations(text) == ("NCT99000001", "jRCTa990190001")


def test_keys_are_what_joins_records() -> None:
    identifiers = Identifiers(doi="10.5555/a", pmid="1", registrations=("NCT99000001",), other=("pii:x",))
    assert identifiers.keys() == ("doi:10.5555/a", "pmid:1", "registration:NCT99000001")


@given(st.from_regex(r"10\.\d{4,9}/[a-z0-9()._-]{1,30}", fullmatch=True))
def test_normalising_a_doi_twice_changes_nothing(raw: str) -> None:
    once = normalise_doi(raw)
    assert normalise_doi(once) == once
    assert normalise_doi(f"https://doi.org/{once}") == once


@given(st.text())
def test_no_text_crashes_the_finders(text: str) -> None:
    assert all(doi.startswith("10.") for doi in find_dois(text))
    assert all(normalise_registration(number) == number for number in find_registrations(text))
    find_pmids(text)
