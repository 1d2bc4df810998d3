"""The mail that asks an address whether it wants a subscription."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from config.settings import Settings
from feeds.mail.draft import Draft
from feeds.mail.headers import new_message_id, plain_headers, public_link
from feeds.outbox.queue import MailKind, enqueue, make_row
from feeds.subscriptions.tokens import Purpose, sign
from feeds.subscriptions.types import Subscription

_TEXT = """\
Somebody, probably you, asked for digests of Cordwatch to this address:

  topics: {topics}
  at:     {at} {tz}, {days}

If that was you, confirm it within {confirm_days} days:

  {way}

If it was not, do nothing: no digest will come.
"""


def confirm_token(subscription: Subscription) -> str:
    """What confirms a subscription."""
    return sign(Purpose.CONFIRM, subscription.id, subscription.secret)


def ask_to_confirm(connection: Connection, settings: Settings, subscription: Subscription, now: dt.datetime) -> str:
    """Put the mail into the outbox; gives the token that it holds.

    Raises:
        ConfigError: No sender is set.
    """
    token = confirm_token(subscription)
    way = public_link(settings, "confirm", token)
    if not way and settings.digest.unsubscribe_address:
        way = f"Write to {settings.digest.unsubscribe_address} with the subject: confirm {token}"
    message_id = new_message_id(settings)
    wishes = subscription.wishes
    text = _TEXT.format(
        topics=", ".join(wishes.topics),
        at=wishes.at,
        tz=wishes.tz,
        days=wishes.days,
        confirm_days=settings.digest.confirm_days,
        way=way or f"cordwatch subscriptions confirm {token}",
    )
    headers = plain_headers(
        settings, subscription, subject="Confirm your Cordwatch digests", message_id=message_id, now=now
    )
    row = make_row(
        message_id=message_id,
        subscription_id=subscription.id,
        kind=MailKind.CONFIRMATION,
        recipient=subscription.address,
        draft=Draft(headers=tuple(headers), text=(text,)),
        now=now,
    )
    enqueue(connection, [row])
    return token
