"""Records of one publication are one hit, whichever sources hold them and however they are chained."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterable, Mapping

import msgspec
import pytest

from index.backend import Backend, StoredDocument
from index.fusion import Fused
from index.publications import each_record, publications
from index.search import Searcher
from records.hit import Summary
from records.identifiers import Identifiers
from records.query import Mode
from records.record import Kind, Record
from tests.index.index_world import LEXICON, article, document


@dataclasses.dataclass
class Shelf:
    """Ranked records, the first best; it counts what is read."""

    summaries: tuple[Summary, ...]
    read: list[str] = dataclasses.field(default_factory=list)

    def ranked(self) -> list[Fused]:
        most = len(self.summaries)
        return [
            Fused(uid=one.uid, score=1 - place / most, lexical_share=0, semantic_share=0)
            for place, one in enumerate(self.summaries)
        ]

    def documents(self, uids: Iterable[str]) -> Mapping[str, StoredDocument]:
        wanted = set(uids)
        self.read += wanted
        return {one.uid: StoredDocument(summary=one, texts={}) for one in self.summaries if one.uid in wanted}


def held(uid: str, **fields: object) -> Summary:
    values: dict[str, object] = {"uid": uid, "kind": "article", "source": uid.partition(":")[0], "title": uid}
    return Summary(**(values | fields))  # type: ignore[arg-type]


def joined(*summaries: Summary, wanted: int = 10) -> list[tuple[str, tuple[str, ...]]]:
    shelf = Shelf(summaries)
    return [(one.document.summary.uid, one.also) for one in publications(shelf.ranked(), shelf.documents, wanted)]


def test_the_record_that_says_most_is_shown_at_the_place_of_the_best() -> None:
    assert joined(
        held("crossref:a", doi="10.5555/a"),
        held("pubmed:2", doi="10.5555/b", pmid="2"),
        held("europepmc:1", doi="10.5555/a", pmid="1"),
        held("pubmed:1", doi="10.5555/a", pmid="1"),
    ) == [("pubmed:1", ("crossref:a", "europepmc:1")), ("pubmed:2", ())]


def test_a_record_may_join_two_that_had_nothing_in_common() -> None:
    assert joined(
        held("crossref:a", doi="10.5555/a"),
        held("import:x"),
        held("pubmed:1", pmid="1"),
        held("europepmc:1", doi="10.5555/a", pmid="1"),
        held("openalex:W1", pmid="1"),
    ) == [("pubmed:1", ("crossref:a", "europepmc:1", "openalex:W1")), ("import:x", ())]


@pytest.mark.parametrize("seed", range(20))
def test_the_order_in_which_they_are_met_does_not_matter(seed: int) -> None:
    chance = random.Random(seed)
    records = [
        held(f"crossref:{n}", doi=f"10.5555/{chance.randrange(4)}", pmid=str(chance.choice(["", 1, 2, 3])))
        for n in range(12)
    ]
    first = {frozenset((uid, *also)) for uid, also in joined(*records, wanted=20)}
    chance.shuffle(records)
    assert {frozenset((uid, *also)) for uid, also in joined(*records, wanted=20)} == first


def test_an_article_is_not_the_registration_of_its_trial() -> None:
    numbers = ("NCT99100001",)
    assert joined(
        held("pubmed:1", pmid="1", registrations=numbers),
        held("clinicaltrials:NCT99100001", kind="registration", registrations=numbers),
        held("ictrp:NCT99100001", kind="registration", registrations=numbers),
    ) == [("pubmed:1", ()), ("clinicaltrials:NCT99100001", ("ictrp:NCT99100001",))]


def test_a_press_story_and_its_copies_are_one() -> None:
    story = ("story:0123",)
    assert joined(
        held("press:a", kind="press", story=story),
        held("press:b", kind="press", story=story),
        held("press:c", kind="press", story=("story:4567",)),
    ) == [("press:a", ("press:b",)), ("press:c", ())]


def test_no_more_is_read_than_the_page_needs() -> None:
    shelf = Shelf(tuple(held(f"pubmed:{n}", pmid=str(n)) for n in range(200)))
    assert len(publications(shelf.ranked(), shelf.documents, 10)) == 10
    assert len(shelf.read) == 15
    assert publications([], shelf.documents, 10) == []


def test_a_record_that_the_index_has_lost_is_passed_over() -> None:
    shelf = Shelf((held("pubmed:1", pmid="1"),))
    ranked = [Fused(uid="pubmed:0", score=2, lexical_share=0, semantic_share=0), *shelf.ranked()]
    assert [one.place.uid for one in publications(ranked, shelf.documents, 10)] == ["pubmed:1"]
    assert [one.place.uid for one in each_record(ranked, shelf.documents)] == ["pubmed:1"]


def test_searching_joins_and_can_be_told_not_to(own_backend: Backend) -> None:
    same = Identifiers(doi="10.5555/invented.same", pmid="99100001")
    stored = msgspec.structs.replace(article(1, "Neural stem cells restore stepping in rats"), identifiers=same)
    other = Record(source="crossref", source_id=same.doi, kind=Kind.ARTICLE, title=stored.title, identifiers=same)
    own_backend.write([document(stored, 0), document(other, 0)], [], seq=9)
    searcher = Searcher(own_backend, _no_encoder, lambda: LEXICON)
    found = searcher.search("title:rats", mode=Mode.LEXICAL)
    assert [(hit.summary.uid, hit.also) for hit in found.hits] == [(stored.uid, (other.uid,))]
    assert found.total == 2
    apart = searcher.search("title:rats", mode=Mode.LEXICAL, records=True)
    assert [(hit.rank, hit.also) for hit in apart.hits] == [(1, ()), (2, ())]
    with searcher.found("title:rats", mode=Mode.LEXICAL) as uids:
        assert list(uids) == [stored.uid]
    assert len(searcher.uids("title:rats", mode=Mode.LEXICAL)) == 2


def test_what_is_similar_is_not_the_same(own_backend: Backend) -> None:
    same = Identifiers(doi="10.5555/invented.same", pmid="99100001")
    stored = msgspec.structs.replace(article(1, "Neural stem cells"), identifiers=same)
    other = Record(source="crossref", source_id=same.doi, kind=Kind.ARTICLE, title=stored.title, identifiers=same)
    own_backend.write([document(stored, 0), document(other, 0)], [], seq=9)
    searcher = Searcher(own_backend, _no_encoder, lambda: LEXICON)
    for uid in (stored.uid, other.uid):
        near = [hit.summary.uid for hit in searcher.similar(uid)]
        assert near
        assert not {stored.uid, other.uid} & set(near)


def _no_encoder() -> None:
    raise AssertionError("a lexical query does not need the model")


def test_a_number_is_looked_for_as_it_is(own_backend: Backend) -> None:
    searcher = Searcher(own_backend, _no_encoder, lambda: LEXICON)
    (hit,) = searcher.search("nct99100005").hits
    assert hit.summary.uid == "clinicaltrials:NCT99100005"
    assert searcher.search("NCT00000000").hits == ()
