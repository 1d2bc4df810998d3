"""What was committed stays, what was not leaves no trace: kills, two writers, a full disk, damaged files."""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from library import Library
from library.verify import verify_library
from records.errors import LibraryBusyError, LibraryError
from tests.library.shelf import article, everything, put, work

KILLS = int(os.environ.get("CORDWATCH_TEST_KILLS", "24"))
WORKER = Path(__file__).with_name("library_worker.py")
ENDLESS = 1_000_000


@contextmanager
def worker(path: Path, name: str, count: int = ENDLESS) -> Iterator[subprocess.Popen[str]]:
    """The worker in a process of its own."""
    command = [sys.executable, str(WORKER), str(path), name, str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process


def contents(library: Library) -> dict[str, object]:
    """Everything in it but for the times at which it came."""
    records = [(one.record, one.version, one.seq, one.deleted) for one in everything(library)]
    return {
        "records": records,
        "history": [[past.record for past in library.history(record.uid)] for record, *_ in records],
        "annotations": library.annotations(record.uid for record, *_ in records),
        "changes": library.changes(0, limit=ENDLESS),
        "watermarks": library.watermarks(),
    }


@pytest.mark.slow
def test_killed_at_any_moment_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    path, chance = tmp_path / "library.sqlite3", random.Random(11)
    committed = 0
    for _ in range(KILLS):
        with worker(path, "one") as process:
            assert process.stdout is not None
            # Not before the library is open; then anywhere within a few transactions.
            for _ in range(chance.randint(1, 4)):
                committed = int(process.stdout.readline())
            try:
                process.wait(chance.uniform(0, 0.03))
            except subprocess.TimeoutExpired:
                process.kill()
            said = process.stdout.read().split()
        assert process.returncode == -9
        committed = int(said[-1]) if said else committed
        with Library.open(path, create=False) as library:
            assert library.watermark("one") in (committed, committed + 1)
            assert list(verify_library(library)) == []
    with Library.open(path, create=False) as library, Library.open(tmp_path / "other.sqlite3") as other:
        reached = library.watermark("one")
        work(other.path, "one", reached)
        assert contents(library) == contents(other)


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    path, count = tmp_path / "library.sqlite3", 30
    with worker(path, "one", count) as one, worker(path, "two", count) as two:
        assert [one.communicate()[0], two.communicate()[0]] == ["".join(f"{n}\n" for n in range(1, count + 1))] * 2
    with Library.open(path) as library, Library.open(tmp_path / "alone.sqlite3") as alone:
        work(alone.path, "one", count)
        assert library.watermarks() == {"one": count, "two": count}
        assert library.last_seq() == 2 * alone.last_seq()
        own = [record for record in everything(library) if record.uid.startswith("pubmed:one")]
        assert [one.record for one in own] == [one.record for one in everything(alone)]
        assert list(verify_library(library)) == []


def test_a_writer_waits_no_longer_than_it_may(library: Library) -> None:
    put(library, article(1))
    with (
        Library.open(library.path, busy_timeout_s=0.05) as other,
        library.transaction() as writer,
    ):
        writer.put(article(2), content=b"", media_type="")
        with pytest.raises(LibraryBusyError, match="another process") as caught:
            put(other, article(3))
        assert "busy_timeout_s" in caught.value.hint
        assert [record.uid for record in everything(other)] == ["pubmed:99200001"]
    assert [record.uid for record in everything(library)] == ["pubmed:99200001", "pubmed:99200002"]


def test_a_full_database_says_so_and_stays_sound(library: Library) -> None:
    put(library, article(1))
    with library.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    with pytest.raises(LibraryError, match=r"no space left.*this batch was not kept"):
        put(library, *(article(number, incompressible(number)) for number in range(2, 400)))
    with library.reading() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    assert (list(library.iter_uids()), library.last_seq()) == (["pubmed:99200001"], 1)
    assert list(verify_library(library)) == []
    assert put(library, article(2))


def test_a_disk_that_takes_no_more_says_so_and_the_library_stays_sound(library: Library) -> None:
    put(library, article(1))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        with pytest.raises(LibraryError, match=r"could not be read or written.*this batch was not kept") as caught:
            put(library, *(article(number, incompressible(number)) for number in range(2, 4_000)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "space" in caught.value.hint
    assert (list(library.iter_uids()), library.last_seq()) == (["pubmed:99200001"], 1)
    assert list(verify_library(library)) == []
    assert put(library, article(2))


def incompressible(number: int) -> str:
    """A title that cannot be made small."""
    return random.Random(number).randbytes(300).hex()


@pytest.mark.parametrize("content", [b"not a database, but long enough to be one " * 200, b"<html></html>"])
def test_a_file_that_is_no_library_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "library.sqlite3"
    path.write_bytes(content)
    with pytest.raises(LibraryError, match="not a database"), Library.open(path):
        pass
    assert path.read_bytes() == content


def test_a_library_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="there is no library"), Library.open(tmp_path / "none", create=False):
        pass
    assert not (tmp_path / "none").exists()


def test_a_file_cut_short_is_told(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite3"
    with Library.open(path) as library:
        put(library, *(article(number) for number in range(500)))
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    with pytest.raises(LibraryError, match="malformed") as caught, Library.open(path) as library:
        list(everything(library))
    assert "backup" in caught.value.hint
