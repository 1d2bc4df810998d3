"""Abstracts with markup inside JSON, and the filter for providers without a search."""

from __future__ import annotations

import pytest

from config import Settings
from crawler.backoff import spacing_s
from crawler.parsers.markup import abstract_sections, plain_text
from crawler.topic import Topic


@pytest.mark.parametrize(
    ("markup", "sections"),
    [
        ("One paragraph.", [("", "One paragraph.")]),
        ("<h4>Background</h4>a <i>b</i>.<h4>Results: </h4>c", [("Background", "a b."), ("Results", "c")]),
        (
            "<jats:title>Abstract</jats:title><jats:sec><jats:title>Aim</jats:title>\n <jats:p>a</jats:p></jats:sec>",
            [("Aim", "a")],
        ),
        ("<jats:title>Methods</jats:title><jats:title>Rats</jats:title><jats:p>a</jats:p>", [("Rats", "a")]),
        ("<p>p<0.05 and n < 3, a<b and c>d</p>", [("", "p<0.05 and n < 3, a<b and c>d")]),
        ("10<sup>6</sup> cells in H<sub>2</sub>O &amp; &alpha;&nbsp;&lt; 3", [("", "10⁶ cells in H2O & α < 3")]),
        ("&lt;p&gt;escaped &lt;i&gt;twice&lt;/i&gt;&lt;/p&gt;", [("", "escaped twice")]),
        ("<p>never <b>closed", [("", "never closed")]),
        ("a <!-- hidden --> b", [("", "a b")]),
        ("  ", []),
    ],
)
def test_sections(markup: str, sections: list[tuple[str, str]]) -> None:
    assert [(part.label, part.text) for part in abstract_sections(markup)] == sections


def test_plain_text_is_one_line() -> None:
    assert plain_text("Cells\n in <i>rats</i>\t& mice") == "Cells in rats & mice"


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("hiPSC-derived grafts after spinal-cord injury", True),
        ("SPINAL\nCORD and STEM CELLS", True),
        ("Paraplegic patients and exosomal cargo", True),
        ("Stem cells of the heart", False),
        ("Spinal cord imaging", False),
        ("", False),
    ],
)
def test_the_topic_of_the_settings(text: str, covered: bool) -> None:
    assert Topic(Settings().crawl.topic).covers(text) is covered


def test_without_words_every_text_will_do() -> None:
    assert Topic(()).covers("anything")
    assert Topic(("", "|")).covers("anything")


@pytest.mark.parametrize(
    ("limit", "interval", "seconds"),
    [("50", "1s", 0.02), ("5", "2", 0.4), ("", "1s", 0), ("0", "1s", 0), ("x", "y", 0), ("10", "", 0)],
)
def test_rate_limits_of_headers(limit: str, interval: str, seconds: float) -> None:
    assert spacing_s(limit, interval) == seconds
