"""cordwatch doctor."""

from __future__ import annotations

import re
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from cli.app import App, pass_app
from cli.output import Format, format_options, print_rows
from records.errors import CordwatchError, IndexMissingError, ModelError

if TYPE_CHECKING:
    from feeds.subscriptions.types import Subscription

LOW_DISK_GB = 2
LINKS_PATIENCE_S = 5.0
SMTP_PATIENCE_S = 10.0
"""So long a mail server may take to answer, whatever ``smtp.timeout_s`` says."""
_ASKED: Final = re.compile(r"(?<=\S)\?[^\s?]+?(?=:? |:?$)")
"""The query of an address: a whole search would fill the screen, and the log has it."""


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
    yield from _sources(app)
    yield _model(app)
    yield _index(app)
    readers = _readers(app)
    yield _topics(app, readers)
    yield _smtp(app, readers)
    yield _ways_out(app, readers)
    yield _publishing(app)


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


def _sources(app: App) -> Iterator[Check]:
    """How the sources that a crawl asks came through of late; nothing before the first crawl."""
    from cli.digests import utc_now
    from feeds.health import source_signs, told_quiet

    if not app.settings.library_path.exists():
        return
    try:
        with app.library() as library:
            signs = source_signs(library, app.settings, now=utc_now())
    except CordwatchError as error:
        yield Check("sources", "problem", error.message, error.hint)
        return
    for sign in signs:
        name = f"source {sign.source}"
        if sign.failed:
            yield Check(
                name,
                "problem",
                f"its last crawl failed: {_ASKED.sub('?…', sign.error)}",
                f"cordwatch crawl {sign.source}",
            )
        elif sign.late:
            last = f"{sign.last_success:%Y-%m-%d %H:%M} UTC"
            yield Check(name, "problem", f"last read to its end {last}", "cordwatch watch, or cordwatch sync")
        if sign.quiet:
            fix = "see whether its provider still answers as it did: cordwatch sources --health"
            yield Check(name, "note", told_quiet(sign.source, sign.silent_runs), fix)
    if signs and not any(sign.failed or sign.late for sign in signs):
        yield Check("sources", "ok", f"{len(signs)} crawled, none failed or late")


def _model(app: App) -> Check:
    try:
        encoder = app.encoder()
        return Check("embedding model", "ok", f"{encoder.model_id}, {encoder.dimension} dimensions")
    except CordwatchError as error:
        return Check("embedding model", "problem", error.message, error.hint)


def _index(app: App) -> Check:
    try:
        seq = app.searcher().seq
        stale = _stale(app)
    except IndexMissingError as error:
        return Check("index", "note", error.message, error.hint)
    except CordwatchError as error:
        return Check("index", "problem", error.message, error.hint)
    if not app.settings.library_path.exists():
        return Check("index", "problem", f"seq {seq}, but there is no library", "restore the library from a backup")
    if stale:
        return Check("index", "problem", stale, "cordwatch index migrate")
    with app.library() as library:
        behind = library.last_seq() - seq
    if behind > 0:
        return Check("index", "note", f"{behind} changes behind the library", "cordwatch index")
    return Check("index", "ok", f"up to date (seq {seq})")


def _stale(app: App) -> str:
    """Why a new version of the index is needed; empty if none is, or if the model, which `_model` tells of, fails."""
    try:
        model = app.encoder().model_id
    except ModelError:
        return ""
    if not app.place.is_stale(model):
        return ""
    return f"it holds vectors of another model than {model}: searches go by the words alone"


def _readers(app: App) -> list[Subscription]:
    """Subscriptions that have not ended; none where the library cannot be read, which `_library` tells."""
    if not app.settings.library_path.exists():
        return []
    from feeds.subscriptions.store import listed
    from feeds.subscriptions.types import State

    try:
        with app.library() as library, library.reading() as connection:
            return [reader for reader in listed(connection) if reader.state is not State.UNSUBSCRIBED]
    except CordwatchError:
        return []


def _topics(app: App, readers: list[Subscription]) -> Check:
    from cli.digests import readable_topics

    topics, broken = readable_topics(app)
    if broken:
        return Check("topics", "problem", "; ".join(broken.values()), "cordwatch topic check")
    lost = {name: reader.id for reader in readers for name in reader.wishes.topics if name not in topics}
    if lost:
        found = f"subscriptions name {', '.join(sorted(lost))}, but there is no such topic"
        first = min(lost.values())
        fix = f"bring the file back, or cordwatch subscriptions change {first} --topic NAME"
        return Check("topics", "problem", found, fix)
    return Check("topics", "ok", f"{len(topics)} topics")


def _smtp(app: App, readers: list[Subscription]) -> Check:
    import msgspec

    from feeds.mail.transport import DeliveryError, SmtpTransport

    smtp = app.settings.smtp
    if not (smtp.host or smtp.sender or readers):
        return Check("smtp", "ok", "not set up; nobody has subscribed")
    where = f"{smtp.host}:{smtp.port}, {smtp.security}"
    try:
        with SmtpTransport(msgspec.structs.replace(smtp, timeout_s=min(smtp.timeout_s, SMTP_PATIENCE_S))) as transport:
            transport.check()
    except CordwatchError as error:
        return Check("smtp", "problem", error.message, error.hint)
    except DeliveryError as error:
        fix = "smtp.host, smtp.port, smtp.security, smtp.username, smtp.password; docs/digests.md"
        return Check("smtp", "problem", str(error), fix)
    return Check("smtp", "ok", f"{where}{', login' if smtp.username else ''}; {smtp.sender}")


def _ways_out(app: App, readers: list[Subscription]) -> Check:
    """How readers confirm and unsubscribe by themselves."""
    from feeds.mail.headers import public_link
    from feeds.subscriptions.types import check_address

    mailbox, name = app.settings.digest.unsubscribe_address, "unsubscribing"
    fix = "digest.public_url (links that cordwatch watch serves), or digest.unsubscribe_address; docs/digests.md"
    try:
        link = public_link(app.settings, "unsubscribe", "TOKEN")
        ways = [way for way in (link, mailbox and f"mail to {check_address(mailbox)}") if way]
    except CordwatchError as error:
        return Check(name, "problem", error.message, error.hint)
    if link and not app.settings.watch.listen:
        return Check(name, "problem", f"{link} is served by nobody: watch.listen is empty", "watch.listen")
    if link and (silence := _silence(app.settings.watch.listen)):
        fix = "start cordwatch watch, or cordwatch watch --serve-only beside rounds of --once"
        return Check(name, "problem" if readers else "note", f"{link}, but {silence}", fix)
    if ways:
        return Check(name, "ok", "; ".join(ways))
    if readers:
        return Check(name, "problem", "mails tell readers to run a command, for there is no link and no mailbox", fix)
    return Check(name, "ok", "not set up; nobody has subscribed")


def _silence(listen: str) -> str:
    """Why links are not served here now; empty if they are."""
    from http.client import HTTPConnection, HTTPException

    from feeds.watch.web import address_of

    try:
        host, port = address_of(listen)
    except CordwatchError as error:
        return error.message
    here = {"": "localhost", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it is asked, not bound
    connection = HTTPConnection(here, port, timeout=LINKS_PATIENCE_S)
    try:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        said = answer.read(200).decode("utf-8", "replace").strip()
    except (OSError, HTTPException) as error:
        return f"nobody answers at {listen}: {error}"
    finally:
        connection.close()
    return "" if answer.status == HTTPStatus.OK else f"at {listen} {said}"


def _publishing(app: App) -> Check:
    from feeds.publish.address import missing

    publish = app.settings.publish
    try:
        lacks = list(missing(publish))
    except CordwatchError as error:
        return Check("publishing", "problem", error.message, error.hint)
    if not lacks:
        return Check("publishing", "ok", f"{publish.base_url}, identifiers of {publish.authority}")
    if not publish.base_url and len(lacks) == 2 and publish.folder is None:
        return Check("publishing", "ok", "not set up; docs/feeds.md")
    return Check("publishing", "note", *lacks[0])
