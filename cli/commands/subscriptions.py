"""cordwatch subscriptions."""

from __future__ import annotations

import sys

import click

from cli.app import App, pass_app
from cli.output import Format, format_options, print_rows


@click.group(name="subscriptions")
def command() -> None:
    """List, pause, change and end subscriptions, and act on what readers answer."""


@command.command(name="list")
@click.option("--address", default="", help="Only of this reader.")
@click.option("--state", type=click.Choice(["active", "pending", "paused", "disabled", "unsubscribed"]))
@format_options
@pass_app
def list_(app: App, address: str, state: str | None, format: Format) -> int:
    """Every subscription, what it asks for and where it stands."""
    from cli.digests import SUBSCRIPTION_COLUMNS, subscription_row
    from feeds.subscriptions.store import listed
    from feeds.subscriptions.types import State

    with app.library() as library, library.reading() as connection:
        found = listed(connection, address=address, state=State(state) if state else None)
    rows = [subscription_row(subscription) for subscription in found]
    if format is Format.TABLE:
        rows = [row | {"next_due": row["next_due"][:16].replace("T", " ")} for row in rows]
    print_rows(rows, SUBSCRIPTION_COLUMNS, format)
    return 0


@command.command()
@click.argument("id", type=int)
@pass_app
def pause(app: App, id: int) -> int:
    """Send nothing until it is resumed; what is bound already and what comes meanwhile waits."""
    from feeds.subscriptions import store

    with app.library() as library, library.transaction() as writer:
        store.pause(writer.connection, store.find(writer.connection, id))
    click.echo(f"subscription {id} is paused")
    return 0


@command.command()
@click.argument("id", type=int)
@pass_app
def resume(app: App, id: int) -> int:
    """Go on after a pause, or after an address was disabled; digests that waited or that it refused are sent."""
    from cli.digests import utc_now
    from feeds.subscriptions import store

    with app.library() as library, library.transaction() as writer:
        subscription = store.resume(writer.connection, store.find(writer.connection, id), utc_now())
    click.echo(f"subscription {id} goes on; next digest at {subscription.next_due[:16].replace('T', ' ')} UTC")
    return 0


@command.command()
@click.argument("id", type=int)
@click.option("--topic", "topics", multiple=True, help="These topics instead.")
@click.option("--at", help="Local time of day.")
@click.option("--tz", help="Time zone.")
@click.option("--days", help="daily, mon-fri, or mon,thu.")
@click.option("--max", "max_items", type=int, help="New works a digest.")
@click.option("--format", type=click.Choice(["html", "text"]))
@click.option("--empty/--no-empty", "send_empty", default=None, help="Whether a mail comes when there is no news.")
@pass_app
def change(app: App, /, id: int, **asked: object) -> int:
    """Ask for something else; what is not given stays."""
    import msgspec

    from cli.digests import check_topics, utc_now
    from feeds.subscriptions import store
    from feeds.subscriptions.types import Wishes

    wanted = {name: value for name, value in asked.items() if value not in (None, ())}
    check_topics(app, wanted.get("topics", ()))  # type: ignore[arg-type]
    with app.library() as library, library.transaction() as writer:
        subscription = store.find(writer.connection, id)
        wishes = msgspec.convert({**msgspec.structs.asdict(subscription.wishes), **wanted}, Wishes)
        store.change(writer.connection, subscription, wishes, utc_now())
    click.echo(f"subscription {id} is changed")
    return 0


@command.command()
@click.argument("id", type=int)
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_app
def remove(app: App, id: int, yes: bool) -> int:
    """Forget a reader for good: address, ledger and mail."""
    from feeds.subscriptions import store

    with app.library() as library:
        with library.reading() as connection:
            subscription = store.find(connection, id)
        if not yes:
            click.confirm(f"Forget {subscription.address} and what was sent there?", abort=True, err=True)
        with library.transaction() as writer:
            store.remove(writer.connection, subscription)
    click.echo(f"subscription {id} is gone")
    return 0


@command.command()
@click.argument("token")
@pass_app
def confirm(app: App, token: str) -> int:
    """Confirm a subscription with the TOKEN from its mail."""
    return _act(app, token, "confirm")


@command.command()
@click.argument("token")
@pass_app
def unsubscribe(app: App, token: str) -> int:
    """End a subscription with the TOKEN from any of its digests: at once, with what waits in the outbox."""
    return _act(app, token, "unsubscribe")


@command.command()
@pass_app
def receive(app: App) -> int:
    """Read one mail from stdin and act on it: a reader who confirms or unsubscribes, or a report of a bounce.

    For the mail server's alias of digest.unsubscribe_address and of the sender:
    `unsubscribe: "|cordwatch subscriptions receive"`.
    """
    from cli.digests import utc_now
    from feeds.mail.incoming import act_on_mail

    message = sys.stdin.buffer.read()
    with app.library() as library:
        click.echo(act_on_mail(library, message, settings=app.settings.digest, now=utc_now()))
    return 0


def _act(app: App, token: str, name: str) -> int:
    from cli.digests import utc_now
    from feeds.subscriptions.store import act_on_token
    from feeds.subscriptions.tokens import Purpose

    with app.library() as library:
        subscription = act_on_token(
            library, token, Purpose[name.upper()], now=utc_now(), confirm_days=app.settings.digest.confirm_days
        )
    click.echo(f"subscription {subscription.id} of {subscription.address} is {subscription.state}")
    return 0
