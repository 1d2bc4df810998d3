"""Topic files: what they say, and where a mistake stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.topics.checking import TopicError
from feeds.topics.places import find_places
from feeds.topics.reading import load_topics, parse_topic, read_topic, shipped_folder, topic_files
from feeds.topics.types import THRESHOLD
from nlp.lexicon.lookup import Lexicon
from records.errors import ConfigError, ParseError
from records.record import Kind


def parse(text: str, **values: object) -> object:
    return parse_topic(text, name="t", where="t.toml", **values)  # type: ignore[arg-type]


def test_whole_file() -> None:
    topic = parse_topic(
        """
title = "Exosomes"
query = 'exosome'
kinds = ["article", "preprint"]
sources = ["pubmed"]
examples = ["DOI:10.5555/CW.1"]
threshold = 0.7
must_find = ["pmid:099000010"]
[include]
species = ["human", "rat"]
[exclude]
status = ["RETRACTED"]
""",
        name="exosomes",
        where="x",
    )
    assert topic.name == "exosomes"
    assert topic.kinds == (Kind.ARTICLE, Kind.PREPRINT)
    assert topic.examples == ("doi:10.5555/cw.1",)
    assert topic.must_find == ("pmid:99000010",)
    assert topic.include == {"species": ("human", "rat")}
    assert topic.threshold == 0.7


def test_defaults() -> None:
    topic = parse_topic('title = "X"\nquery = "y"', name="t", where="x")
    assert (topic.kinds, topic.include, topic.threshold) == ((), {}, THRESHOLD)


MISTAKES = [
    ('title = "a\nquery = "b"', "t.toml:1:11", "not TOML"),
    ('title = "a"\nquery = "b"\nkinds = [', "t.toml:3:10", "not TOML"),
    ('title = "a"\nqury = "x"', "t.toml:2:1", "there is no key 'qury'"),
    ('query = "x"', "t.toml:1:1", "needs a title"),
    ('title = "a"', "t.toml:1:1", "needs a query or examples"),
    ('title = 3\nquery = "x"', "t.toml:1:9", "title must be text"),
    ('title = "a"\nquery = "x (y"', "t.toml:2:12", "never closed"),
    ('title = "a"\nquery = "\\u00e9\\t(y"', "t.toml:2:18", "never closed"),
    ('title = "a"\nquery = """\nfirst AND\n  (foo:bar)"""', "t.toml:4:4", "no field 'foo'"),
    ("title = 'a'\nquery = '''first\n\n AND'''", "t.toml:4:5", "nothing after"),
    ('title = "a"\nquery = """one \\\n   (two"""', "t.toml:3:4", "never closed"),
    ('title = "a"\nquery = "x"\nkinds = ["article",\n  "pres"]', "t.toml:4:3", "no kind 'pres'"),
    ('title = "a"\nquery = "x"\nsources = "pubmed"', "t.toml:3:11", "must be a list"),
    ('title = "a"\nquery = "x"\nexamples = [ 1 ]', "t.toml:3:14", "must hold texts"),
    ('title = "a"\nquery = "x"\nthreshold = 1.5', "t.toml:3:13", "from 0 to 1"),
    ('title = "a"\nquery = "x"\nthreshold = true', "t.toml:3:13", "from 0 to 1"),
    ('title = "a"\nquery = "x"\n# [include]\n[include]\nspecis = ["rat"]', "t.toml:5:1", "no facet 'specis'"),
    ('title = "a"\nquery = "x"\ninclude = {status = ["bad"]}', "t.toml:3:22", "no value 'bad'"),
    ('title = "a"\nquery = "x"\n[exclude]\nkind = []', "t.toml:4:8", "has no values"),
    ('title = "a"\nquery = "x"\n[include]\njournal = [\'a "b"\']', "t.toml:4:12", "cannot hold a quote"),
    ('title = "a"\nquery = "the of"', "t.toml:2:10", "too common"),
    ('title = "a"\nquery = "x"\n[include]\nphase = ["9"]', "t.toml:4:10", "phase: has no value '9'"),
    ('title = "a"\r\nquery = "x"\r\nmust_find = ["nothing"]', "t.toml:3:14", "names no record"),
]


@pytest.mark.parametrize(("text", "place", "message"), MISTAKES)
def test_a_mistake_is_told_with_its_place(text: str, place: str, message: str) -> None:
    with pytest.raises(ParseError, match=message) as caught:
        parse(text)
    assert caught.value.where == place


def test_all_mistakes_of_a_file_are_told_in_their_order() -> None:
    text = """titel = "a"
query = "(x"
kinds = ["pres", "article", "prepint"]
threshold = 2
must_find = [3]
[include]
specis = ["rat"]
status = ["bad"]
"""
    with pytest.raises(TopicError) as caught:
        parse(text)
    places = [problem.where for problem in caught.value.problems if isinstance(problem, ParseError)]
    lines = ["1:1", "2:10", "3:10", "3:29", "4:13", "5:14", "7:1", "8:11"]
    assert places == [f"t.toml:{line}" for line in lines]
    assert caught.value.message.startswith("t.toml:1:1: there is no key 'titel' in a topic")
    assert caught.value.message.endswith("(and 7 more in line 2, 3, 4, 5, 7, 8)")
    assert caught.value.hint == "did you mean title?"


def test_unknown_concepts_are_told_with_their_place() -> None:
    text = 'title = "a"\nquery = """\nx AND\n  cell:"no such cell"\n"""\n'
    assert parse(text)
    with pytest.raises(ParseError, match="no such cell") as caught:
        parse(text, ontology=Lexicon())
    assert caught.value.where == "t.toml:4:3"


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text('\ufefftitle = "a"\nquery = "b"', encoding="utf-8")
    assert read_topic(path).title == "a"
    with pytest.raises(ParseError) as caught:
        parse('\ufefftitle = 3\nquery = "b"')
    assert caught.value.where == "t.toml:1:9"


def test_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b'title = "a"\nquery = "\xff"')
    with pytest.raises(ParseError, match="not UTF-8") as caught:
        read_topic(path)
    assert caught.value.where.endswith("x.toml:2")


def test_names_that_could_leave_the_folder_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "Bad Name.toml"
    path.write_text('title = "a"\nquery = "b"')
    with pytest.raises(ConfigError, match=f"{path}: 'Bad Name' cannot name a topic"):
        read_topic(path)
    with pytest.raises(ConfigError, match="cannot name a topic"):
        read_topic(path, name="index")


def test_shipped_topics_are_right_and_give_way(tmp_path: Path) -> None:
    assert len(list(shipped_folder().glob("*.toml"))) == 5
    topics = load_topics(tmp_path, ontology=Lexicon())
    assert list(topics) == ["cell-therapy-trials", "exosomes", "glia-transplants", "ipsc-sci", "safety-signals"]
    (tmp_path / "exosomes.toml").write_text('title = "Mine"\nquery = "exosome"', encoding="utf-8")
    assert load_topics(tmp_path)["exosomes"].title == "Mine"
    assert list(topic_files(tmp_path, with_shipped=False)) == ["exosomes"]


VALUE = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)


@given(VALUE, VALUE, st.lists(VALUE, max_size=3))
def test_places_point_at_what_they_name(title: str, query: str, entries: list[str]) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    text = f"# c\ntitle={quoted(title)} # x\n\nquery = {quoted(query)}\nkinds = [\n" + "".join(
        f"  {quoted(entry)}, # [\n" for entry in entries
    )
    text += "]\n[include]\nkind = { a.b = 1 }\n"
    places = find_places(text)
    lines = text.split("\n")

    def at(place: tuple[int, int]) -> str:
        return lines[place[0] - 1][place[1] - 1 :]

    assert at(places.key(("title",))).startswith("title=")
    assert at(places.of(("query",))).startswith(quoted(query))
    for number, entry in enumerate(entries):
        assert at(places.of(("kinds", number))).startswith(quoted(entry))
    assert at(places.key(("include", "kind"))).startswith("kind =")
    assert at(places.of(("include", "kind", "a", "b"))).startswith("1 }")
    for number, character in enumerate(query):
        assert at(places.of(("query",), within=number)).startswith(quoted(character)[1:-1])
