"""How many were studied: only where a title or an abstract says it once and plainly."""

from __future__ import annotations

import pytest

from nlp.sample_size import find_sample
from records.sentences import split_sentences


def count(*fields: str) -> int | None:
    """Of a title and an abstract, or of an abstract alone."""
    names = ("title", "abstract") if len(fields) > 1 else ("abstract",)
    found = find_sample([(name, text, split_sentences(text)) for name, text in zip(names, fields, strict=True)])
    if found is not None:
        text = dict(zip(names, fields, strict=True))[found.span.field]
        assert found.sentence.start <= found.span.start < found.span.end <= found.sentence.end <= len(text)
    return found.count if found else None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("A total of 1,240 patients with tetraplegia were followed.", 1240),
        ("Forty-eight adult female rats were randomly divided into four groups.", 48),
        ("Two hundred and six participants were enrolled.", 206),
        ("We recruited 24 people with chronic injury.", 24),
        ("In all, 33 volunteers took part.", 33),
        ("METHODS: An open study was done in 12 patients with complete injury. RESULTS: Two improved.", 12),
        ("PARTICIPANTS: Sixteen men with cervical injury. RESULTS: Grip improved.", 16),
        ("Sprague-Dawley rats (n = 40) with T10 contusion received vesicles or saline.", 40),
        ("Patients (N = 61) were treated with cells (n = 30) or sham (n = 31).", 61),
        ("Of 443 subjects enrolled, most had a thoracic injury.", 443),
        ("Six patients were studied; six patients were included in the follow-up.", 6),
    ],
)
def test_said_plainly(text: str, number: int) -> None:
    assert count(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ten rats were assigned to each group.",
        "Rats received cells (n = 10) or saline (n = 10).",
        "Of 400 patients screened, 40 patients were included.",
        "Twelve studies with 480 patients were included.",
        "Seven of the 20 patients were randomised again.",
        "Sixty patients were enrolled. Fifty patients were randomised.",
        "The remaining 12 animals were included in the histology.",
        "Type 2 diabetes patients were enrolled.",
        "A total of 368 960 patients were included.",
        "We recruited 24 patients with lesions and 23 healthy volunteers.",
        "BACKGROUND: An earlier trial enrolled 90 patients. RESULTS: Grafts survived.",
        "About 17,000 people are injured every year.",
        "In total, 502 patients were included in intent-to-treat analyses.",
    ],
)
def test_left_empty(text: str) -> None:
    assert count(text) is None


def test_a_title_may_say_it_and_must_not_disagree() -> None:
    assert count("Grafts in four participants: a pilot study", "They were safe.") == 4
    assert count("Grafts in four participants", "Six patients were enrolled.") is None
