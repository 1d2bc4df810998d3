"""Values that a topic asks for and no record bears: as likely slips of the pen as things still to come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from cli.app import App
from records.errors import IndexError_
from records.query import Field

if TYPE_CHECKING:
    from feeds.topics.types import Topic
    from library import Library


def unheard_of(app: App, topics: Sequence[Topic], library: Library) -> Iterator[tuple[str, str, str]]:
    """Topic, clause and why; sources are looked for in the library, other values in the index, if there is one."""
    from crawler.registry import source_names
    from index.query import format_query

    sources = {*source_names(), *(summary.source for summary in library.source_summaries())}
    asked = {topic.name: list(_asked(topic)) for topic in topics}
    others = dict.fromkeys(field for fields in asked.values() for field in fields if field.name != "source")
    absent = _in_no_record(app, list(others))
    for topic, fields in asked.items():
        for field in fields:
            clause = format_query(field)
            if field.name == "source" and field.value.casefold() not in sources:
                near = get_close_matches(field.value, sources, n=1)
                yield topic, clause, "there is no such source" + (f"; did you mean {near[0]}?" if near else "")
            elif clause in absent:
                yield topic, clause, "no record has this value"


def _asked(topic: Topic) -> Iterator[Field]:
    """The open values of a topic: those of which no list is known."""
    from feeds.topics.algebra import topic_node
    from index.fields import FIELDS
    from index.query import fields_of

    tables = (topic.include, topic.exclude, {"source": topic.sources})
    listed = (Field(name, value) for table in tables for name, values in table.items() for value in values)
    for field in dict.fromkeys((*listed, *fields_of(topic_node(topic.query)))):
        if not FIELDS[field.name].values:
            yield field


def _in_no_record(app: App, fields: Sequence[Field]) -> set[str]:
    """The clauses that no record answers; none, with a note, where there is no index to ask."""
    from index.query import format_query

    if not fields:
        return set()
    clauses = map(format_query, fields)
    try:
        searcher = app.searcher()
        return {clause for clause in clauses if searcher.unknown(clause)}
    except IndexError_ as error:
        app.note(f"values were not looked for: {error.message}" + (f"\n  try: {error.hint}" if error.hint else ""))
        return set()
