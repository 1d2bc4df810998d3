"""The index stage: it follows the library, whatever ends it in between, and `verify` sees where it has not."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from index.embedded import EmbeddedBackend
from index.embedded.place import EmbeddedPlace
from index.search import Searcher
from index.stage import rebuild, update
from index.verify import verify_index
from library import Library
from library.lock import LockedError
from records.errors import IndexDamagedError, IndexForeignError, IndexMissingError, IndexStaleError
from records.identifiers import Identifiers
from records.query import Mode
from records.record import Kind, PublicationStatus, Relation, RelationType
from tests.index.index_world import DIMENSION, LEXICON, RECORDS, article, embedding, make_library, put, vector

KILLS = int(os.environ.get("CORDWATCH_TEST_KILLS", "24"))
WORKER = Path(__file__).with_name("index_worker.py")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = make_library(tmp_path)
    yield library
    library.close()


def run(library: Library, path: Path, *, batch: int = 3) -> None:
    with EmbeddedBackend.open(path, writable=True) as backend:
        update(library, backend, LEXICON, batch=batch)


def found(path: Path, query: str) -> set[str]:
    searcher = Searcher(EmbeddedBackend.open(path), lambda: pytest.fail("no model is needed"), lambda: LEXICON)
    return {hit.summary.uid for hit in searcher.search(query, mode=Mode.LEXICAL, limit=10_000, records=True).hits}


def damages(library: Library, path: Path) -> list[str]:
    return [f"{damage.uid} {damage.what}".strip() for damage in verify_index(library, EmbeddedPlace(path), LEXICON)]


def test_a_new_index_writes_each_record_once(library: Library, tmp_path: Path) -> None:
    with EmbeddedBackend.open(tmp_path / "index", writable=True) as backend:
        report = update(library, backend, LEXICON, batch=1)
    assert library.last_seq() > len(RECORDS)
    assert report.indexed == len(RECORDS)
    assert damages(library, tmp_path / "index") == []


def test_the_index_follows_the_library(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "index"
    run(library, path)
    assert damages(library, path) == []
    assert found(path, "stepping") == {"pubmed:99100001", "press:ab12"}
    put(library, msgspec.structs.replace(RECORDS[0], status=PublicationStatus.RETRACTED))
    with library.transaction() as writer:
        writer.delete("press:ab12", "gone")
    assert damages(library, path) == ["the index is 2 changes behind the library"]
    run(library, path)
    assert found(path, "stepping") == {"pubmed:99100001"}
    assert found(path, "stepping -retracted") == set()
    assert damages(library, path) == []


def test_nothing_new_writes_nothing(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "index"
    run(library, path)
    before = {file: file.stat().st_mtime_ns for file in path.glob("*/**/*") if file.is_file()}
    run(library, path)
    assert {file: file.stat().st_mtime_ns for file in path.glob("*/**/*") if file.is_file()} == before


def test_vectors_of_two_models_never_mix(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "index"
    run(library, path)
    with library.transaction() as writer:
        other = msgspec.structs.replace(embedding(vector(1)), model="invented 2", content_hash=b"other")
        writer.put_embedding("pubmed:99100001", other)
    with pytest.raises(IndexStaleError, match="invented 1, not of invented 2") as caught:
        run(library, path)
    assert "rebuild" in str(caught.value.hint)


def test_a_library_older_than_its_index_is_refused(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "index"
    library.backup(tmp_path / "older.sqlite3")
    put(library, article(11, "One more"))
    run(library, path)
    with Library.open(tmp_path / "older.sqlite3") as older:
        with pytest.raises(IndexStaleError, match="ends at"):
            run(older, path)
        (ahead,) = verify_index(older, EmbeddedPlace(path), LEXICON)
        assert ("2 changes ahead" in ahead.what, ahead.mend) == (True, "cordwatch rebuild")


def test_an_index_of_another_library_is_refused_and_rebuild_takes_it_over(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "index"
    run(library, path)
    (tmp_path / "other").mkdir()
    with make_library(tmp_path / "other", *RECORDS, article(12, "Of the other")) as other:
        with pytest.raises(IndexForeignError, match="belongs to another library") as caught:
            run(other, path)
        assert "index.path" in caught.value.hint
        assert damages(other, path) == ["the index belongs to another library"]
        assert damages(library, path) == []
        rebuild(other, EmbeddedPlace(path), LEXICON)
        assert damages(other, path) == []


def test_a_library_keeps_its_id_and_so_does_its_copy(library: Library, tmp_path: Path) -> None:
    library.backup(tmp_path / "copy.sqlite3")
    with Library.open(tmp_path / "copy.sqlite3") as copy, Library.open(tmp_path / "other.sqlite3") as other:
        assert copy.id == library.id
        assert other.id != library.id


def test_two_writers_do_not_write_at_once(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "index"
    run(library, path)
    put(library, article(11, "One more"))
    with EmbeddedBackend.open(path, writable=True):
        with pytest.raises(LockedError, match="another process writes the index"):
            run(library, path)
        assert found(path, "stepping") == {"pubmed:99100001", "press:ab12"}
    run(library, path)
    assert damages(library, path) == []


def test_readers_keep_what_they_opened(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "index"
    run(library, path)
    reader = Searcher(EmbeddedBackend.open(path), lambda: pytest.fail("no model is needed"), lambda: LEXICON)
    put(library, *(article(number, f"Another on stepping {number}") for number in range(20, 60)))
    run(library, path)
    rebuild(library, EmbeddedPlace(path), LEXICON)
    assert len(reader.search("stepping", mode=Mode.LEXICAL, limit=100).hits) == 2
    assert len(found(path, "stepping")) == 42


def test_verify_names_every_disagreement(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "index"
    run(library, path)
    with EmbeddedBackend.open(path, writable=True) as backend:
        backend.write([], ["pubmed:99100001"], seq=backend.seq)
    with make_library(tmp_path / "other", msgspec.structs.replace(RECORDS[1], title="Another version")) as other:
        put(other, article(77, "Not in this library"))
        with EmbeddedBackend.open(path, writable=True) as backend:
            seq = backend.seq
            backend.write(_documents(other), [], seq=seq)
    assert damages(library, path) == [
        "pubmed:99100001 missing from the index",
        "pubmed:99100002 another version in the index",
        "pubmed:99100077 in the index, but not in the library",
    ]
    rebuild(library, EmbeddedPlace(path), LEXICON)
    assert damages(library, path) == []


def _documents(library: Library) -> list[object]:
    from index.document import make_document

    stored = library.get_many(list(library.iter_uids()))
    return [make_document(one, None, library.embedding(uid), LEXICON, seq=1) for uid, one in stored.items()]


def test_verify_finds_a_flipped_byte_in_any_file_and_rebuild_mends(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "index"
    run(library, path)
    files = [file for file in path.glob("*/*/*") if "." in file.name and file.suffix not in (".json", ".lock")]
    assert len(files) > 10
    for file in files:
        sound = file.read_bytes()
        if not sound:
            continue
        place = random.Random(file.name).randrange(len(sound))
        file.write_bytes(sound[:place] + bytes([sound[place] ^ 0x10]) + sound[place + 1 :])
        assert any(file.name in line for line in damages(library, path)), file.name
        file.write_bytes(sound)
    files[0].write_bytes(b"\0")
    rebuild(library, EmbeddedPlace(path), LEXICON)
    assert damages(library, path) == []


@pytest.mark.parametrize("victim", ["CURRENT", "tantivy/meta.json", "vectors/manifest.json"])
def test_a_broken_pointer_is_reported_and_rebuild_mends(library: Library, tmp_path: Path, victim: str) -> None:
    path = tmp_path / "index"
    run(library, path)
    broken = path / victim if victim == "CURRENT" else next(path.glob(f"*/{victim}"))
    broken.write_bytes(b"{nonsense")
    with pytest.raises(IndexDamagedError) as caught:
        EmbeddedBackend.open(path)
    assert "rebuild" in str(caught.value.hint)
    assert len(caught.value.message) < 400, "it says what is wrong, and does not print the file"
    assert damages(library, path)
    rebuild(library, EmbeddedPlace(path), LEXICON)
    assert damages(library, path) == []


def test_there_is_no_index(library: Library, tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError):
        EmbeddedBackend.open(tmp_path / "nowhere")
    assert damages(library, tmp_path / "nowhere")


@pytest.mark.slow
def test_killed_at_any_moment_it_ends_the_same(tmp_path: Path) -> None:
    """Records are put, changed and removed while the stage is killed and begun again."""
    chance = random.Random(KILLS)
    path, killed, number = tmp_path / "index", 0, 0
    with make_library(tmp_path) as library:
        length = _length(tmp_path, library)
        while killed < KILLS:
            number += 1
            put(library, *(article(1000 + chance.randrange(400), f"Stepping {number} {word}") for word in range(60)))
            with library.transaction() as writer:
                writer.delete(f"pubmed:9910{1000 + chance.randrange(400)}", "gone")
            killed += _run_and_kill(tmp_path, chance.uniform(0.1, length))
        run(library, path, batch=50)
        assert damages(library, path) == []
        rebuild(library, EmbeddedPlace(tmp_path / "undisturbed"), LEXICON)
        for query in ("stepping", "", "is:retracted", "title:stepping year:2021.."):
            assert found(path, query) == found(tmp_path / "undisturbed", query)
        with EmbeddedBackend.open(path) as one, EmbeddedBackend.open(tmp_path / "undisturbed") as other:
            for place in range(DIMENSION):
                near = [backend.semantic(None, vector(place), 500) for backend in (one, other)]
                assert near[0] == near[1]


def _length(folder: Path, library: Library) -> float:
    put(library, *(article(1000 + number, f"Stepping {number}") for number in range(60)))
    began = time.monotonic()
    assert not _run_and_kill(folder, 60.0)
    return time.monotonic() - began


def _run_and_kill(folder: Path, after: float) -> bool:
    """Whether the kill came before the end."""
    worker = subprocess.Popen([sys.executable, str(WORKER), str(folder)], cwd=WORKER.parents[2])
    try:
        status = worker.wait(timeout=after)
    except subprocess.TimeoutExpired:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        return True
    assert status == 0
    return False


def test_a_retraction_that_another_register_knows_is_found(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "index"
    paper = article(77, "Elsewhere", published=None, identifiers=Identifiers(doi="10.5555/elsewhere"))
    put(library, paper)
    run(library, path)
    assert "pubmed:99100077" not in found(path, "is:retracted")
    known = msgspec.structs.replace(paper, source="retractionwatch", status=PublicationStatus.RETRACTED)
    put(library, known)
    run(library, path)
    assert {"pubmed:99100077", "retractionwatch:99100077"} <= found(path, "is:retracted")
    assert damages(library, path) == []


def test_what_is_about_a_retracted_paper_says_so_and_can_be_left_out(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "index"
    named = (Relation(type=RelationType.PREPRINT_OF, target="doi:10.5555/elsewhere"),)
    preprint = article(78, "Early", kind=Kind.PREPRINT, relations=named, identifiers=Identifiers(doi="10.5555/early"))
    put(library, preprint, article(77, "Elsewhere", identifiers=Identifiers(doi="10.5555/elsewhere")))
    run(library, path)
    assert "pubmed:99100078" not in found(path, "is:doubtful")
    retracted = article(
        77, "Elsewhere", identifiers=Identifiers(doi="10.5555/elsewhere"), status=PublicationStatus.RETRACTED
    )
    put(library, retracted)
    run(library, path)
    assert {"pubmed:99100078", "pubmed:99100077"} <= found(path, "is:doubtful")
    with EmbeddedBackend.open(path) as backend:
        summary = backend.documents(["pubmed:99100078"])["pubmed:99100078"].summary
    assert (summary.caution, summary.unreliable) == ("preprint of a RETRACTED paper", "preprint of a RETRACTED paper")
    assert damages(library, path) == []
