from __future__ import annotations

import pytest

from nlp.measures import Better, find_mentions, measures


def named(text: str, abbreviations: dict[str, str] | None = None) -> list[tuple[str, str]]:
    return [(text[m.start : m.end], m.measure) for m in find_mentions(text, abbreviations or {})]


def test_the_table_is_in_order_and_complete() -> None:
    table = measures()
    assert list(table) == sorted(table)
    assert len(table) > 40
    for key, measure in table.items():
        assert measure.names, key
        assert measure.source, key
        assert len(set(measure.names)) == len(measure.names), key
        assert not set(measure.names) & set(measure.opposite), key


def test_polarity() -> None:
    table = measures()
    assert table["BBB"].better is Better.HIGHER
    assert table["PAIN"].better is Better.LOWER
    assert table["ADVERSE_EVENTS"].better is Better.ABSENT


@pytest.mark.parametrize("key", sorted(measures()))
def test_every_measure_is_found_by_each_of_its_names(key: str) -> None:
    for name in (*measures()[key].names, *measures()[key].opposite):
        assert (name, key) in named(f"The {name} here"), name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BBB scores", [("BBB scores", "BBB")]),
        ("the Basso, Beattie, and Bresnahan (BBB) scale", [("Basso, Beattie, and Bresnahan", "BBB"), ("BBB", "BBB")]),
        ("foot-slips and footfalls", [("foot-slips", "LADDER"), ("footfalls", "LADDER")]),
        ("hind-limb motor function", [("hind-limb motor function", "LOCOMOTION")]),
        ("Mechanical Allodynia", [("Mechanical Allodynia", "ALLODYNIA")]),
        ("the asia of asian people", []),
        ("painting", []),
        ("epidural analgesia was given, analgesia was reached", [("analgesia", "PAIN")]),
        ("the death of neurons, neurons that died, death receptors", []),
        ("tumor cells and tumour-bearing mice", []),
        ("the number of errors in the maze", []),
        ("motor. Function", []),
        (
            "motor and sensory function",
            [("motor and sensory function", "MOTOR_FUNCTION"), ("motor and sensory function", "SENSORY_FUNCTION")],
        ),
    ],
)
def test_names_in_text(text: str, expected: list[tuple[str, str]]) -> None:
    assert named(text) == expected


def test_bbb_can_be_the_barrier() -> None:
    assert named("The blood-brain barrier opened and BBB leaked.") == []
    assert named("The BBB leaked.", {"BBB": "blood-spinal cord barrier"}) == []
    assert named("The blood–brain barrier opened, BBB score rose.") == [("BBB score", "BBB")]


def test_the_documents_own_abbreviations() -> None:
    abbreviations = {"MA": "mechanical allodynia", "PC": "Purkinje cell"}
    assert named("MA and PC fell", abbreviations) == [("MA", "ALLODYNIA")]


def test_opposite_quantities() -> None:
    latency, amplitude = find_mentions("MEP latency; MEP amplitude", {})
    assert not latency.higher_is_better
    assert amplitude.higher_is_better
