"""A subscription, as data."""

from __future__ import annotations

import datetime as dt
import unicodedata
import zoneinfo
from email.errors import MessageError
from email.headerregistry import Address
from enum import StrEnum

import msgspec

from feeds.schedule import next_slot, parse_at, parse_days, parse_zone
from records.errors import ConfigError


class State(StrEnum):
    """What becomes of a subscription's digests."""

    ACTIVE = "active"
    DISABLED = "disabled"
    """The address refused too often; nothing is sent until it is resumed."""
    PAUSED = "paused"
    """Nothing is sent; what comes meanwhile waits."""
    PENDING = "pending"
    """The address has not confirmed yet."""
    UNSUBSCRIBED = "unsubscribed"


class Format(StrEnum):
    """What a digest looks like."""

    HTML = "html"
    """HTML with a plain text alternative."""
    TEXT = "text"


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader asks for."""

    topics: tuple[str, ...]
    """Names of topics, in the order of names."""
    at: str = "07:00"
    """Local time of day."""
    tz: str = "UTC"
    """IANA time zone."""
    days: str = "daily"
    """`feeds.schedule.parse_days`."""
    max_items: int = 25
    """New works a digest."""
    format: Format = Format.HTML
    send_empty: bool = False
    """Whether a mail comes when there is nothing to say."""

    def checked(self) -> Wishes:
        """Themselves. Raises `ConfigError` where one cannot be met."""
        parse_at(self.at), parse_days(self.days), parse_zone(self.tz)
        if not self.topics:
            raise ConfigError("a subscription needs a topic", hint="--topic NAME; cordwatch topic list shows them")
        if not 1 <= self.max_items <= 500:
            raise ConfigError(f"{self.max_items} works a digest cannot be", hint="--max from 1 to 500")
        return msgspec.structs.replace(self, topics=tuple(sorted(set(self.topics))))

    def zone(self) -> zoneinfo.ZoneInfo:
        """The time zone."""
        return parse_zone(self.tz)

    def next_slot(self, after: dt.datetime) -> dt.datetime:
        """When the next digest is due, in UTC."""
        return next_slot(parse_at(self.at), self.zone(), parse_days(self.days), after)


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription as it stands."""

    id: int
    address: str
    """``name@host``, the host in ASCII."""
    wishes: Wishes
    state: State
    reason: str
    """Why it is disabled."""
    secret: bytes
    """Key of its signed links."""
    bounces: int
    """Messages that the address refused or sent back, since the last that it took."""
    since: dict[str, str]
    """Topic → moment: only records that were first collected later are news to this reader."""
    match_cursor: int
    """Every match up to this one has been sent, or was not for this reader."""
    event_cursor: int
    """The same of changes."""
    next_due: str
    """When the next digest is due, UTC."""
    created: dt.datetime
    confirmed: str
    """When, or empty."""


def check_address(text: str) -> str:
    """``name@host`` with the host in ASCII (IDNA). Raises `ConfigError` for anything else, line breaks above all."""
    name, at, host = text.strip().rpartition("@")
    if name.isprintable() and not name.isascii():
        raise ConfigError(
            f"{text!r}: before the @ only letters, digits and signs of ASCII can be mailed to",
            hint="most mail systems give such a mailbox a second name in ASCII; subscribe that one",
        )
    try:
        host = _ascii_host(host)
        address = Address(addr_spec=f"{name}@{host}")
        plain = address.addr_spec.isprintable() and address.addr_spec.isascii() and " " not in text.strip()
    except (ValueError, IndexError, MessageError):
        plain = False
    if not (plain and at and name and host):
        raise ConfigError(f"{text!r} is not a mail address", hint="name@example.org")
    return f"{name}@{host}"


def _ascii_host(host: str) -> str:
    """A domain as the DNS knows it. Raises `ConfigError` where the two versions of IDNA mean different domains."""
    encoded = host.encode("idna")
    asked = unicodedata.normalize("NFKC", host).lower()
    if not host.isascii() and encoded.decode("idna").lower() != asked:
        # Python's codec is of 2003, which writes ß as ss and drops joiners; since 2008 these are letters of their own.
        raise ConfigError(f"{host!r} can be read as two domains", hint="write it in ASCII, as it is registered: xn--…")
    return encoded.decode("ascii").lower()
