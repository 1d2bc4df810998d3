"""Rounds: a queue as it stood when it was last made anew, and the random draws from it.

What random draws say holds for the records that could have been drawn. So a queue that has changed much, or lost
records that nobody read, begins another round; a few newcomers wait beside it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping
from typing import Final

import msgspec
from sqlalchemy import Connection, delete, insert, select

from feeds.review.log import effective
from feeds.review.recall import Draw
from feeds.review.types import Decision, Drawn, Standing, Verdict
from library.review_tables import review_candidates, review_rounds
from records.errors import LibraryError

_NEWCOMERS: Final = 0.02
"""A round ends when this share of what is unread has come since it began."""
_SALT_BYTES: Final = 16


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """The records of a queue at one moment."""

    id: int
    salt: bytes
    members: frozenset[str]
    """Uids, read ones too."""


def current_round(connection: Connection, topic: str) -> Round | None:
    """The last round of a topic."""
    r, c = review_rounds, review_candidates
    row = connection.execute(select(r).where(r.c.topic == topic).order_by(r.c.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    members = connection.execute(select(c.c.uid).where(c.c.round == row.id)).scalars()
    return Round(id=row.id, salt=row.salt, members=frozenset(members))


def serves(round: Round | None, queue: Collection[str], read: Collection[str]) -> bool:
    """Whether a round still stands for a queue: nothing unread has left it, and little has come.

    Args:
        round: The last one.
        queue: Uids of the candidates now.
        read: Uids that somebody has decided about.
    """
    if round is None:
        return False
    unread = round.members.difference(read)
    newcomers = set(queue) - round.members - set(read)
    return unread <= set(queue) and len(newcomers) <= len(unread) * _NEWCOMERS


def begin_round(connection: Connection, topic: str, members: Iterable[str], now: dt.datetime) -> Round:
    """A new round; the members of earlier ones are forgotten. ``connection`` is of a transaction."""
    r, c = review_rounds, review_candidates
    old = select(r.c.id).where(r.c.topic == topic)
    connection.execute(delete(c).where(c.c.round.in_(old)))
    salt = secrets.token_bytes(_SALT_BYTES)
    values = {"topic": topic, "salt": salt, "began": now.astimezone(dt.UTC).isoformat(timespec="milliseconds")}
    key = connection.execute(insert(r).values(values)).inserted_primary_key
    if key is None:
        raise LibraryError("the database gave no number for a round")
    ordered = sorted(set(members))
    if ordered:
        connection.execute(insert(c), [{"round": int(key[0]), "uid": uid} for uid in ordered])
    return Round(id=int(key[0]), salt=salt, members=frozenset(ordered))


def lots(round: Round, uids: Iterable[str]) -> dict[str, bytes]:
    """A random number for each record, the same whenever it is asked: who stops and resumes draws no other record.

    The unread record with the least number is a uniform draw from what is unread, because whatever was read before was
    read for other reasons than its number, or had a lesser one.
    """
    return {uid: hashlib.blake2b(uid.encode(), key=round.salt, digest_size=16).digest() for uid in uids}


def draws_of(
    log: Iterable[Decision], round: Round, standing: Mapping[str, Standing], *, pending: bool
) -> tuple[list[Draw], set[str]]:
    """The random draws of a round, and the records that were drawn and put off.

    Args:
        log: Every row of the topic.
        round: Whose draws.
        standing: How the records stand now: a decision that was changed counts as it stands.
        pending: What is assumed of a record that was drawn and put off.
    """
    draws: list[Draw] = []
    read: set[str] = set()
    waiting: set[str] = set()
    found = 0
    for one in effective(log):
        drawn = one.drawn is Drawn.RANDOM and one.round == round.id
        if one.uid in read or one.uid not in round.members or (one.verdict is Verdict.SKIP and not drawn):
            continue
        now = standing.get(one.uid)
        hit = pending if now is None else now.included
        if now is None:
            waiting.add(one.uid)
        if drawn:
            draws.append(Draw(unread=len(round.members) - len(read), found=found, hit=hit))
        read.add(one.uid)
        found += hit
    return draws, waiting
