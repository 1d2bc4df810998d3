"""cordwatch doctor."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Iterator
from typing import NamedTuple

import click

from cli.app import App, pass_app
from cli.output import Format, format_options, print_rows
from records.errors import CordwatchError

LOW_DISK_GB = 2


class Check(NamedTuple):
    """One thing looked at."""

    check: str
    state: str
    """``ok``, ``note`` or ``problem``."""
    found: str
    fix: str = ""


@click.command(name="doctor")
@format_options
@pass_app
def command(app: App, format: Format) -> int:
    """Look at everything Cordwatch needs, and say what to fix and how. Exit code 1 if there is a problem."""
    checks = list(_checks(app))
    print_rows((check._asdict() for check in checks), Check._fields, format)
    return 1 if any(check.state == "problem" for check in checks) else 0


def _checks(app: App) -> Iterator[Check]:
    yield Check("python", "ok", sys.version.split()[0])
    yield Check("sqlite", "ok", sqlite3.sqlite_version)
    yield Check("configuration", "ok", str(app.loaded.file or "defaults"))
    yield _contact(app)
    yield _disk(app)
    yield _library(app)
    yield _model(app)
    yield _index(app)


def _contact(app: App) -> Check:
    if app.settings.crawl.contact:
        return Check("contact", "ok", app.settings.crawl.contact)
    return Check("contact", "note", "none set", "set crawl.contact before crawling live sources")


def _disk(app: App) -> Check:
    folder = app.settings.home
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / 1e9
    state = "problem" if free < LOW_DISK_GB else "ok"
    return Check("disk", state, f"{free:.0f} GB free at {folder}", "make room" if state == "problem" else "")


def _library(app: App) -> Check:
    if not app.settings.library_path.exists():
        return Check("library", "note", "none yet", "cordwatch crawl, or cordwatch import FILE …")
    try:
        with app.library() as library:
            return Check("library", "ok", f"{sum(library.counts().values())} records, seq {library.last_seq()}")
    except CordwatchError as error:
        return Check("library", "problem", error.message, error.hint)


def _model(app: App) -> Check:
    try:
        encoder = app.encoder()
        return Check("embedding model", "ok", f"{encoder.model_id}, {encoder.dimension} dimensions")
    except CordwatchError as error:
        return Check("embedding model", "problem", error.message, error.hint)


def _index(app: App) -> Check:
    try:
        seq = app.searcher().seq
    except CordwatchError as error:
        return Check("index", "note", error.message, error.hint)
    if not app.settings.library_path.exists():
        return Check("index", "problem", f"seq {seq}, but there is no library", "restore the library from a backup")
    with app.library() as library:
        behind = library.last_seq() - seq
    if behind > 0:
        return Check("index", "note", f"{behind} changes behind the library", "cordwatch index")
    return Check("index", "ok", f"up to date (seq {seq})")
