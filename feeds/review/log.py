"""The log of decisions: rows are added, never changed; how things stand is read from it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
from sqlalchemy import Connection, insert, select

from feeds.review.types import Decision, Offer, Standing, Verdict
from feeds.rows import fields_of
from library.review_tables import review_decisions
from records.errors import ConfigError, LibraryError
from records.record import TEXT_FIELDS, Record

MAX_REASON: Final = 500
_D: Final = review_decisions
_MAX_CURATOR: Final = 100


def text_hash(record: Record) -> bytes:
    """SHA-256 of what a curator reads: title, abstract, body. Other changes of a record ask for no new look."""
    return hashlib.sha256("\0".join(map(record.text_of, TEXT_FIELDS)).encode("utf-8", "surrogatepass")).digest()


def check_curator(name: str) -> str:
    """The name on one line. Raises `ConfigError` if there is none, or it is longer than a name."""
    name = " ".join(name.split())
    if not name or len(name) > _MAX_CURATOR or not name.isprintable():
        raise ConfigError(f"{name[:_MAX_CURATOR]!r} is no name of a curator", hint="--curator NAME, or review.curator")
    return name


def decide(
    connection: Connection,
    topic: str,
    offer: Offer,
    *,
    curator: str,
    verdict: Verdict,
    reason: str = "",
    now: dt.datetime,
) -> Decision:
    """Add a decision.

    Args:
        connection: Of a transaction.
        topic: Its name.
        offer: The record as it was shown.
        curator: Who decides.
        verdict: Not ``undo``.
        reason: Why; cut after `MAX_REASON` characters.
        now: The present moment.
    """
    values = msgspec.structs.asdict(offer) | {"drawn": offer.drawn.value}
    return _add(connection, topic, curator, verdict, " ".join(reason.split())[:MAX_REASON], now, values, undoes=0)


def undo(connection: Connection, topic: str, *, curator: str, now: dt.datetime) -> Decision:
    """Take back the curator's last decision that stands; returns that one. Raises `LibraryError` if there is none."""
    standing = effective(read_log(connection, topic))
    own = [decision for decision in standing if decision.curator == curator]
    if not own:
        raise LibraryError(f"{curator} has no decision on {topic} to take back", hint=f"topic review {topic} --log")
    last = own[-1]
    values = {name: getattr(last, name) for name in Offer.__struct_fields__} | {"drawn": last.drawn.value}
    _add(connection, topic, curator, Verdict.UNDO, "", now, values, undoes=last.id)
    return last


def read_log(connection: Connection, topic: str, *, after: int = 0) -> list[Decision]:
    """Every row of a topic after the row ``after``, oldest first."""
    rows = connection.execute(select(_D).where(_D.c.topic == topic, _D.c.id > after).order_by(_D.c.id))
    return [msgspec.convert(fields_of(row._mapping), Decision) for row in rows]


def effective(log: Iterable[Decision]) -> list[Decision]:
    """The decisions that were not taken back, oldest first, without the undoing."""
    log = list(log)
    undone = {decision.undoes for decision in log}
    return [one for one in log if one.verdict is not Verdict.UNDO and one.id not in undone]


def standings(log: Iterable[Decision]) -> dict[str, Standing]:
    """How each record stands that somebody included or excluded, by uid."""
    newest: dict[str, Decision] = {}
    by: dict[str, dict[str, Verdict]] = {}
    for decision in effective(log):
        if decision.verdict is not Verdict.SKIP:
            newest[decision.uid] = decision
            by.setdefault(decision.uid, {})[decision.curator] = decision.verdict
    return {uid: Standing(decision=decision, by=by[uid]) for uid, decision in newest.items()}


def skipped_by(log: Iterable[Decision], curator: str) -> list[str]:
    """Uids that the curator last skipped, in the order of skipping."""
    last: dict[str, Decision] = {}
    for decision in effective(log):
        if decision.curator == curator:
            last.pop(decision.uid, None)
            last[decision.uid] = decision
    return [uid for uid, decision in last.items() if decision.verdict is Verdict.SKIP]


def reasons_given(log: Iterable[Decision]) -> list[str]:
    """Reasons of exclusions, the commonest first."""
    counts = Counter(one.reason for one in effective(log) if one.verdict is Verdict.EXCLUDE and one.reason)
    return [reason for reason, _ in counts.most_common()]


def verdicts(connection: Connection) -> dict[str, dict[str, bool]]:
    """Topic → uid → whether it is included, for every record that somebody decided about."""
    topics = connection.execute(select(_D.c.topic).distinct()).scalars()
    return {topic: included(standings(read_log(connection, topic))) for topic in list(topics)}


def included(found: Mapping[str, Standing]) -> dict[str, bool]:
    """Uid → whether it is included."""
    return {uid: standing.included for uid, standing in found.items()}


def _add(
    connection: Connection,
    topic: str,
    curator: str,
    verdict: Verdict,
    reason: str,
    now: dt.datetime,
    offered: Mapping[str, object],
    *,
    undoes: int,
) -> Decision:
    row = {
        **offered,
        "topic": topic,
        "curator": curator,
        "verdict": verdict.value,
        "reason": reason,
        "made": now.astimezone(dt.UTC).isoformat(timespec="milliseconds"),
        "undoes": undoes,
    }
    key = connection.execute(insert(_D).values(row)).inserted_primary_key
    if key is None:
        raise LibraryError("the database gave no number for a decision")
    return msgspec.convert({**row, "id": int(key[0])}, Decision)
