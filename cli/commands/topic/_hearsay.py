"""Values that a topic asks for and no record bears: as likely slips of the pen as things still to come."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

from cli.app import App
from records.errors import IndexError_
from records.query import Field

if TYPE_CHECKING:
    from feeds.topics.types import Topic
    from library import Library


def unheard_of(app: App, topic: Topic, library: Library) -> Iterator[tuple[str, str]]:
    """Each as a clause, with why; sources are looked for in the library, other values in the index, if there is one."""
    from crawler.registry import source_names
    from index.query import format_query

    sources = {*source_names(), *(summary.source for summary in library.source_summaries())}
    others: list[Field] = []
    for field in _asked(topic):
        if field.name != "source":
            others.append(field)
        elif field.value.casefold() not in sources:
            near = get_close_matches(field.value, sources, n=1)
            yield format_query(field), "there is no such source" + (f"; did you mean {near[0]}?" if near else "")
    for clause in _in_no_record(app, others):
        yield clause, "no record has this value"


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


def _in_no_record(app: App, fields: list[Field]) -> list[str]:
    from index.query import format_query

    try:
        return app.searcher().unknown(" ".join(map(format_query, fields))) if fields else []
    except IndexError_ as error:
        app.note(f"values were not looked for: {error.message}")
        return []
