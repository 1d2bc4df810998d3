"""Mail that comes back: readers who confirm or unsubscribe, and servers that report what they could not deliver.

Much of it quotes a digest, and every digest holds its way out: replies, notices of absence, returned mail. So only a
subject that asks for it, and nothing in a body, ends a subscription.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import email
import email.policy
import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from typing import Final

from config.settings import DigestSettings
from feeds.mail.clean import clean
from feeds.outbox.queue import find_mail, note_bounce
from feeds.subscriptions.store import act_on_token, count_bounce
from feeds.subscriptions.tokens import Purpose
from feeds.subscriptions.types import State
from library import Library
from records.errors import LibraryError

_REQUEST: Final = re.compile(
    r"(?:\[[^\[\]]{1,40}\] ?)*(unsubscribe|confirm) ([uc]\d{1,15}-[a-z2-7]{32})", re.IGNORECASE
)
"""The subject that mails ask their readers for, perhaps after ``[EXTERNAL]``, as mail gateways write; never ``Re:``."""
_OWN_ACCORD: Final = frozenset({"", "no", "auto-generated"})
"""Values of Auto-Submitted (RFC 3834) under which a request counts: mail programs that unsubscribe for their reader
may say ``auto-generated``."""
_POSTMASTERS: Final = re.compile(r"\b(?:mailer-daemon|postmaster)@", re.IGNORECASE)
_PERMANENT: Final = re.compile(r"(?<![\d.])5\.\d{1,3}\.\d{1,3}(?![\d.]\d|\d)|\b55[0-4][ -]")
"""A permanent failure in prose: an enhanced status code (RFC 3463) or a reply code."""
_MESSAGE_ID: Final = re.compile(r"^(?:> ?)?Message-ID:\s*(<[^<>\s]{1,200}>)", re.IGNORECASE | re.MULTILINE)
_READ: Final = 200_000
"""So many characters of a mail are looked at; headers and reports stand near the top."""


def act_on_mail(library: Library, message: bytes, *, settings: DigestSettings, now: dt.datetime) -> str:
    """Do what a mail asks for or reports; says what was done.

    Raises:
        LibraryError: There is nothing in it to act on.
    """
    parsed = email.message_from_bytes(message[:_READ], policy=email.policy.compat32)
    text = message[:_READ].decode("utf-8", "replace")
    if parsed.get_content_type() == "multipart/report":
        return _bounce(library, text, *next(_statuses(parsed), ("", "")), settings, now)
    request = _REQUEST.fullmatch(_header(parsed, "Subject"))
    if request is None and _POSTMASTERS.search(_header(parsed, "From")):
        return _bounce(library, text, *_status_in_prose(text), settings, now)
    if _is_automatic(parsed):
        return "an automatic answer: nothing to do"
    if request is None:
        raise LibraryError(
            "this mail is neither a report nor a request, and nobody reads it",
            hint="to unsubscribe, use the link in the foot of a digest, or write `unsubscribe TOKEN` as the subject",
        )
    purpose = Purpose[request[1].upper()]
    reader = act_on_token(library, request[2], purpose, now=now, confirm_days=settings.confirm_days)
    return f"subscription {reader.id} of {reader.address} is {reader.state}"


def _header(message: Message, name: str) -> str:
    """A header as one line, decoded; as it stands where it cannot be decoded."""
    line = str(message.get(name, ""))
    with contextlib.suppress(HeaderParseError, LookupError, ValueError):
        line = str(make_header(decode_header(line)))
    return clean(line, 998)


def _is_automatic(message: Message) -> bool:
    """Whether nobody asked for it; the empty return path is kept for such mail (RFC 5321, 4.5.5)."""
    said = _header(message, "Auto-Submitted").partition(";")[0].strip().lower()
    return said not in _OWN_ACCORD or _header(message, "Return-Path") == "<>"


def _status_in_prose(text: str) -> tuple[str, str]:
    """Status and diagnosis of a bounce in no standard form: what stands before the returned message."""
    start = re.search(r"\r?\n\r?\n", text)
    returned = _MESSAGE_ID.search(text, start.end() if start else len(text))
    said = text[start.end() : returned.start()] if start and returned else ""
    found = _PERMANENT.search(said)
    return (found.group().rstrip(" -"), clean(said[found.start() :].partition("\n")[0], 200)) if found else ("", "")


def _bounce(library: Library, text: str, status: str, said: str, settings: DigestSettings, now: dt.datetime) -> str:
    """A report that a message came back: only permanent failure of one of our own counts, and once."""
    if not status.startswith("5"):
        return f"status {status or 'unknown'}: nothing to do"
    for name in reversed(_MESSAGE_ID.findall(text)):
        with library.transaction() as writer:
            mail = find_mail(writer.connection, name)
            if mail is None:
                continue
            if not note_bounce(writer.connection, mail, f"{status} {said}", now):
                return f"{name} is {mail.state} already: nothing to do"
            reader = count_bounce(
                writer.connection, mail.subscription_id, f"{status} {said}", limit=settings.bounce_limit, now=now
            )
        if reader is None:
            return f"{mail.recipient} has no subscription any more"
        ended = f"; {reader.reason}" if reader.state is State.DISABLED else ""
        return f"bounce {reader.bounces} of subscription {reader.id} ({reader.address}), {reader.state}{ended}"
    raise LibraryError("the report names no message of ours", hint="it must hold the returned message's headers")


def _statuses(report: Message) -> Iterator[tuple[str, str]]:
    """Status code and diagnosis of each recipient in a delivery status notification (RFC 3464)."""
    for part in report.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        for block in blocks if isinstance(blocks, list) else ():
            if isinstance(block, Message) and block.get("Status"):
                yield str(block["Status"]).strip(), clean(str(block.get("Diagnostic-Code", "")), 200)
