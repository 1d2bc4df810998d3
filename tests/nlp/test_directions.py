from __future__ import annotations

import pytest

from nlp.directions import Change, find_cues, nearest


def changes(text: str) -> list[tuple[str, Change, bool]]:
    return [(text[cue.start : cue.end], cue.change, cue.denied) for cue in find_cues(text, 0, len(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("scores improved", [("improved", Change.BETTER, False)]),
        ("scores did not improve", [("not improve", Change.SAME, True)]),
        ("scores not only improved", [("improved", Change.BETTER, False)]),
        ("no difference in scores", [("no difference", Change.SAME, True)]),
        ("a difference in scores", []),
        ("pain fell and strength rose", [("fell", Change.LOWER, False), ("rose", Change.HIGHER, False)]),
        ("pain worsened", [("worsened", Change.WORSE, False)]),
        ("unable to improve", [("unable to improve", Change.SAME, True)]),
        ("scores were unchanged", [("unchanged", Change.SAME, False)]),
        ("induced pluripotent stem cells", []),
        ("the lower limb", []),
        ("no rats died but scores improved", [("improved", Change.BETTER, False)]),
        ("scores: P = 0.31", [("P = 0.31", Change.SAME, False)]),
        ("scores: P = 0.03", []),
    ],
)
def test_cues_with_their_denials(text: str, expected: list[tuple[str, Change, bool]]) -> None:
    assert changes(text) == expected


def test_denial_after_the_cue() -> None:
    ((words, change, denied),) = changes("an improvement was not seen")
    assert (change, denied) == (Change.SAME, True)
    assert words.startswith("improvement was not")


def test_positions_are_those_of_the_whole_text() -> None:
    text = "He left. Gait improved."
    (cue,) = find_cues(text, 9, len(text))
    assert text[cue.start : cue.end] == "improved"


def test_the_nearest_cue_of_the_same_clause() -> None:
    text = "pain fell, whereas strength and spasticity rose"
    cues = find_cues(text, 0, len(text))
    cue = nearest(text, (text.index("strength"), text.index("strength") + 8), cues)
    assert cue is not None
    assert text[cue.start : cue.end] == "rose"
    assert nearest(text, (0, 4), []) is None
