from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.sentences import LONGEST, split_sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rats walked. Mice ran.", ["Rats walked.", "Mice ran."]),
        ("As Novak et al. 2020 saw, rats walked.", ["As Novak et al. 2020 saw, rats walked."]),
        ("See Fig. 2 for BBB vs. BMS. Rats walked.", ["See Fig. 2 for BBB vs. BMS.", "Rats walked."]),
        (
            "Some tests, i.e. BBB, rose. Others, e.g. BMS, fell.",
            ["Some tests, i.e. BBB, rose.", "Others, e.g. BMS, fell."],
        ),
        ("BBB rose (P < 0.05). BMS fell by 1.5 points.", ["BBB rose (P < 0.05).", "BMS fell by 1.5 points."]),
        ("BBB rose, P < 0.05. BMS fell.", ["BBB rose, P < 0.05.", "BMS fell."]),
        ("Did it work? Yes! It did.", ["Did it work?", "Yes!", "It did."]),
        ('"I can walk." He smiled.', ['"I can walk."', "He smiled."]),
        ("They took vitamin C. Others did not.", ["They took vitamin C.", "Others did not."]),
        ("J. Moreau wrote it. K. Ito read it.", ["J. Moreau wrote it.", "K. Ito read it."]),
        ("A first paragraph\n\nA second one", ["A first paragraph", "A second one"]),
        ("A line that was\nwrapped here.", ["A line that was\nwrapped here."]),
        ("Gait improved.The rest did not.", ["Gait improved.", "The rest did not."]),
        ("", []),
        ("  \n ", []),
    ],
)
def test_splits(text: str, expected: list[str]) -> None:
    assert [text[sentence.start : sentence.end] for sentence in split_sentences(text)] == expected


def test_sections_end_sentences_and_name_them() -> None:
    text = "AIM: To test cells\nMETHODS AND RESULTS: Rats were grafted. BBB rose.\nCONCLUSIONS: It works."
    found = [(sentence.section, text[sentence.start : sentence.end]) for sentence in split_sentences(text)]
    assert found == [
        ("AIM", "To test cells"),
        ("METHODS AND RESULTS", "Rats were grafted."),
        ("METHODS AND RESULTS", "BBB rose."),
        ("CONCLUSIONS", "It works."),
    ]


def test_a_text_without_full_stops_is_cut() -> None:
    text = "word " * 2000
    sentences = split_sentences(text)
    assert max(sentence.end - sentence.start for sentence in sentences) <= LONGEST
    assert "".join(text[s.start : s.end] for s in sentences).replace(" ", "") == text.replace(" ", "")


@given(st.text(alphabet=st.sampled_from("ab AB.?!\n:;()é\u3000\u2028")))
def test_sentences_are_in_order_trimmed_and_lose_nothing_but_labels(text: str) -> None:
    sentences = split_sentences(text)
    last = 0
    for start, end, _ in sentences:
        assert last <= start < end
        assert text[start:end] == text[start:end].strip()
        assert not text[last:start].strip()
        last = end
    assert not text[last:].strip()
