"""Many hits: in the order, with the scores and as the publications that few would have, in constant memory."""

from __future__ import annotations

import random
import resource
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from index.backend import AT_ONCE, Backend, StoredDocument
from index.document import IndexDocument
from index.fusion import fuse, ordered, single
from index.lists import Lists
from index.publications import publications
from index.ranking import Ranking
from index.search import Searcher
from index.threshold import Threshold
from records.errors import IndexRoomError
from records.hit import Summary
from records.query import Mode
from tests.index import export_memory
from tests.index.index_world import LEXICON, MODEL, article, document, embedding

SOURCES = ("crossref", "pubmed", "press", "europepmc")
REPOSITORY = Path(__file__).resolve().parents[2]
MEASURE = [sys.executable, "-m", "tests.index.export_memory"]
SEED = pytest.mark.parametrize("seed", range(20))


def lists_of(chance: random.Random) -> list[dict[str, float]]:
    """Two lists with ties, each of a part of the same records."""
    uids = [f"{chance.choice(SOURCES)}:{number}" for number in range(60)]
    return [
        {uid: chance.choice([0.0, 0.25, chance.random()]) for uid in chance.sample(uids, chance.choice([0, 1, 40]))}
        for _ in range(2)
    ]


def pages(scores: Mapping[str, float]) -> Iterator[dict[str, float]]:
    for uid in sorted(scores):
        yield {uid: scores[uid]}


def shelf(uids: Iterable[str], chance: random.Random) -> Callable[[Iterable[str]], dict[str, StoredDocument]]:
    """Documents that share numbers with each other; one in ten is lost."""
    held = {
        uid: Summary(
            uid=uid,
            kind="article",
            source=uid.partition(":")[0],
            title=uid,
            doi=f"10.5555/{chance.randrange(40)}",
            pmid=str(chance.choice(["", chance.randrange(60)])),
        )
        for uid in sorted(uids)
        if chance.random() < 0.9
    }
    return lambda wanted: {uid: StoredDocument(summary=held[uid], texts={}) for uid in wanted if uid in held}


@SEED
@pytest.mark.parametrize("fused", [True, False])
def test_the_order_is_that_of_few(seed: int, fused: bool) -> None:
    lexical, semantic = lists_of(random.Random(seed))
    if not fused:
        semantic = {}
    expected = fuse(lexical, semantic) if fused else ordered(lexical, semantic, single)
    with Ranking() as ranking:
        ranking.add_lexical(pages(lexical), 100)
        ranking.add_semantic(pages(semantic), 100)
        ranking.arrange(fused=fused)
        assert list(ranking.uids(100)) == [one.uid for one in expected]
        read = shelf([one.uid for one in expected], random.Random(seed))
        page = ranking.page(3, 20, read, records=True)
        assert [one.place for one in page.found] == [one for one in expected[3:23] if read([one.uid])]
        assert page.words == bool(lexical)


@SEED
def test_of_a_list_that_is_too_long_the_best_are_kept(seed: int) -> None:
    scores, _ = lists_of(random.Random(seed))
    best = dict(sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:7])
    with Ranking() as ranking:
        ranking.add_lexical(pages(scores), 7)
        ranking.arrange(fused=True)
        assert list(ranking.uids(100)) == [one.uid for one in fuse(best, {})]


@SEED
def test_records_are_joined_as_those_of_few_are(seed: int) -> None:
    chance = random.Random(seed)
    lexical, semantic = lists_of(chance)
    ranked = fuse(lexical, semantic)
    read = shelf([one.uid for one in ranked], chance)

    def summaries(uids: Iterable[str]) -> dict[str, Summary]:
        return {uid: one.summary for uid, one in read(uids).items()}

    for wanted in (None, 1, 5, 8):
        with Ranking() as ranking:
            ranking.add_lexical(pages(lexical), 100)
            ranking.add_semantic(pages(semantic), 100)
            ranking.arrange(fused=True)
            ranking.join(summaries, wanted=wanted)
            end = wanted or 100
            expected = publications(ranked, read, end)
            for offset in (0, end // 2):
                assert ranking.page(offset, end - offset, read, records=False).found == expected[offset:]
            if wanted is None:
                shown = [one.document.summary.uid for one in expected]
                assert [list(ranking.shown(limit)) for limit in (4, 100)] == [shown[:4], shown]


def test_what_two_lists_of_places_hold_counts_once() -> None:
    first, second = {"pubmed:3": 9.0, "pubmed:1": 8.0}, {"pubmed:1": 3.0, "pubmed:2": 3.0, "pubmed:0": 1.0}
    order = ["pubmed:3", "pubmed:1", "pubmed:2", "pubmed:0"]
    for fused in (True, False):
        for limit in (1, 3, 9):
            with Ranking() as ranking:
                ranking.arrange_placed([pages(first), pages(second)], limit, fused=fused)
                few = Lists(lexical={uid: 1.0 - place / len(order[:limit]) for place, uid in enumerate(order[:limit])})
                page = ranking.page(0, 9, shelf_of_all, records=True)
                assert [one.place for one in page.found] == few.ranked(Mode.HYBRID if fused else Mode.LEXICAL)
                assert page.lexical == few.lexical


def shelf_of_all(uids: Iterable[str]) -> dict[str, StoredDocument]:
    return {
        uid: StoredDocument(summary=Summary(uid=uid, kind="article", source="pubmed", title=uid), texts={})
        for uid in uids
    }


@SEED
def test_none_of_the_best_is_passed_over(seed: int) -> None:
    chance = np.random.default_rng(seed)
    scores = (chance.normal(size=3_000) * 10.0 ** chance.integers(-3, 3)).astype(np.float32)
    scores[chance.integers(0, 3_000, 900)] = scores[0]
    threshold, passed = Threshold(250), np.empty(0, dtype=np.float32)
    for part in np.split(scores, 30):
        passed = np.r_[passed, part[threshold.passing(part)]]
    assert np.array_equal(np.sort(passed)[-250:], np.sort(scores)[-250:])
    assert len(passed) < len(scores)


def test_no_file_is_left_whatever_happens() -> None:
    with Ranking() as ranking:
        ranking.add_lexical([{f"pubmed:{number}": number for number in range(100_000)}], 100_000)
        ranking.arrange(fused=True)
        assert list(ranking.uids(1)) == ["pubmed:99999"]
        assert opened(), "what is not in memory is in a file without a name, which is gone with the process"
    assert opened() == []


def opened() -> list[Path]:
    """The files of SQLite's that this process holds open and that have no name any more."""
    held = [entry.readlink() for entry in Path("/proc/self/fd").iterdir() if entry.is_symlink()]
    return [path for path in held if path.name.startswith("etilqs_") and path.name.endswith("(deleted)")]


def test_a_full_disk_is_told() -> None:
    kept = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, kept[1]))
    try:
        with Ranking() as ranking, pytest.raises(IndexRoomError, match="no room") as caught:
            ranking.add_lexical([{f"pubmed:{number}": number for number in range(200_000)}], 200_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, kept)
    assert "SQLITE_TMPDIR" in caught.value.hint


class Compass:
    """A model for which every question points the same way."""

    model_id = MODEL

    def encode_query(self, text: str) -> NDArray[np.float32]:
        return towards(1.0)


def towards(cosine: float) -> NDArray[np.float32]:
    found = np.zeros(16, dtype=np.float32)
    found[0], found[1] = cosine, (1.0 - cosine**2) ** 0.5
    return found


def many_documents(count: int) -> Iterator[IndexDocument]:
    """Papers, a third of them held by two sources, with few different texts, days and vectors: ties abound."""
    chance = random.Random(5)
    words = ("stepping", "cord", "rat", "glia")
    models = [document(article(number, " ".join(chance.choices(words, k=1 + number % 6))), 0) for number in range(40)]
    for number in range(count):
        one, paper = models[chance.randrange(40)], number - (number % 3 == 2)
        source = "crossref" if number % 3 == 1 else "pubmed"
        uid = f"{source}:{number}"
        yield msgspec.structs.replace(
            one,
            uid=uid,
            published=20_200_101 + chance.randrange(20),
            embedding=embedding(towards(chance.randrange(60) / 64)) if number % 10 else None,
            summary=msgspec.structs.replace(one.summary, uid=uid, source=source, pmid=str(paper)),
        )


def test_many_are_answered_as_few_are(empty_backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.embedded.slices.SLICE", 250)
    empty_backend.write(list(many_documents(1_200)), [], seq=1_200)
    searcher = Searcher(empty_backend, Compass, lambda: LEXICON)
    for query, mode in (*(("rat stepping kind:article", mode) for mode in Mode), ("kind:article", Mode.HYBRID)):
        few = searcher.search(query, mode=mode, limit=AT_ONCE, explain=True)
        many = searcher.search(query, mode=mode, limit=AT_ONCE + 1, explain=True)
        assert [(hit.summary.uid, hit.also) for hit in many.hits] == [(hit.summary.uid, hit.also) for hit in few.hits]
        assert [hit.score for hit in many.hits] == pytest.approx([hit.score for hit in few.hits], abs=1e-5)
        assert [hit.explanation is None for hit in many.hits] == [False] * len(few.hits)
        assert (many.total, many.words_found) == (few.total, few.words_found)
        assert len(few.hits) > 200
        for limit in (AT_ONCE, AT_ONCE + 1):
            with searcher.found(query, mode=mode, limit=limit) as uids:
                assert list(uids) == list(uids) == [hit.summary.uid for hit in few.hits]
        assert searcher.uids(query, mode=mode, limit=AT_ONCE) == searcher.uids(query, mode=mode, limit=AT_ONCE + 1)


@pytest.mark.parametrize("records", [True, False])
def test_pages_neither_overlap_nor_leave_anything_out(
    empty_backend: Backend, monkeypatch: pytest.MonkeyPatch, records: bool
) -> None:
    monkeypatch.setattr("index.lists._DEPTHS", (20, 80, 300))
    monkeypatch.setattr("index.lists.AT_ONCE", 300)
    monkeypatch.setattr("index.search.AT_ONCE", 300)
    empty_backend.write(list(many_documents(500)), [], seq=500)
    searcher = Searcher(empty_backend, Compass, lambda: LEXICON)

    def shown(offset: int, limit: int) -> list[str]:
        """What a page shows; the record that shows a publication may be another where more of its records are met."""
        found = searcher.search("rat stepping kind:article", offset=offset, limit=limit, records=records)
        return [hit.summary.uid if records else hit.summary.pmid for hit in found.hits]

    whole = shown(0, 500)
    assert len(set(whole)) == len(whole) > 320
    assert [one for offset in range(0, 500, 10) for one in shown(offset, 10)] == whole


def test_memory_does_not_grow_with_the_hits(tmp_path: Path) -> None:
    export_memory.fill(tmp_path, 60_000)
    answer = subprocess.run([*MEASURE, str(tmp_path)], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    of_filters, of_all_filters, of_words, of_all_words = msgspec.json.decode(answer.stdout, type=list[int])
    assert of_all_filters - of_filters < 3_000
    assert of_all_words - of_words < 3_000
