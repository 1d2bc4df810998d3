"""What the library knows and the index does not yet is said with every answer, and no hit hides a retraction."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from cli.main import run
from index.embedded.place import EmbeddedPlace
from index.stage import update
from library import Library
from records.record import PublicationStatus
from tests.index.index_world import LEXICON, RECORDS, make_library, put

UID = RECORDS[0].uid
RETRACTED = msgspec.structs.replace(RECORDS[0], status=PublicationStatus.RETRACTED)
BEHIND = "the index is 1 change behind the library. try: cordwatch index"
Ask = Callable[..., tuple[str, str]]


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Arguments → what is printed, and what is said beside it, about a small world that is indexed."""
    with make_library(tmp_path) as library, EmbeddedPlace(tmp_path / "index").open(writable=True) as backend:
        update(library, backend, LEXICON)

    def asked(*arguments: str) -> tuple[str, str]:
        assert run(["--home", str(tmp_path), *arguments]) == 0
        told = capsys.readouterr()
        return told.out, told.err

    return asked


def shown(answer: str) -> dict[str, dict[str, str]]:
    """Uid → summary of the hits of an answer in JSON."""
    return {hit["summary"]["uid"]: hit["summary"] for hit in json.loads(answer)["hits"]}


def change(folder: Path, *, removed: bool = False) -> None:
    """The first record is retracted, or removed; the index is not told."""
    with Library.open(folder / "library.sqlite3") as library:
        if not removed:
            return put(library, RETRACTED, embed=False)
        with library.transaction() as writer:
            assert writer.delete(UID, "gone")
    return None


def search(ask: Ask) -> tuple[dict[str, dict[str, str]], str]:
    out, err = ask("search", "--mode", "lexical", "--json", RECORDS[0].title)
    return shown(out), err


def test_an_index_that_has_read_everything_says_nothing(ask: Ask) -> None:
    hits, told = search(ask)
    assert "behind" not in told
    assert hits[UID].get("status", "current") == "current"


def test_a_retraction_is_told_before_the_index_has_read_it(ask: Ask, tmp_path: Path) -> None:
    change(tmp_path)
    hits, told = search(ask)
    assert BEHIND in told
    assert (hits[UID]["status"], hits[UID]["unreliable"]) == ("retracted", "retracted")
    out, _ = ask("search", "--mode", "lexical", RECORDS[0].title)
    assert "RETRACTED" in out


def test_a_removed_record_is_marked(ask: Ask, tmp_path: Path) -> None:
    change(tmp_path, removed=True)
    hits, told = search(ask)
    assert BEHIND in told
    assert hits[UID]["unreliable"] == "removed by its source"


@pytest.mark.parametrize(
    "arguments",
    [
        ("facets", "rats"),
        ("trend", "rats"),
        ("similar", RECORDS[1].uid),
        ("export", "--mode", "lexical", "--as", "jsonl", "rats"),
    ],
)
def test_every_command_that_asks_the_index_says_so(ask: Ask, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    change(tmp_path)
    assert BEHIND in ask(*arguments)[1]


def test_without_a_library_or_with_a_broken_one_there_is_an_answer(ask: Ask, tmp_path: Path) -> None:
    for file in tmp_path.glob("library.sqlite3*"):
        file.unlink()
    assert "behind" not in search(ask)[1]
    (tmp_path / "library.sqlite3").write_bytes(b"not a database " * 100)
    hits, told = search(ask)
    assert UID in hits
    assert "whether the index is behind the library cannot be seen" in told
