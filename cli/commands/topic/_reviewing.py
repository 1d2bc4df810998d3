"""What a review shows: the queue, the log, the status, a record."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from cli.output import Format, print_rows

if TYPE_CHECKING:
    from feeds.review.queue import Queue
    from feeds.review.types import Offer
    from library import Library

QUEUE_COLUMNS: Final = ("rank", "uid", "kind", "status", "title", "score", "model", "drawn", "why", "verdict", "note")
LOG_COLUMNS: Final = ("id", "made", "curator", "verdict", "uid", "reason", "note", "rank", "score", "model", "drawn")
_SECONDS: Final = 19


def offer_row(queue: Queue, offer: Offer) -> dict[str, Any]:
    """A record of the queue as one flat row."""
    record = queue.records[offer.uid].record
    candidate = queue.candidates.get(offer.uid)
    standing = queue.standing.get(offer.uid)
    return {
        "rank": offer.rank,
        "uid": offer.uid,
        "kind": str(record.kind),
        "status": str(record.status),
        "title": record.title,
        "score": round(offer.score, 4),
        "model": offer.model,
        "drawn": str(offer.drawn),
        "why": candidate.why if candidate else "",
        "verdict": str(standing.decision.verdict) if standing and queue.curator in standing.by else "",
        "note": note_of(queue, offer.uid),
    }


def note_of(queue: Queue, uid: str) -> str:
    """What a curator has to know beside the record itself."""
    standing = queue.standing.get(uid)
    if standing is None:
        return ""
    if queue.is_changed(uid):
        decision = standing.decision
        day = decision.made.date()
        return f"its text has changed since {decision.curator} decided to {decision.verdict} it on {day}"
    return "curators disagree about it" if standing.disputed else ""


def queue_rows(queue: Queue, *, second: bool, limit: int) -> Iterator[dict[str, Any]]:
    """The first of what waits."""
    return (offer_row(queue, offer) for offer in islice(queue.offers(second=second), limit))


def log_rows(library: Library, topic: str, *, plain: bool) -> Iterator[dict[str, Any]]:
    """The log, oldest first; ``plain`` takes out what a terminal would act upon."""
    from feeds.mail.clean import clean
    from feeds.review.log import read_log, standings

    with library.reading() as connection:
        log = read_log(connection, topic)
    undone = {decision.undoes: decision for decision in log if decision.undoes}
    disputed = {uid for uid, standing in standings(log).items() if standing.disputed}
    for one in log:
        by = undone.get(one.id)
        note = f"taken back {by.made:%Y-%m-%d %H:%M}" if by else ""
        if one.undoes:
            note = f"takes back {one.undoes}"
        elif not note and one.uid in disputed and one.verdict in ("include", "exclude"):
            note = "disputed"
        row = {name: getattr(one, name) for name in LOG_COLUMNS if name != "note"} | {"note": note}
        row |= {"verdict": str(one.verdict), "drawn": str(one.drawn), "made": one.made.isoformat()[:_SECONDS] + "Z"}
        row["score"] = round(one.score, 4)
        yield {name: clean(value, 500) if plain and isinstance(value, str) else value for name, value in row.items()}


def status_row(queue: Queue) -> dict[str, Any]:
    """The status as one document."""
    from feeds.review.status import status_of

    status = status_of(queue)
    row: dict[str, Any] = msgspec.structs.asdict(status)
    recall = status.recall
    row["recall"] = {
        "estimate": round(recall.estimate, 4) if status.is_estimated else None,
        "low": round(recall.low, 4),
        "high": round(recall.high, 4),
        "wanted": recall.wanted,
        "wanted_low": recall.wanted_low,
        "wanted_high": recall.wanted_high,
        "draws": recall.draws,
    }
    row["saved"] = round(status.saved, 4) if status.is_estimated else None
    return row


def print_status(queue: Queue, format: Format) -> None:
    """The status, for people as a few lines."""
    row = status_row(queue)
    if format is not Format.TABLE:
        flat = row | {f"recall_{name}": value for name, value in row["recall"].items()}
        print_rows([row if format is not Format.CSV else flat], list(flat), format)
        return
    recall = row["recall"]
    click.echo(
        f"{row['topic']}: {row['decided']} of {row['candidates']} decided,"
        f" {row['included']} included, {row['excluded']} excluded, {row['unread']} unread"
    )
    for name, text in (("changed", "changed since and waiting again"), ("disputed", "disputed between curators")):
        if row[name]:
            click.echo(f"  {row[name]} {text}")
    if row["decided"]:
        click.echo(f"  by {_listed(row['curators'])}")
    if row["reasons"]:
        click.echo(f"  excluded for {_listed(row['reasons'])}")
    if recall["draws"]:
        click.echo(
            f"  found: about {recall['estimate']:.0%} of what belongs here (95% interval {recall['low']:.0%} to"
            f" {recall['high']:.0%}, from {recall['draws']} random draws); work saved over sampling {row['saved']:.0%}"
        )
    elif row["decided"] and row["unread"]:
        click.echo("  found: not known, no record has been drawn at random yet")
    click.echo(f"  {row['hint']}")


def _listed(counts: dict[str, int]) -> str:
    from feeds.mail.clean import clean

    return ", ".join(f"{clean(name, 60)} ({number})" for name, number in counts.items())
