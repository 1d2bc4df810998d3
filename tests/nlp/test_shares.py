"""How many of how many: only where the words say it of the very change."""

from __future__ import annotations

import pytest

from nlp.findings import find_findings
from nlp.measures import find_mentions
from records.sentences import split_sentences

CASES = [
    ("Two of four patients improved on the ASIA impairment scale.", (2, 4)),
    ("Two of the four treated patients did not improve on the ASIA impairment scale.", (2, 4)),
    ("Of 12 participants, 5 improved on the ASIA motor score.", (5, 12)),
    ("Eight patients, three of whom improved on the ASIA motor score, were followed.", (3, 8)),
    ("All six rats improved on the BBB scale.", (6, 6)),
    ("7/10 mice showed improved BMS scores.", (7, 10)),
    ("5 of 9 (56%) animals had better BBB scores.", (5, 9)),
    ("An improvement in ASIA motor score was seen in 3 of 9 participants.", (3, 9)),
    ("Improved motor function was observed in two of four patients.", (2, 4)),
    ("Three of five improved on the ASIA motor score.", (3, 5)),
    ("None of the four patients improved on the ASIA motor score.", None),
    ("BBB scores improved in treated rats.", None),
    ("One of two groups improved on the BBB scale.", None),
    ("Nine of four patients improved on the ASIA motor score.", None),
    ("Two of four patients left and BBB scores improved in rats.", None),
    ("14 other patients died compared to 4/527 of those enrolled.", None),
    ("More grade 3/4 adverse events occurred in the treated group.", None),
    ("3 of the 7 rats died within two days.", (3, 7)),
    ("BBB scores improved by 3 of 21 points.", None),
    ("BBB scores improved at day 10/28.", None),
]


@pytest.mark.parametrize(("text", "share"), CASES)
def test_shares(text: str, share: tuple[int, int] | None) -> None:
    found = next(
        one for one in find_findings("abstract", text, split_sentences(text), find_mentions(text, {})) if one.direction
    )
    assert found.share == share
