"""Records that share a DOI, PMID or registration number are one work, in chains too; nothing else joins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library import Library
from library.works import works_of
from records.identifiers import Identifiers
from records.record import Kind, Record


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library.sqlite3") as library:
        yield library


def put(library: Library, uid: str, **identifiers: object) -> None:
    source, number = uid.split(":")
    record = Record(
        source=source, source_id=number, kind=Kind.ARTICLE, title=uid, identifiers=Identifiers(**identifiers)
    )
    with library.transaction() as writer:
        writer.put(record, content=uid.encode(), media_type="text/plain")


def works(library: Library, *uids: str) -> dict[str, tuple[str, ...]]:
    with library.reading() as connection:
        return works_of(connection, uids)


def test_a_chain_of_identifiers_is_one_work(library: Library) -> None:
    put(library, "press:1", doi="10.5555/a")
    put(library, "pubmed:2", doi="10.5555/a", pmid="2", registrations=("NCT99000001",))
    put(library, "clinicaltrials:3", registrations=("NCT99000001",))
    put(library, "pubmed:4", pmid="4")
    chain = ("clinicaltrials:3", "press:1", "pubmed:2")
    assert works(library, "press:1") == dict.fromkeys(chain, chain)
    assert works(library, "pubmed:4", "pubmed:nowhere") == {
        "pubmed:4": ("pubmed:4",),
        "pubmed:nowhere": ("pubmed:nowhere",),
    }


def test_other_identifiers_join_nothing(library: Library) -> None:
    put(library, "a:1", pmcid="PMC9900001", other=("pii:S1",))
    put(library, "b:2", pmcid="PMC9900001", other=("pii:S1",))
    assert works(library, "a:1") == {"a:1": ("a:1",)}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_works_are_the_connected_components(
    tmp_path_factory: pytest.TempPathFactory, links: list[tuple[int, int]]
) -> None:
    """Against a reckoning by repeated merging of sets."""
    borne: dict[int, set[str]] = {number: set() for number in range(10)}
    for one, other in links:
        name = f"NCT{min(one, other):04d}{max(one, other):04d}"
        borne[one].add(name)
        borne[other].add(name)
    expected = [{number} for number in range(10)]
    for one, other in links:
        joined = [group for group in expected if one in group or other in group]
        expected = [group for group in expected if group not in joined] + [set().union(*joined)]
    with Library.open(tmp_path_factory.mktemp("works") / "library.sqlite3") as library:
        for number, names in borne.items():
            put(library, f"x:{number}", registrations=tuple(sorted(names)))
        found = works(library, *(f"x:{number}" for number in range(10)))
    assert {frozenset(work) for work in found.values()} == {
        frozenset(f"x:{number}" for number in group) for group in expected
    }


def test_copies_of_a_press_text_are_one_work(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library.sqlite3") as library:
        put(library, "press:a", story=("story:a", "text:1"))
        put(library, "press:b", story=("story:b", "story:a", "text:1"))
        put(library, "press:c", story=("story:c", "text:1"))
        found = works(library, "press:a", "press:c")
    assert (found["press:a"], found["press:c"]) == (("press:a", "press:b"), ("press:c",))
