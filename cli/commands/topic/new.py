"""cordwatch topic new."""

from __future__ import annotations

import json
from typing import Final

import click

from cli.app import App, pass_app
from cli.commands.topic._editing import edited, save
from cli.commands.topic._shared import files, topic_file
from records.errors import ConfigError

TEMPLATE: Final = """\
title = {title}
description = ""
curator = ""

# The query language of `cordwatch search` (docs/query.md); here every bare word must occur.
query = {query}

# kinds = ["article", "preprint", "registration"]
# examples = ["doi:10.5555/typical-of-the-topic"]
# threshold = 0.6
# must_find = ["registration:NCT99000001"]
# must_not_find = []

# [include]
# species = ["human"]

# [exclude]
# kind = ["press"]
"""


@click.command(name="new")
@click.argument("name")
@click.option("--title", default="", help="Title; from the name if not given.")
@click.option("--query", default="", help="Query; without it the editor opens.")
@click.option(
    "--from", "source", default="", metavar="TOPIC", help="Start from a copy of another topic; --query takes its place."
)
@pass_app
def command(app: App, name: str, title: str, query: str, source: str) -> int:
    """Write a topic file for NAME and open it in the editor; never over an existing one."""
    from feeds.topics.reading import SUFFIX, check_name

    path = app.settings.topics_path / (check_name(name) + SUFFIX)
    if path.exists():
        raise ConfigError(f"{path} exists; it is left as it is", hint=f"cordwatch topic edit {name}")
    if name in files(app):
        app.note(
            f"it will take the place of the topic {name} that comes with Cordwatch"
            + ("" if source == name else f"; --from {name} starts from that")
        )
    title = title or name.replace("-", " ").capitalize()
    text = _copied(app, source, title, query) if source else _filled(title, query)
    return save(app, path, text) if query else edited(app, path, text)


def _filled(title: str, query: str) -> str:
    return TEMPLATE.format(title=_quoted(title), query=_in_lines(query))


def _copied(app: App, source: str, title: str, query: str) -> str:
    """The other topic's file with a title, and a query if there is one, of its own."""
    from feeds.topics.places import find_places
    from feeds.topics.reading import read_topic

    path = topic_file(app, source)
    read_topic(path)
    text = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    for key, written in (("title", _quoted(title)), *([("query", _in_lines(query))] if query else ())):
        text = find_places(text).replaced((key,), written)
    return text


def _in_lines(query: str) -> str:
    """A query as TOML, on lines of its own."""
    # Quotes within """ stand as they are, unless there are three in a row.
    escaped = query.replace("\\", "\\\\").replace('""' + '"', '""\\"')
    return f'"""\n{escaped}\n"""'


def _quoted(text: str) -> str:
    """A TOML string, without escapes where it can be."""
    literal = '"' in text and "'" not in text and text.isprintable()
    return f"'{text}'" if literal else json.dumps(text, ensure_ascii=False)
