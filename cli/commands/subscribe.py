"""cordwatch subscribe."""

from __future__ import annotations

import click

from cli.app import App, pass_app


@click.command(name="subscribe")
@click.argument("address")
@click.option("--topic", "topics", multiple=True, required=True, help="Name of a topic; may be given several times.")
@click.option("--at", default="07:00", show_default=True, help="Local time of day.")
@click.option("--tz", default="UTC", show_default=True, help="Time zone: Asia/Tokyo.")
@click.option("--days", default="daily", show_default=True, help="daily, mon-fri, or mon,thu.")
@click.option("--max", "max_items", default=25, show_default=True, help="New works a digest; the rest waits.")
@click.option("--format", type=click.Choice(["html", "text"]), default="html", show_default=True)
@click.option("--empty", is_flag=True, help="A mail comes even when there is nothing to say.")
@click.option("--since", help="What was collected since then counts as news: 7d, 2026-01-31. Else from now on.")
@pass_app
def command(
    app: App,
    address: str,
    topics: tuple[str, ...],
    at: str,
    tz: str,
    days: str,
    max_items: int,
    format: str,
    empty: bool,
    since: str | None,
) -> int:
    """Ask ADDRESS whether it wants digests of topics; they begin once it has confirmed.

    The mail with the confirming link is sent by `cordwatch digest send` or `cordwatch watch`. If it was lost or its
    link has run out, subscribe again: another one is sent. Without smtp.sender there is no mail, and the confirming
    command is shown instead.
    """
    import datetime as dt

    from cli.digests import check_topics, utc_now
    from cli.since import parse_since
    from feeds.digests.progress import look_back
    from feeds.subscriptions.confirmation import ask_to_confirm, confirm_token
    from feeds.subscriptions.store import add
    from feeds.subscriptions.types import Format, Wishes

    check_topics(app, topics)
    now = utc_now()
    start = dt.datetime.combine(parse_since(since), dt.time(), tzinfo=dt.UTC) if since else now
    wishes = Wishes(
        topics=topics, at=at, tz=tz, days=days, max_items=max_items, format=Format(format), send_empty=empty
    )
    with app.library(create=True) as library, library.transaction() as writer:
        if since:
            look_back(writer, topics, max(start, now - dt.timedelta(days=app.settings.digest.fresh_days)))
        subscription = add(writer.connection, address, wishes, since=start, now=now)
        if app.settings.smtp.sender:
            ask_to_confirm(writer.connection, app.settings, subscription, now)
    click.echo(f"subscription {subscription.id} of {subscription.address} waits to be confirmed")
    if app.settings.smtp.sender:
        app.note("a mail with the link waits in the outbox; cordwatch digest send")
    else:
        click.echo(
            f"no mail, for smtp.sender is not set: cordwatch subscriptions confirm {confirm_token(subscription)}"
        )
    return 0
