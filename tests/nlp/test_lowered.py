"""Small letters in the same places, and patterns that are made for them."""

import re

import pytest

from nlp import credit, directions, doubt, negation, stance
from nlp.lowered import lowered


@pytest.mark.parametrize("text", ["", "MSCs were NOT found", "İzmir: ΣΑΣ, ẞ and Ⅻ", "İ" * 3])
def test_every_letter_keeps_its_place(text: str) -> None:
    small = lowered(text)
    assert len(small) == len(text)
    assert all(one in (other, other.lower()) or one == "ς" for one, other in zip(small, text, strict=True))


@pytest.mark.parametrize(
    "pattern",
    [
        directions._cue_pattern(),
        negation._triggers().terms,
        stance._AIM,
        stance._ELSEWHERE,
        stance._GENERAL,
        *(
            pattern
            for module in (credit, doubt)
            for pattern in vars(module).values()
            if isinstance(pattern, re.Pattern)
        ),
    ],
    ids=lambda pattern: pattern.pattern[:20],
)
def test_patterns_for_small_letters_ask_for_no_capital(pattern: re.Pattern[str]) -> None:
    words = re.sub(r"\\[A-Z]|\(\?P<\w+>", "", pattern.pattern)
    assert not re.findall(r"[A-Z]", words)
    assert not pattern.flags & re.IGNORECASE
