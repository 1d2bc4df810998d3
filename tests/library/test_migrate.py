"""The schema: what the migrations make is what the tables say, from any revision on."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from library import Library, migrate, subscription_tables
from library.schema import metadata
from records.errors import LibraryError
from tests.library.shelf import article, put

SCRIPTS = ScriptDirectory(str(Path(migrate.__file__).parent / "migrations"))
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]


def upgraded(path: Path, revision: str) -> None:
    """A database at a revision."""
    from alembic import command

    config = Config()
    config.set_main_option("script_location", SCRIPTS.dir)
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


def schema_of(path: Path) -> set[tuple[str, str]]:
    """Every table and index, as SQL."""
    with closing(sqlite3.connect(path)) as raw:
        return set(raw.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))


def test_there_is_one_line_of_revisions_and_its_end_is_known() -> None:
    assert SCRIPTS.get_heads() == [migrate.HEAD]
    assert REVISIONS[0] == "0001"


def test_the_migrations_make_what_the_tables_say(tmp_path: Path) -> None:
    assert set(subscription_tables.TABLES) < set(metadata.tables)
    upgraded(tmp_path / "library.sqlite3", "head")
    engine = create_engine(f"sqlite:///{tmp_path / 'library.sqlite3'}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    metadata.create_all(create_engine(f"sqlite:///{tmp_path / 'made.sqlite3'}"))
    made = schema_of(tmp_path / "made.sqlite3")
    assert {row for row in schema_of(tmp_path / "library.sqlite3") if row[0] != "alembic_version"} == made
    engine.dispose()


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_library_of_any_revision_is_brought_up_with_what_is_in_it(tmp_path: Path, revision: str) -> None:
    path, fresh = tmp_path / "old.sqlite3", tmp_path / "fresh.sqlite3"
    upgraded(path, revision)
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("INSERT INTO watermarks VALUES ('annotate', 7)")
    Library.open(fresh).close()
    with Library.open(path) as library:
        assert library.watermarks() == {"annotate": 7}
        put(library, article(1))
    assert schema_of(path) == schema_of(fresh)


def test_a_library_of_a_newer_cordwatch_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite3"
    Library.open(path).close()
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LibraryError, match="schema 9999") as caught, Library.open(path):
        pass
    assert "newer" in caught.value.hint


def test_processes_that_open_a_new_library_at_once_do_not_meet(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; from library import Library; sys.stdin.read(); Library.open(PATH)"]
    command[-1] = command[-1].replace("PATH", f"__import__('pathlib').Path({str(tmp_path / 'library.sqlite3')!r})")
    openers = [subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    for opener in openers:
        assert opener.stdin is not None
        opener.stdin.close()
        opener.stdin = None
    assert [opener.communicate()[1] for opener in openers] == [""] * 4
    with Library.open(tmp_path / "library.sqlite3", create=False) as library:
        assert library.last_seq() == 0
