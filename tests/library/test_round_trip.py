"""Whatever a record holds comes back from the library as it went in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from itertools import count
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library import Library, PutOutcome
from library.encoding import pack, unpack
from records.record import Record
from tests.library.shelf import put

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
NUMBERS = count()
SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=30),
    int: st.integers(0, 9_999),
    bool: st.booleans(),
    dt.datetime: st.integers(0, 2**32).map(lambda seconds: EPOCH + dt.timedelta(seconds=seconds)),
    NoneType: st.none(),
}


@cache
def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a type that fields of records have."""
    if kind in SIMPLE:
        return SIMPLE[kind]
    if get_origin(kind) is tuple:
        return st.lists(values(get_args(kind)[0]), max_size=3).map(tuple)
    if get_origin(kind) in (Union, UnionType):
        return st.one_of([values(part) for part in get_args(kind)])
    if issubclass(kind, StrEnum):
        return st.sampled_from(kind)
    return structs(kind)


@cache
def structs(kind: Any) -> st.SearchStrategy[Any]:
    """A struct, with any of its optional fields left out."""
    fields = msgspec.structs.fields(kind)
    given = {field.encode_name: values(field.type) for field in fields}
    needed = {field.encode_name: given.pop(field.encode_name) for field in fields if field.required}
    return st.fixed_dictionaries(needed, optional=given).map(lambda chosen: kind(**chosen))


def test_the_strategy_reaches_every_field() -> None:
    assert {field.name for field in msgspec.structs.fields(Record)} >= {"trial", "embargo_until", "relations"}
    for field in msgspec.structs.fields(Record):
        values(field.type).validate()


@pytest.fixture(scope="module")
def shared_library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """One library for all examples: opening one costs more than they do."""
    with Library.open(tmp_path_factory.mktemp("round_trip") / "library.sqlite3") as library:
        yield library


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=structs(Record), content=st.binary(max_size=500))
def test_records_come_back(shared_library: Library, drawn: Record, content: bytes) -> None:
    record = msgspec.structs.replace(drawn, source_id=f"{next(NUMBERS)} {drawn.source_id}", cautions=())
    assert put(shared_library, record, content=content) == [PutOutcome.NEW]
    # As its source gave it: examples that share an identifier lend each other their status.
    *_, stored = shared_library.history(record.uid)
    payload = shared_library.payload(record.uid)
    assert payload is not None
    assert (stored.record, payload.content) == (record, content)
    assert all(record.uid in shared_library.find_identifier(key) for key in [*record.identifiers.keys()])
    before = shared_library.last_seq()
    assert put(shared_library, record, content=content) == [PutOutcome.UNCHANGED]
    assert shared_library.last_seq() == before


@given(content=st.binary(max_size=2_000))
def test_packed_bytes_come_back(content: bytes) -> None:
    assert unpack(pack(content)) == content
    assert unpack(pack(pack(content))) == pack(content)
