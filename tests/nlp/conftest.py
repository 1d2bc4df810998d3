"""What the tests of annotation share: one pipeline, and records in a line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nlp.entities import EntityMatcher
from nlp.pipeline import Pipeline
from records.record import Kind, Record, Section

MakeRecord = Callable[..., Record]


@pytest.fixture(scope="session")
def matcher() -> EntityMatcher:
    return EntityMatcher.load()


@pytest.fixture(scope="session")
def pipeline(matcher: EntityMatcher) -> Pipeline:
    return Pipeline(matcher)


@pytest.fixture(scope="session")
def make_record() -> MakeRecord:
    def make(
        title: str = "", abstract: str = "", *, kind: Kind = Kind.ARTICLE, body: str = "", id: str = "1"
    ) -> Record:
        sections = (Section(text=abstract),) if abstract else ()
        return Record(source="invented", source_id=id, kind=kind, title=title, abstract=sections, body=body)

    return make
