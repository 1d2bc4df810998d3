"""Decisions of curators, and how a record stands by them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """What a curator did."""

    INCLUDE = "include"
    EXCLUDE = "exclude"
    SKIP = "skip"
    """Not now: the record is offered again after all others."""
    UNDO = "undo"
    """Took back the curator's last decision that stood."""


class Drawn(StrEnum):
    """How a record came before the curator."""

    TOP = "top"
    """By its rank."""
    RANDOM = "random"
    """Drawn at random from all that nobody had read: what the estimate of recall rests on."""
    NAMED = "named"
    """The curator named it."""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A record that is put before a curator."""

    uid: str
    content_hash: bytes
    """`feeds.review.log.text_hash` of the text shown."""
    rank: int
    """From 1, among those that wait."""
    score: float
    """0–1, of ``model``."""
    model: str
    """What ranked it: ``match`` (score of the topic's match) or ``logistic N`` with the number of decisions learnt."""
    drawn: Drawn
    round: int
    """Of the queue."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the log."""

    id: int
    topic: str
    uid: str
    curator: str
    verdict: Verdict
    reason: str
    made: dt.datetime
    content_hash: bytes
    """`feeds.review.log.text_hash` of the text judged."""
    rank: int
    """At the time; 0 if the curator named the record."""
    score: float
    model: str
    drawn: Drawn
    round: int
    undoes: int
    """Decision that this one takes back; 0 for none."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a record stands in the review of one topic: its newest verdict that was not taken back."""

    decision: Decision
    by: Mapping[str, Verdict]
    """Curator → that curator's own verdict."""

    @property
    def included(self) -> bool:
        """Whether the newest verdict is to include."""
        return self.decision.verdict is Verdict.INCLUDE

    @property
    def disputed(self) -> bool:
        """Whether curators disagree."""
        return len(set(self.by.values())) > 1
