"""Headers of the mail that goes to subscribers."""

from __future__ import annotations

import datetime as dt
import secrets
from email.headerregistry import Address
from email.utils import format_datetime, parseaddr
from typing import Final
from urllib.parse import quote

import msgspec

from config.settings import Settings
from feeds.mail.clean import clean
from feeds.mail.transport import sender_address
from feeds.subscriptions.tokens import Purpose, sign
from feeds.subscriptions.types import Subscription
from records.errors import ConfigError

_SUBJECT_LENGTH: Final = 150
_NOBODY: Final = "Cordwatch <nobody@cordwatch.invalid>"


class Exits(msgspec.Struct, frozen=True, kw_only=True):
    """The ways out of a subscription."""

    token: str
    link: str
    """Empty without ``digest.public_url``."""
    mailto: str
    """Empty without ``digest.unsubscribe_address``."""


def exits(settings: Settings, subscription: Subscription) -> Exits:
    """How this reader unsubscribes. Raises `ConfigError` for a public address that is not https."""
    token = sign(Purpose.UNSUBSCRIBE, subscription.id, subscription.secret)
    mailbox = settings.digest.unsubscribe_address
    return Exits(
        token=token,
        link=public_link(settings, "unsubscribe", token),
        mailto=f"mailto:{quote(mailbox, safe='@')}?subject=unsubscribe%20{token}" if mailbox else "",
    )


def public_link(settings: Settings, action: str, token: str) -> str:
    """The address of a signed link; empty without ``digest.public_url``."""
    base = settings.digest.public_url.rstrip("/")
    if base and not base.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise ConfigError(f"digest.public_url is {base!r}, not https", hint="one-click unsubscribe needs https")
    return f"{base}/{action}/{token}" if base else ""


def new_message_id(settings: Settings) -> str:
    """A Message-ID that nobody has used. Raises `ConfigError` if no sender is set."""
    return f"<{secrets.token_hex(16)}@{sender_address(settings.smtp).rpartition('@')[2]}>"


def for_show(settings: Settings) -> Settings:
    """Settings under which a mail can be put together that is only looked at: from nobody, if no sender is set."""
    smtp = msgspec.structs.replace(settings.smtp, sender=settings.smtp.sender or _NOBODY)
    return msgspec.structs.replace(settings, smtp=smtp)


def plain_headers(
    settings: Settings, subscription: Subscription, *, subject: str, message_id: str, now: dt.datetime
) -> list[tuple[str, str]]:
    """What every message bears."""
    name, sender = parseaddr(settings.smtp.sender)
    return [
        ("From", str(Address(clean(name, 80), addr_spec=sender))),
        ("To", subscription.address),
        ("Subject", clean(subject, _SUBJECT_LENGTH)),
        ("Date", format_datetime(now)),
        ("Message-ID", message_id),
        ("Auto-Submitted", "auto-generated"),
    ]


def list_headers(settings: Settings, subscription: Subscription) -> list[tuple[str, str]]:
    """What a digest bears besides: RFC 2369 and 8058, so that a mail client can offer "unsubscribe" itself."""
    ways = exits(settings, subscription)
    domain = sender_address(settings.smtp).rpartition("@")[2]
    found = [("List-Id", f"<digest-{subscription.id}.cordwatch.{domain}>"), ("Precedence", "bulk")]
    offered = [f"<{way}>" for way in (ways.link, ways.mailto) if way]
    if offered:
        found.append(("List-Unsubscribe", ", ".join(offered)))
    if ways.link:
        found.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return found
