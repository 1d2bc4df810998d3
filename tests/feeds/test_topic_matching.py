"""What topics hold, why, and what a change would gain and lose."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from feeds.topics.diff import diff_topics
from feeds.topics.known import Outcome, check_known_items
from feeds.topics.matching import explain_miss, matches
from feeds.topics.types import Topic
from feeds.topics.window import changed_since, first_seen_between, open_window, settled_seq
from index.query import parse_query
from index.search import Searcher
from library import Library
from nlp.annotate import annotate
from nlp.lexicon.lookup import Lexicon
from nlp.pipeline import Pipeline
from records.errors import QueryError
from records.query import Mode
from records.record import Kind
from tests.feeds.world import RECORDS, article, embed, make_library, put


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with make_library(tmp_path) as library:
        yield library


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon()


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return Pipeline.load()


def topic(query: str = "", **values: object) -> Topic:
    return Topic(name="t", title="T", query=query, **values)  # type: ignore[arg-type]


def held(library: Library, lexicon: Lexicon, wanted: Topic) -> list[str]:
    with open_window(library, lexicon, library.iter_uids()) as window:
        return sorted(match.uid.split(":")[-1][-2:] for match in matches(wanted, window))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("exosome", ["01", "03", "04", "06", "11"]),
        ("exosomes spinal", ["01", "04", "06", "11"]),
        ('"spinal cord injury"', ["01", "06"]),
        ('exosome -"spinal cord"', ["03"]),
        ("exosome -is:retracted", ["01", "03", "06", "11"]),
        ("heart OR schwann", ["02", "03"]),
        ("kind:press", ["11"]),
        ("-exosome", ["02"]),
        ("the exosome of", ["01", "03", "04", "06", "11"]),
        ("(heart OR the) exosome", ["03"]),
        ("the", []),
        ("", []),
        ("title:heart", ["03"]),
        ("year:2026 schwann", ["02"]),
        ("year:2025", []),
    ],
)
def test_queries_decide(library: Library, lexicon: Lexicon, query: str, found: list[str]) -> None:
    wanted = topic(query, examples=("pubmed:none",)) if not query else topic(query)
    assert held(library, lexicon, wanted) == found


@pytest.mark.parametrize(
    "query",
    [
        '"spinal cord" AND (exosome OR schwann) -is:retracted',
        "NOT heart",
        'kind:(article OR press) AND "spinal cord"',
        "measure:BBB outcome:improved",
        "measure:BBB AND outcome:worsened",
        "species:rat OR (exosome -title:heart)",
    ],
)
def test_the_same_as_a_search(library: Library, lexicon: Lexicon, pipeline: Pipeline, query: str) -> None:
    """A query in which nothing merely ranks selects what the search engine itself selects."""
    annotate(library, pipeline)
    with open_window(library, lexicon, library.iter_uids()) as window:
        searcher: Searcher = window._searcher
        expected = searcher.uids(query, mode=Mode.LEXICAL)
        assert sorted(match.uid for match in matches(topic(query), window)) == sorted(expected)
    assert parse_query(query).node is not None


def test_filters(library: Library, lexicon: Lexicon) -> None:
    assert held(library, lexicon, topic("exosome", kinds=(Kind.PRESS, Kind.PREPRINT))) == ["06", "11"]
    assert held(library, lexicon, topic("exosome", sources=("biorxiv",))) == ["06"]
    assert held(library, lexicon, topic("exosome", include={"kind": ("article", "press")})) == ["01", "03", "04", "11"]
    only_retracted = topic("exosome", include={"kind": ("article",), "is": ("retracted",)})
    assert held(library, lexicon, only_retracted) == ["04"]
    assert held(library, lexicon, topic("exosome", exclude={"kind": ("article", "press")})) == ["06"]


def test_findings_side_by_side_are_one(library: Library, lexicon: Lexicon, pipeline: Pipeline) -> None:
    put(library, article(7, "Two outcomes", "BBB scores did not differ between groups. Pain improved in rats."))
    annotate(library, pipeline)
    assert held(library, lexicon, topic("measure:BBB outcome:improved")) == ["01"]


def test_examples_bring_what_is_near(library: Library, lexicon: Lexicon) -> None:
    uids = [f"pubmed:9900000{number}" for number in range(1, 5)]
    near, far, edge = [1.0, 0.1, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 1.0]
    embed(library, {uids[0]: [[1.0, 0.0, 0.0]], uids[1]: [far, near], uids[2]: [far], uids[3]: [edge]})
    wanted = topic(examples=("pmid:99000001",), threshold=0.9)
    with open_window(library, lexicon, library.iter_uids()) as window:
        found = {match.uid: match for match in matches(wanted, window)}
        assert list(found) == [uids[0], uids[1]]
        assert found[uids[0]].why == ("is an example of the topic",)
        assert found[uids[1]].score == pytest.approx(0.995, abs=0.001)
        assert found[uids[1]].why == ("is near pubmed:99000001 (1.00)",)
        wider = matches(msgspec.structs.replace(wanted, threshold=0.7), window)
        assert [match.uid for match in wider] == [*uids[:2], uids[3]]
        assert explain_miss(wanted, window, uids[3]) == ("nearest example pubmed:99000001 (0.71) is farther than 0.90",)
    # The example need not be in the window itself.
    with open_window(library, lexicon, [uids[1]]) as window:
        assert [match.uid for match in matches(wanted, window)] == [uids[1]]


def test_reasons_and_scores_do_not_depend_on_the_window(library: Library, lexicon: Lexicon) -> None:
    wanted = topic('(exosome OR exosomes OR vesicles) AND "spinal cord"')
    with open_window(library, lexicon, library.iter_uids()) as window:
        whole = {match.uid: match for match in matches(wanted, window)}
    assert whole["pubmed:99000001"].why == ('matches exosome · vesicles · "spinal cord"',)
    assert whole["pubmed:99000001"].score == 1.0
    for uid, match in whole.items():
        with open_window(library, lexicon, [uid]) as window:
            assert matches(wanted, window) == [match]


def test_removed_and_embargoed_records_are_left_out(library: Library, lexicon: Lexicon) -> None:
    opening = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    put(library, article(8, "Exosomes under embargo", embargo_until=opening))
    with library.transaction() as writer:
        writer.delete("pubmed:99000001", "gone")
    assert held(library, lexicon, topic("exosome")) == ["03", "04", "06", "11"]
    assert held(library, lexicon, topic("-heart")) == ["02", "04", "06", "11"]
    with open_window(library, lexicon, library.iter_uids(), now=opening) as window:
        assert "pubmed:99000008" in {match.uid for match in matches(topic("exosome"), window)}


def test_unknown_concept_raises(library: Library, lexicon: Lexicon) -> None:
    with open_window(library, lexicon, []) as window, pytest.raises(QueryError, match="no such cell"):
        matches(topic('cell:"no such cell"'), window)


def test_windows(library: Library) -> None:
    middle = library.last_seq()
    put(library, article(9, "Later"), article(1, "Exosomes, revised title"))
    assert changed_since(library, middle) == ["pubmed:99000009", "pubmed:99000001"]
    assert "pubmed:99000009" not in changed_since(library, 0, until_seq=middle)
    stored = library.get("pubmed:99000009")
    assert stored is not None
    moment = dt.timedelta(milliseconds=1)
    assert "pubmed:99000009" in first_seen_between(library, stored.first_seen, stored.first_seen + moment)
    assert "pubmed:99000009" not in first_seen_between(library, stored.first_seen + moment, stored.first_seen + moment)


def test_settled_is_what_every_stage_has_seen(library: Library) -> None:
    assert settled_seq(library) == library.last_seq()
    with library.transaction() as writer:
        writer.advance("annotate a 1", expected=0, to=2)
        writer.advance("annotate a 2", expected=0, to=5)
        writer.advance("embed m", expected=0, to=3)
    assert settled_seq(library) == 3


def test_diff_counts_and_explains(library: Library, lexicon: Lexicon) -> None:
    old = topic('exosome AND "spinal cord"')
    new = topic("exosome", exclude={"kind": ("press",)})
    with open_window(library, lexicon, library.iter_uids()) as window:
        found = diff_topics(old, new, window)
        back = diff_topics(new, old, window)
    assert (found.records, found.before, found.after, found.kept) == (len(RECORDS), 4, 4, 3)
    assert [match.uid for match in found.gained] == ["pubmed:99000003"]
    assert [(match.uid, match.why) for match in found.lost] == [("press:aa11", ("exclude: kind press",))]
    assert [match.uid for match in back.lost] == ["pubmed:99000003"]
    assert back.lost[0].why == ('fails "spinal cord"',)


def test_known_items(library: Library, lexicon: Lexicon) -> None:
    wanted = topic(
        'exosome AND "spinal cord"',
        kinds=(Kind.ARTICLE,),
        must_find=("pmid:99000001", "pmid:99000002", "doi:10.5555/absent"),
        must_not_find=("pmid:99000003", "pmid:99000004"),
    )
    found = check_known_items([wanted], library, lexicon)
    assert [(test.reference, test.outcome) for test in found] == [
        ("pmid:99000001", Outcome.PASSED),
        ("pmid:99000002", Outcome.FAILED),
        ("doi:10.5555/absent", Outcome.ABSENT),
        ("pmid:99000003", Outcome.PASSED),
        ("pmid:99000004", Outcome.FAILED),
    ]
    assert found[1].why == "fails exosome"
    assert found[4].why == 'matches exosome · "spinal cord"'
