"""The stages as commands run them: each alone, or one after the other for ``sync``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cli import exits
from cli.app import App
from cli.output import Format

if TYPE_CHECKING:
    from library import Library


def crawl_sources(app: App, sources: Sequence[str], since: dt.date | None, format: Format) -> int:
    """Crawl and print the report. Returns an exit code: some source failed, or a signal ended it all."""
    from cli.reports import print_runs
    from crawler.run import crawl

    with app.library(create=True):
        pass  # a library that cannot be opened is said once, before any spider starts
    done = crawl(sources, app.settings, since=since)
    print_runs(done.runs, format)
    failed = [run.source for run in done.runs if not run.complete]
    if failed:
        app.note(f"not complete: {', '.join(failed)}. Nothing is lost: the next crawl goes on where this one ended.")
    if done.interrupted:
        app.note("interrupted")
        return exits.INTERRUPTED
    return exits.SOME_FAILED if failed else 0


def annotate_library(app: App, library: Library) -> None:
    """Find entities and outcomes in every record that is new or changed."""
    from nlp.annotate import AnnotateReport, annotate, is_done
    from nlp.pipeline import Pipeline, pipeline_version

    if is_done(library, pipeline_version()):
        report = AnnotateReport()  # without the seconds that the vocabulary takes
    else:
        with app.progress("annotate") as progress:
            report = annotate(library, Pipeline.load(), progress=progress, workers=None)
    app.note(f"annotated {report.annotated} records ({report.unchanged} unchanged, {report.failed} failed)")


def embed_library(app: App, library: Library) -> None:
    """Embed every record whose text is new or changed."""
    from nlp.embeddings.stage import embed

    with app.progress("embed") as progress:
        report = embed(library, app.encoder(), progress=progress)
    app.note(f"embedded {report.embedded} records ({report.unchanged} unchanged)")


def index_library(app: App, library: Library) -> None:
    """Bring the index up to the library."""
    from index.stage import update

    with app.place.open(writable=True) as backend, app.progress("index") as progress:
        report = update(library, backend, app.lexicon, progress=progress)
    app.note(f"indexed {report.indexed} records, removed {report.deleted}")
    _tell_rejected(app, report.rejected)


def rebuild_index(app: App, library: Library) -> None:
    """Build the index anew beside the one in force, and switch."""
    from index.stage import rebuild

    with app.progress("rebuild") as progress:
        report = rebuild(library, app.place, app.lexicon, progress=progress)
    app.note(f"indexed {report.indexed} records")
    _tell_rejected(app, report.rejected)


def _tell_rejected(app: App, rejected: int) -> None:
    if rejected:
        app.note(f"the server refused {rejected} for good: `cordwatch quarantine --source index` says why")


def run_all(app: App, library: Library) -> None:
    """Annotate, embed, index."""
    annotate_library(app, library)
    embed_library(app, library)
    index_library(app, library)
