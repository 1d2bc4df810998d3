"""Writing the feeds of topics to a folder, as ``feeds write`` and ``watch`` do it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cli.app import App

if TYPE_CHECKING:
    from feeds.publish.folder import WriteReport
    from library import Library

REFERENCES: Final = ("csv", "ris")
"""Export formats that lie beside each feed."""


def publish_topics(app: App, library: Library, folder: Path, names: Iterable[str] = ()) -> WriteReport:
    """Write feeds and pages of the topics, of all if none is named.

    Raises:
        ConfigError: A topic cannot be read, or the folder cannot be written. Nothing is changed then: a topic whose
            file is broken keeps its feeds.
    """
    from cli.commands.topic._shared import files, topic_named
    from cli.exports import find_format
    from feeds.publish.folder import write_folder
    from feeds.publish.site import render_site
    from feeds.publish.standing import changed_standing
    from feeds.topics.window import first_seen_between, open_window

    topics = [topic_named(app, name) for name in sorted(names or files(app))]
    writers = {one.SUFFIX: one.write for one in map(find_format, REFERENCES)}
    now = dt.datetime.now(dt.UTC)
    start = now - dt.timedelta(days=app.settings.publish.days)
    changed = changed_standing(library, start)
    with open_window(library, app.lexicon, {*first_seen_between(library, start, now), *changed}) as window:
        rendered = render_site(topics, window, app.settings.publish, writers, changed)
    return write_folder(folder, rendered)


def told(report: WriteReport) -> str:
    """What was done, in a line."""
    return f"{len(report.written)} written, {len(report.unchanged)} unchanged, {len(report.removed)} removed"
