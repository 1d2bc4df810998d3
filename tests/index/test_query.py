"""The query language: what is understood, what is refused and where."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.fields import FIELDS, FieldType
from index.query import MAX_DEPTH, MAX_LENGTH, caret, format_query, literal, parse_query
from records.errors import QueryError
from records.query import And, Field, Node, Not, Or, Phrase, Range, Term, Words


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("", None),
        ("   ", None),
        ("motor recovery", Words("motor recovery")),
        ('"spinal cord"', Phrase("spinal cord")),
        ("a AND b", And((Term("a"), Term("b")))),
        ("a OR b", Or((Term("a"), Term("b")))),
        ("and or not", Words("and or not")),
        ("NOT rats", Not(Term("rats"))),
        ("-rats", Not(Term("rats"))),
        ("-retracted", Not(Field("is", "retracted"))),
        ("species:human", Field("species", "human")),
        ('cell:"stem cell"', Field("cell", "stem cell")),
        ("KIND:Press", Field("kind", "press")),
        ("cell:(msc OR npc)", Or((Field("cell", "msc"), Field("cell", "npc")))),
        ("cell:(msc npc)", Or((Field("cell", "msc"), Field("cell", "npc")))),
        ("year:2020..2025", Range("year", "2020", "2025")),
        ("year:2020..", Range("year", "2020", "")),
        ("year:>=2020", Range("year", "2020", "")),
        ("year:>2020", Range("year", "2021", "")),
        ("year:<2022", Range("year", "", "2021")),
        ("date:>2023-12", Range("date", "2024-01", "")),
        ("date:<2024-03-01", Range("date", "", "2024-02-29")),
        ("date:..2024-06", Range("date", "", "2024-06")),
        ("10.5555/S9999-9999(20)30001-1", Words("10.5555/S9999-9999(20)30001-1")),
        ("doi:10.5555/S9999-9999(20)30001-1 rats", And((Words("rats"), Field("doi", "10.5555/S9999-9999(20)30001-1")))),
        ("doi:(10.5555/a OR 10.5555/b(c))", Or((Field("doi", "10.5555/a"), Field("doi", "10.5555/b(c)")))),
        ("date:2024-05-17", Range("date", "2024-05-17", "2024-05-17")),
        ("a b year:2020 -press", And((Words("a b"), Range("year", "2020", "2020"), Not(Term("press"))))),
        ("(a OR b) species:rat", And((Or((Term("a"), Term("b"))), Field("species", "rat")))),
        ("Aim: to walk", Words("Aim: to walk")),
        ("well-being", Words("well-being")),
        ("HLA-A*02 ~50% p<0.05*.", Words("HLA-A*02 ~50% p<0.05*.")),
    ],
)  # fmt: skip
def test_what_is_understood(text: str, node: Node | None) -> None:
    assert parse_query(text).node == node


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("(a OR b", 0, "never closed"),
        ("a) b", 1, "unexpected )"),
        ('say "hello', 4, "never closed"),
        ("AND a", 0, "nothing before"),
        ("a AND", 5, "nothing after"),
        ("a OR", 4, "nothing after"),
        ("NOT", 3, "nothing after"),
        ("()", 1, "missing"),
        ("specie:rat", 0, "no field"),
        ("kind:novel", 5, "no value"),
        ("year:soon", 5, "cannot read"),
        ("year:2025..2020", 5, "comes after"),
        ("date:2020-13-45..", 5, "cannot read"),
        ("date:2023-02-29", 5, "cannot read"),
        ("cell:()", 5, "no value"),
        ("rats year:", 5, "no value"),
        ("year: 2020", 0, "no value"),
        ("phase:1", 6, "no value"),
        ("rats spin*", 9, "no wildcards"),
        ("*cyte", 0, "no wildcards"),
        ('"stem cell*"', 10, "no wildcards"),
        ("exosome~1", 7, "no near spellings"),
        ("author:aoy*", 10, "no wildcards"),
        ("cell:(msc", 5, "never closed"),
        ("x " * MAX_LENGTH, MAX_LENGTH, "characters"),
        ("(" * (MAX_DEPTH + 1) + "a", MAX_DEPTH, "nested"),
    ],
)
def test_what_is_refused(text: str, position: int, says: str) -> None:
    with pytest.raises(QueryError, match=re.escape(says)) as caught:
        parse_query(text)
    assert caught.value.position == position


def test_a_slip_of_the_pen_gets_a_hint() -> None:
    with pytest.raises(QueryError) as caught:
        parse_query("rats specis:human")
    assert "did you mean species?" in str(caught.value.hint)
    assert caret(caught.value).splitlines() == ["rats specis:human", "     ^"]


def test_every_example_of_the_fields_parses() -> None:
    for name, spec in FIELDS.items():
        node = parse_query(spec.example).node
        assert isinstance(node, Field | Range), name
        assert node.name == name


@given(st.text(max_size=200))
def test_any_text_parses_or_says_where_it_does_not(text: str) -> None:
    error = _refusal(text)
    assert error is None or (0 <= error.position <= len(text) and caret(error))


def _refusal(text: str) -> QueryError | None:
    try:
        parse_query(text)
    except QueryError as error:
        return error
    return None


@given(st.text(max_size=200))
def test_a_literal_question_is_never_refused_and_has_no_filter(text: str) -> None:
    node = parse_query(literal(text)).node
    assert node is None or isinstance(node, Words)


_WORD = st.from_regex(r"[a-z0-9][a-z0-9-]{0,8}", fullmatch=True).filter(lambda word: word != "retracted")
_PHRASE = st.lists(_WORD, min_size=1, max_size=3).map(lambda words: Phrase(" ".join(words)))
_YEAR = st.integers(1900, 2099).map(str)
_RANGE = st.builds(lambda years: Range("year", *sorted(years)), st.tuples(_YEAR, _YEAR))
_FREE = [name for name, spec in FIELDS.items() if spec.type is not FieldType.DATE and not spec.values]
_LISTED = [Field(name, str(value)) for name, spec in FIELDS.items() for value in spec.values]
_FIELD = st.one_of(st.builds(Field, st.sampled_from(_FREE), _WORD), st.sampled_from(_LISTED))
_LEAF = st.one_of(_WORD.map(Term), _PHRASE, _FIELD, _RANGE)


def _deeper(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(several.map(And), several.map(Or), inner.map(Not))


_NODE = st.recursive(_LEAF, _deeper, max_leaves=8)


@given(st.dates(), st.sampled_from([4, 7, 10]), st.sampled_from("<>"))
def test_a_date_divides_what_comes_before_it_from_what_comes_after(day: dt.date, length: int, sign: str) -> None:
    date = day.isoformat()[:length]
    try:
        found = parse_query(f"date:{sign}{date}").node
    except QueryError:
        assert day.year in (1, 9999), "nothing lies before the first day or after the last"
        return
    assert isinstance(found, Range)
    assert parse_query(format_query(found)).node == found
    assert len(found.low + found.high) == length
    assert found.high < date if sign == "<" else found.low > date


@given(_NODE)
def test_a_formatted_query_parses_to_what_formats_the_same(node: Node) -> None:
    text = format_query(node)
    again = parse_query(text).node
    assert format_query(again) == text
