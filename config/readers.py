"""Settings of what goes out to readers: topics, review, feeds, digests, mail, the service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from config.section import Amount, Natural, Positive, Section


class TopicsSettings(Section, frozen=True, kw_only=True):
    """Topics."""

    folder: Path | None = None
    """Folder of topic files; ``topics`` under ``home`` if unset."""
    shipped: bool = True
    """Whether the topics that come with Cordwatch count; a file of the same name takes the place of one."""


class ReviewSettings(Section, frozen=True, kw_only=True):
    """The review of topics' candidates."""

    curator: str = ""
    """Who decides; the login name if empty."""
    random_every: Positive = 10
    """Every so many-th record is drawn at random from what nobody has read: the estimate of recall rests on these."""


class PublishSettings(Section, frozen=True, kw_only=True):
    """Feeds and pages of topics."""

    title: str = "Cordwatch"
    """Title of the whole; stands before the title of each topic."""
    base_url: str = ""
    """Where the folder can be reached, http or https, for the addresses that feeds give of themselves."""
    authority: str = "cordwatch.invalid"
    """A domain name of yours, part of the identifiers of topics and items (tag URIs). Changed, all items are new."""
    days: Positive = 90
    """How far back a feed reaches, days since an item was first collected."""
    items: Positive = 100
    """Most items in a feed, newest first."""
    folder: Path | None = None
    """Folder that `cordwatch watch` publishes all topics to after each crawl; unset: nowhere."""


class DigestSettings(Section, frozen=True, kw_only=True):
    """Digests: what goes into a mail, and how readers answer."""

    public_url: str = ""
    """Address under which readers reach the links that `cordwatch watch` serves, https. Empty: mails name commands."""
    unsubscribe_address: str = ""
    """Mailbox whose mail is piped into `cordwatch subscriptions receive`; empty leaves out the reply way."""
    fresh_days: Natural = 30
    """A record is news for so many days after it was first collected; older ones that a topic finds are not."""
    max_changes: Positive = 100
    """Retractions, corrections and other changes a digest; further ones go into the next."""
    max_kb: Positive = 200
    """Size of a digest; items that would exceed it are left for the next."""
    bounce_limit: Positive = 3
    """A subscription is disabled after so many digests in a row that its address refused."""
    confirm_days: Positive = 7
    """How long the link of a confirmation mail holds."""
    keep_days: Natural = 90
    """The text of sent mail is kept so long for `digest resend`; the ledger is kept for good."""
    late_hours: Amount = 36.0
    """A source whose last complete crawl is older than this is reported as late."""
    chart: bool = True
    """Whether HTML digests carry a small chart."""


class SmtpSettings(Section, frozen=True, kw_only=True):
    """The mail server that digests go out through."""

    host: str = ""
    """Its name. Empty: nothing can be sent."""
    port: Annotated[int, msgspec.Meta(ge=1, le=65_535)] = 587
    """587 for STARTTLS, 465 for TLS from the start, 25 for a relay in the house."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is protected; the certificate is always checked."""
    username: str = ""
    """Empty: no authentication."""
    password: str = ""
    """Better kept in ``CORDWATCH_SMTP_PASSWORD``."""
    sender: str = ""
    """``From`` address: ``Cordwatch <digest@example.org>``."""
    timeout_s: Amount = 60.0
    """Seconds until the server is given up."""
    max_message_kb: Positive = 1024
    """A larger message is not sent; a smaller limit that the server announces holds too."""
    messages_per_connection: Positive = 50
    """A new connection after so many."""
    per_second: Amount = 10.0
    """Messages a second in all; 0: no limit."""
    per_domain_per_minute: Amount = 60.0
    """Messages a minute to one recipient's host; 0: no limit."""
    backoff_s: Amount = 60.0
    """Seconds before the first retry of a message; doubled for each further one, with jitter."""
    max_backoff_s: Amount = 14_400.0
    """The longest pause between two tries, seconds."""
    give_up_hours: Amount = 72.0
    """A message that could not be delivered for so long is given up."""


class WatchSettings(Section, frozen=True, kw_only=True):
    """The scheduler, `cordwatch watch`."""

    crawl_at: tuple[str, ...] = ("04:00", "16:00")
    """Local times of the crawls; annotating, embedding and indexing follow each."""
    tz: str = "UTC"
    """Time zone of ``crawl_at``: ``Europe/Berlin``."""
    sources: tuple[str, ...] = ()
    """What is crawled; all sources if empty."""
    crawl_hours: Amount = 6.0
    """A crawl that takes longer is ended; what has come is kept, and the next try goes on from there. 0: no limit."""
    tick_s: Amount = 15.0
    """How often due digests and waiting mail are looked for, seconds."""
    listen: str = "127.0.0.1:9464"
    """Where links, ``/metrics`` and ``/health`` are served; empty: nowhere."""
