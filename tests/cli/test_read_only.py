"""A home that cannot be written: what only reads works, and everything else says that and not something else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import run
from index.embedded.place import EmbeddedPlace
from index.stage import update
from library.glance import can_write, read_uri
from tests.index.index_world import LEXICON, RECORDS, make_library
from tests.ordinary import ordinary

WRITES = 0o200


def let_write(home: Path, *, allowed: bool) -> None:
    """Let files and folders of a home be written, or not."""
    for path in [home, *home.rglob("*")]:
        mode = path.stat().st_mode
        path.chmod(mode | WRITES if allowed else mode & ~WRITES)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A small world that is indexed, and may only be read."""
    home = tmp_path / "home"
    home.mkdir()
    with make_library(home) as library, EmbeddedPlace(home / "index").open(writable=True) as backend:
        update(library, backend, LEXICON)
    let_write(home, allowed=False)
    with ordinary():
        if can_write(home):
            pytest.skip("this user writes whatever the mode says")
        yield home
    let_write(home, allowed=True)


@pytest.mark.parametrize("arguments", [("show", RECORDS[0].uid), ("export", "--as", "jsonl"), ("sources",)])
def test_what_reads_the_library_works(
    home: Path, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--home", str(home), *arguments]) == 0
    assert capsys.readouterr().out


@pytest.mark.parametrize("arguments", [("search", "--mode", "lexical", "rats"), ("rebuild",), ("index",)])
def test_what_writes_says_that_it_cannot(
    home: Path, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--home", str(home), *arguments]) != 0
    said = capsys.readouterr().err
    assert "nothing can be written in" in said
    assert "cordwatch rebuild" not in said


def test_a_file_is_only_said_not_to_change_where_nothing_can_be_written(tmp_path: Path, home: Path) -> None:
    assert "immutable" in read_uri(home / "library.sqlite3")
    assert "immutable" not in read_uri(tmp_path / "library.sqlite3")
    let_write(home, allowed=True)
    (home / "library.sqlite3-wal").write_bytes(b"something is left in the log")
    let_write(home, allowed=False)
    assert "immutable" not in read_uri(home / "library.sqlite3")
