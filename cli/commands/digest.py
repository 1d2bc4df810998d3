"""cordwatch digest."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cli import exits
from cli.app import App, pass_app
from cli.output import Format, format_options, print_rows, replacing

LOG_COLUMNS = ("id", "address", "built", "subject", "items", "changes", "left_over", "state", "attempts", "error")
ITEM_COLUMNS = ("position", "uid", "told_as")


@click.group(name="digest")
def command() -> None:
    """Preview, build and send digests, send one again, and see what was sent."""


@command.command()
@click.argument("id", type=int, metavar="SUBSCRIPTION")
@click.option("--part", type=click.Choice(["text", "html", "mail"]), default="text", show_default=True)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File; stdout if not given.")
@pass_app
def preview(app: App, id: int, part: str, output: Path | None) -> int:
    """What the reader would get now; nothing is bound, nothing is sent."""
    from cli.digests import evaluate_topics, make_builder, readable_topics
    from feeds.subscriptions.store import find

    topics, broken = readable_topics(app)
    with app.library() as library:
        found = evaluate_topics(app, library, topics, broken)
        with library.reading() as connection:
            reader = find(connection, id)
        message = make_builder(app, library, topics, only_show=True).preview(reader)
    _write(message, part, output)
    for line in found.notes():
        app.note(line)
    return 0


@command.command()
@click.argument("ids", nargs=-1, type=int, metavar="[SUBSCRIPTION]...")
@pass_app
def build(app: App, ids: tuple[int, ...]) -> int:
    """Bind the digests that are due, or those of the given subscriptions now; `digest send` sends them."""
    from cli.digests import evaluate_topics, make_builder, readable_topics

    topics, broken = readable_topics(app)
    with app.library() as library:
        found = evaluate_topics(app, library, topics, broken)
        builder = make_builder(app, library, topics)
        report = builder.build_given(ids) if ids else builder.build_due()
    click.echo(
        f"{report.digests} digests with {report.items} new works and {report.changes} changes; {report.left} works wait"
    )
    app.note(f"{found.records} records looked at, {found.matches} new matches, {found.events} events")
    for line in found.notes():
        app.note(line)
    return 0


@command.command()
@click.option("--limit", type=int, default=10**9, help="At most so many messages.")
@pass_app
def send(app: App, limit: int) -> int:
    """Send what waits in the outbox. Exit code 3 if some of it could not be delivered."""
    from cli.digests import send_mail
    from records.errors import CordwatchError

    with app.library() as library:
        report = send_mail(app, library, limit=limit, log=lambda line: click.echo(line, err=True))
    click.echo(f"{report.sent} sent, {report.retried} to be tried again, {report.failed} given up")
    if report.unavailable:
        raise CordwatchError(f"the mail server cannot be used: {report.unavailable}", hint="nothing is lost; try later")
    return exits.SOME_FAILED if report.failed or report.retried else 0


@command.command()
@click.argument("id", type=int, metavar="DIGEST")
@pass_app
def resend(app: App, id: int) -> int:
    """Send a digest once more, to a reader who is active: the same message, under the same Message-ID."""
    from cli.digests import utc_now
    from feeds.digests import log as digest_log

    with app.library() as library, library.transaction() as writer:
        message_id = digest_log.resend(writer.connection, id, utc_now())
    click.echo(f"digest {id} ({message_id}) waits in the outbox")
    return 0


@command.command()
@click.option("--subscription", type=int, help="Only of this one.")
@click.option("--limit", default=50, show_default=True)
@format_options
@pass_app
def log(app: App, subscription: int | None, limit: int, format: Format) -> int:
    """Digests, newest first: what was in them and what became of their mail."""
    from feeds.digests.log import digest_log

    with app.library() as library, library.reading() as connection:
        rows = digest_log(connection, subscription_id=subscription, limit=limit)
    print_rows(rows, LOG_COLUMNS, format)
    return 0


@command.command()
@click.argument("id", type=int, metavar="DIGEST")
@click.option("--part", type=click.Choice(["items", "text", "html", "mail"]), default="items", show_default=True)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File; stdout if not given.")
@format_options
@pass_app
def show(app: App, id: int, part: str, output: Path | None, format: Format) -> int:
    """What one digest told, or its message as it was bound."""
    from feeds.digests.log import digest_message, items_of

    with app.library() as library, library.reading() as connection:
        if part != "items":
            _write(digest_message(connection, id), part, output)
            return 0
        rows = [row | {"told_as": "change" if row["event_id"] else "new"} for row in items_of(connection, id)]
    print_rows(rows, ITEM_COLUMNS, format)
    return 0


def _write(message: bytes, part: str, output: Path | None) -> None:
    import email
    import email.policy
    from email.message import EmailMessage

    from records.errors import LibraryError

    content = message
    if part != "mail":
        parsed = email.message_from_bytes(message, EmailMessage, policy=email.policy.default)
        body = parsed.get_body(("html",) if part == "html" else ("plain",))
        if body is None:
            raise LibraryError(f"this mail has no {part} part", hint="--part text, --part mail")
        payload = body.get_payload(decode=True)
        content = payload.replace(b"\r\n", b"\n") if isinstance(payload, bytes) else b""
    if output is None or str(output) == "-":
        sys.stdout.buffer.write(content)
    else:
        with replacing(output) as partial:
            partial.write_bytes(content)
