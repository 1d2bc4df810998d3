"""What every backend does: what is found, what is held back, what is counted, what replaces what."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from index.analysis import words_of
from index.backend import Backend
from index.document import IndexDocument
from index.query import literal, parse_query
from index.search import Searcher, best_sentence
from records.dates import PartialDate
from records.errors import IndexStaleError, QueryError
from records.identifiers import Identifiers
from records.query import Mode
from records.record import PublicationStatus
from tests.index.index_world import DOCUMENTS, HARMFUL, LEXICON, RECORDS, article, document, vector

PUBMED = [f"pubmed:9910000{number}" for number in range(10)]
TRIAL, PRESS = "clinicaltrials:NCT99100005", "press:ab12"
SHOWN = {*(PUBMED[number] for number in (1, 2, 3, 4, 8)), TRIAL, PRESS}


def searcher(backend: Backend) -> Searcher:
    return Searcher(backend, _no_encoder, lambda: LEXICON)


def _no_encoder() -> None:
    raise AssertionError("a lexical query does not need the model")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", SHOWN),
        ("stepping", {PUBMED[1], PRESS}),
        ("STEPS", {PUBMED[1], PRESS}),
        ("naive", {PUBMED[3]}),
        ("eligibility paraplegia", {TRIAL}),
        ('"Schwann cells"', {PUBMED[3]}),
        ('"cells Schwann"', set()),
        ('"a note on methods"', {PUBMED[3]}),
        ('"note methods"', set()),
        ('"the α7 receptor"', {PUBMED[3]}),
        ("title:stepping", {PUBMED[1]}),
        ("abstract:stepping", set()),
        ("is:press", {PRESS}),
        ("kind:registration", {TRIAL}),
        ("source:pubmed -retracted", SHOWN - {TRIAL, PRESS, PUBMED[4]}),
        ("is:retracted", {PUBMED[4]}),
        ("NOT is:retracted", SHOWN - {PUBMED[4]}),
        ("NOT stepping", SHOWN - {PUBMED[1], PRESS}),
        ("year:2021", {PUBMED[1]}),
        ("year:2021..2023", {PUBMED[1], PUBMED[2], PUBMED[3]}),
        ("year:2026..", {PRESS, PUBMED[8]}),
        ("year:>=2026", {PRESS, PUBMED[8]}),
        ("year:>2025", {PRESS, PUBMED[8]}),
        ("date:<2022-05-17", {PUBMED[1]}),
        ("date:2022-05-17", {PUBMED[2]}),
        ("date:2022-05", {PUBMED[2]}),
        ("date:2022-05-18..", SHOWN - {PUBMED[1], PUBMED[2], TRIAL}),
        ("date:..2022-05-16", {PUBMED[1]}),
        ('journal:"annals of cord repair"', {PUBMED[number] for number in (1, 2, 4, 8)}),
        ("species:rat", {PUBMED[1]}),
        ("species:mammal", {PUBMED[1], PUBMED[2]}),
        ('cell:"stem cell"', {PUBMED[1]}),
        ('condition:"spinal cord injury"', {TRIAL}),
        ("measure:BBB", {PUBMED[1], PUBMED[2]}),
        ("measure:bbb outcome:improved", {PUBMED[1]}),
        ("measure:BBB outcome:unchanged", {PUBMED[2]}),
        ("measure:GAIT outcome:unchanged", set()),
        ("outcome:improved", {PUBMED[1], PUBMED[2]}),
        ("trial_status:recruiting", {TRIAL}),
        ("phase:PHASE1", {TRIAL}),
        ("registration:nct99100005", {TRIAL}),
        ("registration:JPRN-jrcta990190077", {TRIAL}),
        ("pmid:99100003", {PUBMED[3]}),
        ("pmid:099100003", {PUBMED[3]}),
        ("doi:https://doi.org/10.5555/CW.3", {PUBMED[3]}),
        ('doi:"doi: 10.5555/cw.3"', {PUBMED[3]}),
        ("99100003", {PUBMED[3]}),
        ("NCT99100005", {TRIAL}),
        ("10.5555/cw.99100004", {PUBMED[4], PRESS}),
        ("10.5555/CW.99100004", {PUBMED[4], PRESS}),
        ("mentions:10.5555/cw.99100004", {PUBMED[4], PRESS}),
        ("10.5555/cw.9910000", set()),
        ("PMID: 99100008", {PUBMED[8], TRIAL}),
        ("99100009", set()),
        ("PMC9910004", {PUBMED[4]}),
        ("https://doi.org/10.5555/CW.99100004", {PUBMED[4], PRESS}),
        ("dx.doi.org/10.5555/cw.99100004", {PUBMED[4], PRESS}),
        ("https://pubmed.ncbi.nlm.nih.gov/99100003/", {PUBMED[3]}),
        ("https://www.ncbi.nlm.nih.gov/pubmed/99100003", {PUBMED[3]}),
        ("https://pmc.ncbi.nlm.nih.gov/articles/PMC9910004/#sec1", {PUBMED[4]}),
        ("https://clinicaltrials.gov/study/NCT99100005?tab=results", {TRIAL}),
        ("mentions:https://clinicaltrials.gov/ct2/show/NCT99100005", {TRIAL}),
        ("pmcid:PMC9910004", {PUBMED[4]}),
        ("is:sound", SHOWN - {PUBMED[3], PUBMED[4]}),
        ("pmid:(99100001 OR 99100003)", {PUBMED[1], PUBMED[3]}),
        ("stepping OR glia", {PUBMED[1], PUBMED[2], PRESS}),
        ("stepping AND rats", {PUBMED[1]}),
        ("(stepping OR glia) species:human", {PUBMED[2]}),
        ("embargo", set()),
        ("pmid:99100007", set()),
        ("the of and", SHOWN),
    ],
)
def test_what_is_found(backend: Backend, query: str, expected: set[str]) -> None:
    found = searcher(backend).search(query, mode=Mode.LEXICAL, limit=50)
    assert {hit.summary.uid for hit in found.hits} == expected
    assert found.total == len(expected)


@pytest.mark.parametrize("query", ["", "is:article", "-is:press", "species:mammal", "stepping"])
def test_meaning_is_asked_of_what_passes_only(backend: Backend, query: str) -> None:
    node = searcher(backend).resolve(parse_query(query).node)
    allowed = {hit.summary.uid for hit in searcher(backend).search(query, mode=Mode.LEXICAL, limit=50).hits}
    near = backend.semantic(node, vector(1), 50)
    assert set(near) == (SHOWN if query == "stepping" else allowed)
    assert backend.count(node, words=False) == len(near)
    if PUBMED[2] in near:
        assert next(iter(near)) == PUBMED[2]
        assert near[PUBMED[2]] == pytest.approx(1.0)


def test_without_words_the_newest_come_first(backend: Backend) -> None:
    found = searcher(backend).search("source:pubmed", limit=3)
    assert [hit.summary.uid for hit in found.hits] == [PUBMED[8], PUBMED[4], PUBMED[3]]


def test_of_one_day_the_first_uid_comes_first(empty_backend: Backend) -> None:
    numbers = [5, 2, 9, 1, 7, 3]
    for number in numbers:
        same_day = article(number, "A", published=PartialDate(year=2010 + number % 2, month=1, day=1))
        empty_backend.write([document(same_day, number)], [], seq=number)
    newest = [PUBMED[number] for number in (1, 3, 5, 7, 9, 2)]
    for limit in range(1, len(numbers) + 2):
        assert empty_backend.newest(None, limit) == newest[:limit]


def test_a_value_that_no_record_has_is_named(backend: Backend) -> None:
    found = searcher(backend).unknown("stepping measure:TARLOV (phase:PHASE1 OR level:T9) -kind:press journal:Nowhere")
    assert found == ["measure:TARLOV", "level:T9", "journal:Nowhere"]
    assert searcher(backend).unknown("stepping year:2020 species:mammal") == []


@pytest.mark.parametrize(
    ("query", "near"),
    [
        ("measure:BBBB", "BBB"),
        ('measure:"Baso mouse scale"', "Basso Mouse Scale"),
        ("level:torax", "thoracic"),
        ("level:T99", "facets --by level"),
        ('cell:"neural stam cell"', "neural stem cell"),
    ],
)
def test_a_name_that_the_vocabulary_does_not_have_is_a_mistake(backend: Backend, query: str, near: str) -> None:
    with pytest.raises(QueryError, match="the vocabulary has no") as caught:
        searcher(backend).search(query, mode=Mode.LEXICAL)
    assert near in str(caught.value.hint)


@pytest.mark.parametrize("mode", Mode)
def test_a_number_alone_is_a_filter_however_it_is_asked(backend: Backend, mode: Mode) -> None:
    found = searcher(backend).search("10.5555/cw.99100004", mode=mode)
    assert [hit.summary.uid for hit in found.hits] == [PUBMED[4], PRESS]
    assert found.total == 2
    assert not searcher(backend).search("10.5555/cw.nowhere", mode=mode).hits


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("measure:ALLODYNIA", ["ALLODYNIA unchanged", "TUMOUR worsened", "MORTALITY worsened"]),
        ("measure:BBB outcome:worsened", ["BBB worsened", "TUMOUR worsened", "MORTALITY worsened"]),
        ("outcome:unchanged", ["ALLODYNIA unchanged", "TUMOUR worsened", "MORTALITY worsened"]),
        ("outcome:improved -measure:PAIN", ["BBB improved", "GAIT improved", "TUMOUR worsened"]),
        ("grafts", ["TUMOUR worsened", "MORTALITY worsened", "BBB worsened"]),
    ],
)
def test_the_findings_that_were_asked_for_come_first_and_harm_next(
    own_backend: Backend, query: str, first: list[str]
) -> None:
    own_backend.write([document(HARMFUL, 3, seq=9)], [], seq=9)
    hit = searcher(own_backend).search(f"{query} pmid:99100011", mode=Mode.LEXICAL).hits[0]
    assert [f"{one.measure} {one.direction}" for one in hit.summary.findings][:3] == first
    assert len(hit.summary.findings) == 6


def test_pages_follow_each_other(backend: Backend) -> None:
    whole = [hit.summary.uid for hit in searcher(backend).search("source:pubmed", limit=5).hits]
    pages = [searcher(backend).search("source:pubmed", limit=2, offset=offset).hits for offset in (0, 2, 4, 6)]
    assert [hit.summary.uid for page in pages for hit in page] == whole
    assert [hit.rank for page in pages for hit in page] == [1, 2, 3, 4, 5]


def test_facets_count_what_is_mentioned_and_nothing_above_it(backend: Backend) -> None:
    facets = searcher(backend).facets("", fields=["species", "kind", "year", "measure", "status"])
    assert {row.name: row.count for row in facets["species"]} == {"rat": 1, "human": 1}
    assert {row.value: row.count for row in facets["kind"]} == {"article": 5, "registration": 1, "press": 1}
    assert {row.value: row.count for row in facets["measure"]} == {"BBB": 2, "ALLODYNIA": 1, "GAIT": 1}
    assert {row.value: row.count for row in facets["status"]} == {
        "current": 5,
        "expression_of_concern": 1,
        "retracted": 1,
    }
    assert {row.value: row.doubtful for row in facets["status"]} == {
        "current": 0,
        "expression_of_concern": 0,
        "retracted": 1,
    }
    only = searcher(backend).facets("species:rat", fields=["species"])
    assert {row.name: row.count for row in only["species"]} == {"rat": 1}


def test_findings_of_a_retracted_paper_are_counted_as_doubtful(empty_backend: Backend) -> None:
    retracted = msgspec.structs.replace(RECORDS[0], status=PublicationStatus.RETRACTED)
    empty_backend.write([document(HARMFUL, 0), document(retracted, 1)], [], seq=1)
    counted = searcher(empty_backend).facets("rats", fields=["finding"])["finding"]
    counts = {row.value: (row.count, row.doubtful) for row in counted}
    assert counts["BBB=improved"] == counts["ALLODYNIA=unchanged"] == (2, 1)
    assert counts["BBB=worsened"] == (1, 0)
    only = searcher(empty_backend).facets("rats is:sound", fields=["finding"])["finding"]
    assert {row.value: (row.count, row.doubtful) for row in only}["BBB=improved"] == (1, 0)


SICI = "10.5555/(SICI)9999-9999(19990101)55:1<1::AID-XY1>3.0.CO;2-1"


@pytest.mark.parametrize("query", [SICI, f"https://doi.org/{SICI}", f"doi:{SICI}", f'"{SICI}"'])
def test_a_doi_with_brackets_of_its_own_finds_its_paper(empty_backend: Backend, query: str) -> None:
    old = msgspec.structs.replace(HARMFUL, identifiers=Identifiers(doi=SICI.lower()))
    empty_backend.write([document(RECORDS[1], 0), document(old, 1)], [], seq=1)
    found = searcher(empty_backend).search(query, mode=Mode.LEXICAL)
    assert [hit.summary.uid for hit in found.hits] == [old.uid]


def test_a_document_is_replaced_whole(own_backend: Backend) -> None:
    changed = article(1, "Now of something else", "And nothing before.")
    own_backend.write([document(changed, 9, seq=9, content_hash=b"two")], [], seq=9)
    assert own_backend.seq == 9
    assert {row.uid: row.content_hash for row in own_backend.rows()}[PUBMED[1]] == b"two"
    assert not searcher(own_backend).search("title:stepping", mode=Mode.LEXICAL).hits
    nearest = own_backend.semantic(None, vector(9), 1)
    assert list(nearest) == [PUBMED[1]]
    assert len(list(own_backend.rows())) == len(DOCUMENTS)


def test_what_is_removed_is_found_no_more(own_backend: Backend) -> None:
    own_backend.write([], [PUBMED[1], "pubmed:0"], seq=9)
    assert PUBMED[1] not in {row.uid for row in own_backend.rows()}
    assert PUBMED[1] not in own_backend.semantic(None, vector(0), 50)
    assert own_backend.vectors(PUBMED[1]) is None
    assert not own_backend.documents([PUBMED[1]])


def test_a_document_without_a_vector_is_found_by_its_words(empty_backend: Backend) -> None:
    bare = [_without_vector(one) for one in DOCUMENTS]
    empty_backend.write(bare, [], seq=8)
    found = searcher(empty_backend).search("stepping", mode=Mode.LEXICAL)
    assert {hit.summary.uid for hit in found.hits} == {PUBMED[1], PRESS}


def test_an_index_without_documents_answers(empty_backend: Backend) -> None:
    assert empty_backend.seq == 0
    assert not searcher(empty_backend).search("", limit=5).hits
    assert not searcher(empty_backend).search("stepping", mode=Mode.LEXICAL).hits
    assert empty_backend.semantic(None, vector(0), 5) == {}
    assert searcher(empty_backend).facets("", fields=["kind"]) == {"kind": []}
    assert not list(empty_backend.rows())


def test_the_body_of_press_is_never_shown(backend: Backend) -> None:
    hit = searcher(backend).search("whole story stepping is:press", mode=Mode.LEXICAL).hits[0]
    assert hit.summary.uid == PRESS
    assert hit.best is None


def test_a_number_alone_is_no_best_sentence() -> None:
    texts = {"abstract": "", "body": "Rats walked again.\n99100001\n10.5555/cw.1"}
    words = frozenset({"99100001", "rat"})
    best = best_sentence(texts, words, words_of, press=False)
    assert best is not None
    assert best.text == "Rats walked again."
    assert best_sentence(texts, frozenset({"99100001"}), words_of, press=False) is None


def test_hostile_questions_are_words(backend: Backend) -> None:
    for text in (
        'AND OR NOT ( ) " : - *',
        "a" * 9_000,
        "\x00 stepping",
        "field:stepping",
        "stepping~1 step*",
        "🐀 ‮ rats",
    ):
        searcher(backend).search(literal(text), mode=Mode.LEXICAL)


def _without_vector(one: IndexDocument) -> IndexDocument:
    import msgspec

    return msgspec.structs.replace(one, embedding=None)


def test_the_shelf_is_what_the_tests_think() -> None:
    assert {record.uid for record in RECORDS} == SHOWN | {PUBMED[7]}


class _Other:
    """Another model than that of the vectors in the index."""

    model_id = "invented 2"
    dimension = 16

    def encode_query(self, text: str) -> NDArray[np.float32]:
        raise AssertionError("its vectors are not comparable")


def test_words_do_while_the_vectors_are_of_another_model(backend: Backend) -> None:
    stale = Searcher(backend, _Other, lambda: LEXICON)
    mode, why = stale.possible("stepping", Mode.HYBRID)
    assert mode is Mode.LEXICAL
    assert "invented 1, the settings name invented 2" in why
    assert "cordwatch index migrate" in why
    assert {hit.summary.uid for hit in stale.search("stepping", mode=mode).hits} == {PUBMED[1], PRESS}
    for query in ("is:press", "NCT99100005"):
        assert stale.possible(query, Mode.HYBRID) == (Mode.HYBRID, "")
        assert stale.search(query, mode=Mode.HYBRID).hits
    assert stale.possible("stepping", Mode.SEMANTIC) == (Mode.SEMANTIC, "")
    with pytest.raises(IndexStaleError) as caught:
        stale.search("stepping", mode=Mode.SEMANTIC)
    assert caught.value.hint == "cordwatch index migrate"
