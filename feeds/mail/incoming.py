"""Mail that comes back: readers who write to unsubscribe, and servers that report what they could not deliver."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import re
from collections.abc import Iterator
from email.message import Message
from typing import Final

from config.settings import DigestSettings
from feeds.mail.clean import clean
from feeds.outbox.queue import find_mail
from feeds.subscriptions.store import act_on_token, count_bounce
from feeds.subscriptions.tokens import Purpose
from feeds.subscriptions.types import State
from library import Library
from records.errors import LibraryError

_TOKEN: Final = re.compile(r"\bu\d{1,15}-[a-z2-7]{32}\b", re.IGNORECASE)
_MESSAGE_ID: Final = re.compile(r"^Message-ID:\s*(<[^<>\s]{1,200}>)", re.IGNORECASE | re.MULTILINE)
_READ: Final = 200_000
"""So many characters of a mail are looked at; tokens and reports stand near the top."""


def act_on_mail(library: Library, message: bytes, *, settings: DigestSettings, now: dt.datetime) -> str:
    """Do what a mail asks for or reports; says what was done.

    Raises:
        LibraryError: There is nothing in it to act on.
    """
    parsed = email.message_from_bytes(message[:_READ], policy=email.policy.compat32)
    if parsed.get_content_type() == "multipart/report":
        return _bounce(library, parsed, message, settings, now)
    text = f"{parsed.get('Subject', '')}\n{message[:_READ].decode('utf-8', 'replace')}"
    token = _TOKEN.search(text)
    if token is None:
        raise LibraryError(
            "the mail is neither a report nor holds a token", hint="the subject of a digest's mailto link"
        )
    reader = act_on_token(library, token.group(), Purpose.UNSUBSCRIBE, now=now, confirm_days=settings.confirm_days)
    return f"subscription {reader.id} of {reader.address} is {reader.state}"


def _bounce(library: Library, report: Message, message: bytes, settings: DigestSettings, now: dt.datetime) -> str:
    """A delivery status notification (RFC 3464): only permanent failure of one of our own messages counts."""
    status, said = next(_statuses(report), ("", ""))
    if not status.startswith("5"):
        return f"status {status or 'unknown'}: nothing to do"
    for name in reversed(_MESSAGE_ID.findall(message[:_READ].decode("utf-8", "replace"))):
        with library.transaction() as writer:
            mail = find_mail(writer.connection, name)
            if mail is None:
                continue
            reader = count_bounce(
                writer.connection, mail.subscription_id, f"{status} {said}", limit=settings.bounce_limit, now=now
            )
        if reader is None:
            return f"{mail.recipient} has no subscription any more"
        ended = f"; {reader.reason}" if reader.state is State.DISABLED else ""
        return f"bounce {reader.bounces} of subscription {reader.id} ({reader.address}), {reader.state}{ended}"
    raise LibraryError("the report names no message of ours", hint="it must hold the returned message's headers")


def _statuses(report: Message) -> Iterator[tuple[str, str]]:
    """Status code and diagnosis of each recipient."""
    for part in report.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        for block in blocks if isinstance(blocks, list) else ():
            if isinstance(block, Message) and block.get("Status"):
                yield str(block["Status"]).strip(), clean(str(block.get("Diagnostic-Code", "")), 200)
