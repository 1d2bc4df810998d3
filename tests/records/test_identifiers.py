"""Identifiers: normal forms, and finding them in text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.identifiers import (
    Identifiers,
    doi_url,
    find_dois,
    find_pmids,
    find_registrations,
    normalise_doi,
    normalise_pmcid,
    normalise_pmid,
    normalise_registration,
)

SICI = "10.5555/(sici)9999-9999(19980101)51:1<1::aid-xy1>3.0.co;2-p"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("10.5555/ABC.1", "10.5555/abc.1"),
        ("https://doi.org/10.5555/abc%2F1", "10.5555/abc/1"),
        ("doi: 10.5555/abc.", "10.5555/abc"),
        ("http://dx.doi.org/10.5555/S0140-6736(20)30001-1", "10.5555/s0140-6736(20)30001-1"),
        ("10.5555/abc(1)).", "10.5555/abc(1)"),
        ("10.5555/(SICI)9999-9999(19980101)51:1<1::AID-XY1>3.0.CO;2-P", SICI),
        ("https://doi.org/10.5555/(SICI)9999-9999(19980101)51:1%3C1::AID-XY1%3E3.0.CO;2-P", SICI),
        ("10.5555/(SICI)9999-9999(19980101)51:1&lt;1::AID-XY1&gt;3.0.CO;2-P", SICI),
        ("10.5555/9999(1985)002<0362:EO>2.0.CO;2", "10.5555/9999(1985)002<0362:eo>2.0.co;2"),
        ("10.5555/abc</a>", "10.5555/abc"),
        ("10.5555/abc<br/>", "10.5555/abc"),
        ("10.5555/abc<jats:p>Text", "10.5555/abc"),
        ("10.5555/abc>", "10.5555/abc"),
        ("https://www.doi.org/10.5555/abc", "10.5555/abc"),
        ("doi.org/10.5555/abc", "10.5555/abc"),
        ("DOI 10.5555/abc", "10.5555/abc"),
        ("doi: https://doi.org/10.5555/abc", "10.5555/abc"),
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


def test_dois_in_text_may_have_angle_brackets_of_their_own_and_tags_behind_them() -> None:
    assert find_dois(f"<p>See <b>{SICI.upper()}</b>, or <i>10.5555/a.1<sup>2</sup></i>.</p>") == (SICI, "10.5555/a.1")
    assert find_dois("10.5555/a.1<jats:p>2 cells") == ("10.5555/a.1",)


def test_an_address_holds_no_angle_brackets() -> None:
    assert doi_url(SICI) == "https://doi.org/10.5555/(sici)9999-9999(19980101)51:1%3C1::aid-xy1%3E3.0.co;2-p"
    assert normalise_doi(doi_url(SICI)) == SICI


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
        ("CTIS2024-512345-12-00", "2024-512345-12-00"),
        ("2024-512345-12-00", "2024-512345-12-00"),
        ("euctr2010-099999-25-gb", "EUCTR2010-099999-25-GB"),
        ("2010-099999-25", "EUCTR2010-099999-25"),
        ("JPRN-JapicCTI-999999", "JapicCTI-999999"),
        ("pactr999999999999999", "PACTR999999999999999"),
        ("RBR-9X9xx9", "RBR-9x9xx9"),
        ("TCTR99990101001", "TCTR99990101001"),
        ("NL-OMON99999", "NL-OMON99999"),
        ("ChiCTR-trc-99991234", "ChiCTR-TRC-99991234"),
        ("per-012-18", ""),
        ("NCT9900000", ""),
        ("NCT990000012", ""),
    ],
)
def test_normalise_registration(raw: str, expected: str) -> None:
    assert normalise_registration(raw) == expected


def test_registrations_in_text() -> None:
    text = "registered (NCT99000001; jRCTa990190001) and again NCT99000001."
    assert find_registrations(text) == ("NCT99000001", "jRCTa990190001")


def test_european_and_japanese_numbers_in_text() -> None:
    text = "(CTIS2024-512345-12-00, EudraCT 2010-099999-25; 登録番号jRCTa990190001) not 2010-199999-25, 12010-099999-25"
    assert find_registrations(text) == ("2024-512345-12-00", "EUCTR2010-099999-25", "jRCTa990190001")


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
