from __future__ import annotations

import pytest

from nlp.negation import denials


@pytest.mark.parametrize(
    ("text", "word", "denied"),
    [
        ("Neither microglia nor astrocytes were found.", "microglia", True),
        ("Neither microglia nor astrocytes were found.", "astrocytes", True),
        ("Grafts without microglia survived in rats.", "microglia", True),
        ("Grafts without microglia survived in rats.", "rats", False),
        ("Microglia were absent in the graft.", "Microglia", True),
        ("Oligodendrocytes were not seen.", "Oligodendrocytes", True),
        ("Astrocytes were undetectable.", "Astrocytes", True),
        ("The drug did not affect survival of microglia in rats.", "microglia", False),
        ("BBB did not differ between rats and mice.", "rats", False),
        ("No microglia were seen in the spinal cord.", "microglia", True),
        ("No microglia were seen in the spinal cord.", "spinal cord", False),
        ("We failed to detect Schwann cells.", "Schwann", True),
        ("The absence of astrocytes was surprising.", "astrocytes", True),
        ("Not only neurons but also astrocytes grew.", "neurons", False),
        ("There was no significant difference in the number of neurons.", "neurons", False),
        ("The graft was devoid of neurons.", "neurons", True),
        ("Neurons did not express it, but astrocytes did.", "astrocytes", False),
        ("Neurons were grafted.", "Neurons", False),
    ],
)
def test_what_a_sentence_denies(text: str, word: str, denied: bool) -> None:
    at = text.index(word)
    assert any(one.start <= at < one.end for one in denials(text, 0, len(text))) is denied


def test_another_sentence_is_not_looked_at() -> None:
    text = "No rats died. Microglia grew."
    assert denials(text, 14, len(text)) == []
