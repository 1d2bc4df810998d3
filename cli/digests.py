"""What the commands of subscriptions and digests share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from cli.app import App

if TYPE_CHECKING:
    from feeds.digests.build import Builder
    from feeds.digests.evaluate import EvaluateReport
    from feeds.outbox.sender import Log, SendReport
    from feeds.subscriptions.types import Subscription
    from feeds.topics.types import Topic
    from library import Library

SUBSCRIPTION_COLUMNS = ("id", "address", "topics", "at", "tz", "days", "max", "format", "state", "next_due", "reason")


def utc_now() -> dt.datetime:
    """The present moment."""
    return dt.datetime.now(dt.UTC)


def readable_topics(app: App) -> tuple[dict[str, Topic], dict[str, str]]:
    """The topics by name, and what is wrong with the files of the others: one broken file does not stop all."""
    from feeds.topics.reading import read_topic, topic_files
    from records.errors import ConfigError, ParseError

    topics: dict[str, Topic] = {}
    broken: dict[str, str] = {}
    for name, path in topic_files(app.settings.topics_path, with_shipped=app.settings.topics.shipped).items():
        try:
            topics[name] = read_topic(path)
        except (ConfigError, ParseError) as error:
            broken[name] = str(error)
    return topics, broken


def check_topics(app: App, names: tuple[str, ...]) -> None:
    """Raise `ConfigError` for a name that no topic has, or whose file is broken; the others do not matter."""
    from difflib import get_close_matches

    from records.errors import ConfigError

    topics, broken = readable_topics(app)
    for name in names:
        if name in broken:
            raise ConfigError(
                f"the topic {name!r} cannot be used: {broken[name]}", hint=f"cordwatch topic check {name}"
            )
        if name not in topics:
            near = get_close_matches(name, topics, n=2)
            hint = f"did you mean {' or '.join(near)}?" if near else f"topics: {', '.join(topics)}"
            raise ConfigError(f"there is no topic {name!r}", hint=hint)


def evaluate_topics(
    app: App, library: Library, topics: Mapping[str, Topic], broken: Mapping[str, str]
) -> EvaluateReport:
    """Hold what is new against all topics; one that cannot be asked is left out, and catches up once it can be."""
    from feeds.digests.evaluate import evaluate, topic_matcher

    failed = dict(broken)
    matcher = topic_matcher(library, app.lexicon, topics, failed)
    days = app.settings.digest.fresh_days
    return evaluate(library, matcher, topics=topics, fresh_days=days, now=utc_now(), failed=failed)


def make_builder(app: App, library: Library, topics: Mapping[str, Topic], *, only_show: bool = False) -> Builder:
    """Builds digests as of now; ``only_show`` needs no sender."""
    from feeds.digests.build import Builder
    from feeds.mail.headers import for_show

    settings = for_show(app.settings) if only_show else app.settings
    return Builder(library, settings, {name: topic.title for name, topic in topics.items()}, utc_now())


def send_mail(
    app: App, library: Library, *, limit: int, log: Log, pause: Callable[[float], bool] | None = None
) -> SendReport:
    """Send what waits. Raises `ConfigError` without a mail server, `LockedError` if another process sends."""
    from feeds.mail.transport import SmtpTransport
    from feeds.outbox.sender import Sender, sleep

    with SmtpTransport(app.settings.smtp) as transport:
        sender = Sender(
            library,
            transport,
            app.settings.smtp,
            bounce_limit=app.settings.digest.bounce_limit,
            log=log,
            pause=pause or sleep,
        )
        return sender.run(limit=limit)


def subscription_row(subscription: Subscription) -> dict[str, Any]:
    """A subscription as one flat row; moments as they are stored, ISO 8601 in UTC."""
    from feeds.outbox.queue import stamp

    row: dict[str, Any] = msgspec.structs.asdict(subscription.wishes)
    row["max"] = row.pop("max_items")
    shown = {
        name: getattr(subscription, name)
        for name in ("id", "address", "reason", "bounces", "created", "confirmed", "next_due")
    }
    return {**shown, **row, "state": subscription.state.value, "created": stamp(subscription.created)}
