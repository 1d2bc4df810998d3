"""What only a server does: versions that cannot go backwards, several writers, an alias that moves, deep pages."""

from __future__ import annotations

import gzip
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec
import numpy as np
import pytest
from elasticsearch import Elasticsearch

from config.settings import IndexSettings
from index.analysis import slots_of, words_of
from index.backend import AT_ONCE, Pages
from index.elasticsearch.backend import ElasticsearchBackend
from index.elasticsearch.mapping import line_of, source_of
from index.elasticsearch.place import ElasticsearchPlace
from index.embedded.place import EmbeddedPlace
from index.query import parse_query
from index.stage import IndexReport, documents_of, rebuild, update
from index.verify import verify_index
from library import Library
from records.errors import IndexForeignError, IndexMissingError, IndexStaleError
from records.record import PublicationStatus
from tests.index.index_world import LEXICON, RECORDS, article, document, embedding, make_library, put, vector
from tests.index.node import Node

WORKER = Path(__file__).with_name("index_worker.py")
KILLS = 10


@pytest.fixture
def place(server: IndexSettings) -> ElasticsearchPlace:
    return ElasticsearchPlace(server)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with make_library(tmp_path) as library:
        yield library


@pytest.fixture
def backend(place: ElasticsearchPlace) -> Iterator[ElasticsearchBackend]:
    with place.open(writable=True) as backend:
        yield backend


def run(library: Library, place: ElasticsearchPlace, *, batch: int = 100) -> IndexReport:
    with place.open(writable=True) as backend:
        return update(library, backend, LEXICON, batch=batch)


def model(place: ElasticsearchPlace) -> str:
    with place.open() as backend:
        return backend.model


def damages(library: Library, place: ElasticsearchPlace) -> list[str]:
    return [f"{damage.uid} {damage.what}".strip() for damage in verify_index(library, place, LEXICON)]


def test_the_index_follows_the_library(library: Library, place: ElasticsearchPlace) -> None:
    with pytest.raises(IndexMissingError):
        place.open()
    run(library, place, batch=3)
    assert damages(library, place) == []
    put(library, article(1, "Another title"))
    with library.transaction() as writer:
        writer.delete("press:ab12", "gone")
    assert "behind" in damages(library, place)[0]
    report = run(library, place, batch=1)
    assert (report.indexed, report.deleted) == (1, 1)
    assert damages(library, place) == []


def test_a_late_write_changes_nothing(backend: ElasticsearchBackend) -> None:
    backend.write([document(article(1, "New"), 1)], ["pubmed:99100002"], seq=9)
    backend.write([document(article(1, "Old"), 1), document(article(2, "Removed since"), 2)], [], seq=5)
    assert backend.seq == 9
    assert {uid: one.summary.title for uid, one in backend.documents(["pubmed:99100001"]).items()} == {
        "pubmed:99100001": "New"
    }
    assert [row.uid for row in backend.rows()] == ["pubmed:99100001"]


def test_a_batch_that_was_cut_off_is_written_again(backend: ElasticsearchBackend) -> None:
    for title in ("Once", "Twice"):
        backend.write([document(article(1, title), 1)], [], seq=3)
    assert backend.documents(["pubmed:99100001"])["pubmed:99100001"].summary.title == "Twice"


def test_what_the_server_never_takes_is_kept_with_its_reason(library: Library, place: ElasticsearchPlace) -> None:
    put(library, msgspec.structs.replace(RECORDS[0], source_id="x" * 600))
    report = run(library, place)
    assert (report.indexed, report.rejected) == (len(RECORDS), 1)
    (kept,) = library.quarantined(source="index")
    assert "512 bytes" in kept.reason
    assert len(damages(library, place)) == 1


def test_the_reason_is_given_in_the_words_of_the_server(backend: ElasticsearchBackend) -> None:
    sound = [document(article(number, "Stepping"), number) for number in (1, 2)]
    longer = msgspec.structs.replace(embedding(vector(1)), vectors=b"\0<" * 20, dimension=20)
    odd = msgspec.structs.replace(document(article(3, "Odd"), 1), embedding=longer)
    (refused,) = backend.write([sound[0], odd, sound[1]], [], seq=3)
    assert refused.uid == "pubmed:99100003"
    assert "document_parsing_exception" in refused.reason
    assert "dimension count [16]" in refused.reason
    assert "indexed without body and vectors" in refused.reason
    assert [row.uid for row in backend.rows()] == [f"pubmed:9910000{number}" for number in (1, 2, 3)]
    assert backend.vectors("pubmed:99100003") is None
    assert backend.seq == 3


def test_a_line_has_the_words_of_a_text_in_their_places() -> None:
    chance = random.Random(5)
    signs = "ab Zß é7α\u3000\u00a0\t\n\x1c\x85\u200b.-/_'日本\U0001d6fc"
    texts = ["", " ", "the", "a cell's α7-receptor, in vitro; the_rest", "x" * 70 + " end", "-- 5 --"]
    texts += ["".join(chance.choices(signs, k=chance.randrange(80))) for _ in range(2_000)]
    for _ in range(2):
        assert [line_of(text) for text in texts] == [" ".join(slots_of(text)) for text in texts]


def test_vectors_arrive_alike_as_numbers_and_packed(server: IndexSettings, backend: ElasticsearchBackend) -> None:
    shelf = [document(article(number, "Stepping"), number) for number in (1, 2)]
    made = [source_of(one, server=version) for one, version in zip(shelf, ((8, 19), (9, 5)), strict=True)]
    assert [type(one["windows"][0]["vector"]) for one in made] == [list, str]
    backend.write(shelf, [], seq=1)
    with Elasticsearch(server.url) as client:
        for one, source in zip(shelf, made, strict=True):
            client.index(index=backend.name, id=one.uid, document=msgspec.to_builtins(source), refresh=True)
    for number, one in enumerate(shelf, start=1):
        assert backend.semantic(None, vector(number), 1) == {one.uid: pytest.approx(1.0, abs=1e-5)}


def test_the_server_cuts_real_texts_into_the_words_of_the_embedded_index(
    shared_data: Path, server: IndexSettings, backend: ElasticsearchBackend
) -> None:
    corpus = shared_data / "retrieval" / "scifact" / "corpus.jsonl.gz"
    if not corpus.is_file():
        pytest.skip(f"no {corpus}")
    with gzip.open(corpus, "rt", encoding="utf-8") as lines:
        texts = [msgspec.json.decode(line)["text"] for line in islice(lines, 1_000)]
    with Elasticsearch(server.url) as client:
        for start in range(0, len(texts), 50):
            asked = [" ".join(slots_of(text)) for text in texts[start : start + 50]]
            told = client.indices.analyze(index=backend.name, field="abstract", text=asked)
            assert [one["token"] for one in told["tokens"]] == [
                word for text in texts[start : start + 50] for word in words_of(text)
            ]


def test_many_writers_at_once_leave_what_one_would(library: Library, place: ElasticsearchPlace, tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def write(batch: int) -> None:
        try:
            with Library.open(tmp_path / "library.sqlite3") as own:
                run(own, place, batch=batch)
        except BaseException as error:
            failures.append(error)
            raise

    run(library, place)
    for number in range(3):
        put(library, *(article(1000 + own, f"Stepping {number} {own}") for own in range(40)))
        threads = [threading.Thread(target=write, args=(batch,)) for batch in (3, 7)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failures
    assert damages(library, place) == []


def test_a_new_version_is_built_beside_the_old_one(library: Library, place: ElasticsearchPlace) -> None:
    run(library, place)
    assert not place.is_stale("invented 1")
    assert place.is_stale("invented 2")
    with library.transaction() as writer:
        for record in RECORDS:
            other = msgspec.structs.replace(embedding(vector(1)), model="invented 2", content_hash=record.uid.encode())
            writer.put_embedding(record.uid, other)
    with pytest.raises(IndexStaleError, match="invented 1, not of invented 2") as caught:
        run(library, place)
    assert "migrate" in caught.value.hint
    with place.begin() as begun:
        begun.write([], [], seq=1)
    assert model(place) == "invented 1"
    with place.begin() as resumed:
        assert resumed.name == begun.name, "an interrupted migration goes on"
    rebuild(library, place, LEXICON)
    assert model(place) == "invented 2"
    assert [version.in_force for version in place.versions()] == [False, True]
    assert damages(library, place) == []
    assert [name[-6:] for name in place.drop_old()] == ["000001"]
    assert [version.documents for version in place.versions()] == [len(RECORDS)]


def joined(pages: Pages) -> dict[str, float]:
    return {uid: score for page in pages for uid, score in page.items()}


def test_pages_beyond_what_the_engine_gives_at_once(backend: ElasticsearchBackend) -> None:
    count = AT_ONCE + 1_500
    one = msgspec.structs.replace(document(article(1, "Stepping"), 1), embedding=None)
    many = [msgspec.structs.replace(one, uid=f"bench:{number}", published=number) for number in range(count)]
    backend.write(many, [], seq=1)
    expected = {f"bench:{number}" for number in range(count)}
    assert {row.uid for row in backend.rows()} == expected
    newest = joined(backend.dated_pages(None, count))
    assert list(newest.items()) == [(f"bench:{number}", number) for number in reversed(range(count))]
    assert joined(backend.lexical_pages(parse_query("stepping").node, count)).keys() == expected


def test_deep_pages_rank_as_the_first_ones_do_over_several_shards(server: IndexSettings) -> None:
    chance = random.Random(3)
    one = document(article(1, "Stepping"), 1)
    titles = [
        " ".join(chance.choices(("stepping", "cord", "rat", "glia"), k=chance.randrange(1, 9))) for _ in range(60)
    ]
    many = [
        msgspec.structs.replace(one, uid=f"bench:{number}", texts={"title": title, "abstract": "", "body": ""})
        for number, title in enumerate(titles)
    ]
    with ElasticsearchPlace(msgspec.structs.replace(server, shards=3)).open(writable=True) as backend:
        backend.write(many, [], seq=1)
        node = parse_query("stepping glia").node
        assert joined(backend.lexical_pages(node, AT_ONCE + 1)) == pytest.approx(backend.lexical(node, AT_ONCE))


def test_what_is_near_beyond_what_the_engine_gives_at_once(
    server: IndexSettings, backend: ElasticsearchBackend, tmp_path: Path
) -> None:
    count = AT_ONCE + 1_500
    chance = np.random.default_rng(1)
    one = document(article(1, "Stepping"), 1)
    many = []
    for number in range(count):
        own = chance.normal(size=16).astype(np.float32)
        near = embedding(own / np.linalg.norm(own)) if number % 10 else None
        kind = ("article",) if number % 2 else ("press",)
        named = {"uid": f"bench:{number}", "embedding": near, "keywords": {**one.keywords, "is": kind}}
        many.append(msgspec.structs.replace(one, **named))
    with EmbeddedPlace(tmp_path / "index").open(writable=True) as embedded:
        for own_backend in (embedded, backend):
            own_backend.write(many, [], seq=1)
        for query in ("stepping", "is:press"):
            node = parse_query(query).node
            wanted, found = (joined(one.semantic_pages(node, vector(1), count)) for one in (embedded, backend))
            assert len(found) == {"stepping": count * 9 // 10, "is:press": 4_600}[query]
            assert found == {uid: pytest.approx(cosine, abs=1e-6) for uid, cosine in wanted.items()}


def test_a_retraction_that_the_server_refuses_is_told_all_the_same(library: Library, place: ElasticsearchPlace) -> None:
    run(library, place)
    paper = article(1, "RETRACTED: Neural stem cells", "word " * 900_000, status=PublicationStatus.RETRACTED)
    put(library, paper)
    assert run(library, place).rejected == 1
    with place.open() as backend:
        assert paper.uid in backend.newest(parse_query("is:retracted").node, 10)
        shown = backend.documents([paper.uid])[paper.uid]
        assert (shown.summary.status, shown.texts["abstract"]) == ("retracted", "")
        assert backend.vectors(paper.uid) is None
    (kept,) = library.quarantined(source="index")
    assert "indexed without body and vectors" in kept.reason
    (found,) = verify_index(library, place, LEXICON)
    assert (found.uid, found.mend) == (paper.uid, "cordwatch quarantine --source index")
    rebuild(library, place, LEXICON)
    assert [damage.mend for damage in verify_index(library, place, LEXICON)] == [found.mend]


def test_of_what_is_refused_whole_nothing_older_stays(backend: ElasticsearchBackend) -> None:
    backend.write([document(article(1, "Sound"), 1)], [], seq=1)
    later = document(article(1, "RETRACTED"), 1)
    (refused,) = backend.write([msgspec.structs.replace(later, published=2**70)], [], seq=2)
    assert "not in the index" in refused.reason
    assert list(backend.rows()) == []
    assert backend.seq == 2


def test_what_is_refused_is_kept_before_the_index_counts_as_having_read_it(
    library: Library, place: ElasticsearchPlace
) -> None:
    put(library, article(60, "Long", "word " * 900_000))
    seen: list[tuple[int, str]] = []
    with place.open(writable=True) as backend:
        documents, _ = documents_of(library, LEXICON, ["pubmed:99100060"])
        backend.write(documents, [], seq=5, refused=lambda some: seen.extend((backend.seq, one.uid) for one in some))
        assert (seen, backend.seq) == ([(0, "pubmed:99100060")], 5)


def test_two_libraries_do_not_share_an_index(
    library: Library, place: ElasticsearchPlace, server: IndexSettings, tmp_path: Path
) -> None:
    run(library, place)
    (tmp_path / "other").mkdir()
    with make_library(tmp_path / "other", article(11, "Of another library")) as other:
        for write in (lambda: run(other, place), lambda: rebuild(other, place, LEXICON)):
            with pytest.raises(IndexForeignError, match="belongs to another library") as caught:
                write()
            assert "index.prefix" in caught.value.hint
        assert damages(other, place) == ["the index belongs to another library"]
        assert damages(library, place) == []
    library.backup(tmp_path / "copy.sqlite3")
    with Library.open(tmp_path / "copy.sqlite3") as copy:
        put(copy, article(12, "A copy goes on where its library was"))
        assert run(copy, place).indexed == 1


def test_verify_sees_what_was_changed_on_the_server(
    library: Library, place: ElasticsearchPlace, server: IndexSettings, node: Node
) -> None:
    run(library, place)
    name = place.versions()[0].name
    source = node.call("GET", f"/{name}/_doc/pubmed:99100004")["_source"]
    assert isinstance(source, dict)
    del source["kept"]["summary"]["status"]
    written = node.call("GET", f"/{name}/_doc/pubmed:99100004")["_version"]
    forged = f"/{name}/_doc/pubmed:99100004?refresh=true&version_type=external_gte&version={written}"
    node.call("PUT", forged, source)
    same = node.call("GET", f"/{name}/_doc/pubmed:99100001")["_source"]
    node.call("PUT", f"/{name}/_doc/pubmed:99100001?refresh=true", same)
    node.call("PUT", f"/{name}/_doc/foreign?refresh=true", {"published": 3})
    node.call("PUT", f"/{name}/_doc/foreign-2?refresh=true", {"uid": "foreign-2", "content_hash": "no digest"})
    assert damages(library, place) == [
        "foreign-2 in the index, but not by Cordwatch",
        "pubmed:99100001 changed on the server by something else",
        "pubmed:99100004 what the index shows of it is not what the library says",
        "foreign in the index, but not by Cordwatch",
    ]
    rebuild(library, place, LEXICON)
    assert damages(library, place) == []


def test_verify_sees_what_is_found_by_other_words_than_the_library_says(
    library: Library, place: ElasticsearchPlace
) -> None:
    with place.open(writable=True) as backend:
        documents, _ = documents_of(library, LEXICON, [record.uid for record in RECORDS])
        odd = msgspec.structs.replace(documents[3], keywords={**documents[3].keywords, "is": ("article", "sound")})
        backend.write([*documents[:3], odd, *documents[4:]], [], seq=library.last_seq())
    assert damages(library, place) == ["pubmed:99100004 it is not found by what the library says"]


@pytest.mark.slow
def test_killed_at_any_moment_it_ends_the_same(
    library: Library, place: ElasticsearchPlace, server: IndexSettings, tmp_path: Path
) -> None:
    chance = random.Random(KILLS)
    run(library, place)
    killed = 0
    while killed < KILLS:
        put(library, *(article(1000 + chance.randrange(200), f"Stepping {killed} {own}") for own in range(40)))
        with library.transaction() as writer:
            writer.delete(f"pubmed:9910{1000 + chance.randrange(200)}", "gone")
        worker = subprocess.Popen([sys.executable, str(WORKER), str(tmp_path), server.url, server.prefix])
        try:
            assert worker.wait(timeout=chance.uniform(0.5, 1.8)) == 0
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
            killed += 1
    run(library, place)
    assert damages(library, place) == []
