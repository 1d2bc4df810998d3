"""The queue of a topic: what comes next for a curator, and what becomes of it.

Nothing is held while a person thinks: every step reads the log as it stands, every decision is a transaction of
its own.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from feeds.review import log as decisions
from feeds.review.candidates import Candidate, candidates, examples_of
from feeds.review.model import Ranker, is_due, mean_vectors
from feeds.review.rounds import Round, begin_round, current_round, draws_of, lots, serves
from feeds.review.types import Decision, Drawn, Offer, Standing, Verdict
from feeds.topics.nearness import windows_of
from feeds.topics.types import Topic
from feeds.topics.window import open_window

if TYPE_CHECKING:
    from library import Library
    from library.types import StoredRecord
    from records.protocols import Ontology

_TOGETHER: Final = dt.timedelta(minutes=10)
"""Curators who decided so recently share the queue between them."""
MATCH: Final = "match"
"""Ranked by the topic's own scores: nothing to learn from yet."""


class Queue:
    """The queue of one topic for one curator. Make it with `open_queue`.

    Args:
        library: Holds records and the log.
        topic: Its name.
        found: The candidates.
        records: Candidates, examples, and whatever was decided about, as far as it stands.
        examples: Uids of the topic's example records.
        round: The queue's round.
        curator: Who decides.
        random_every: Every so many-th record is drawn at random.
        clock: Gives the present moment.
    """

    def __init__(
        self,
        library: Library,
        topic: str,
        found: Sequence[Candidate],
        records: Mapping[str, StoredRecord],
        *,
        examples: Iterable[str],
        round: Round,
        curator: str,
        random_every: int,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self.library = library
        self.topic = topic
        self.curator = curator
        self.round = round
        self.records = records
        self.candidates = {one.uid: one for one in found}
        self.log: list[Decision] = []
        self.standing: dict[str, Standing] = {}
        self._clock = clock
        self._every = random_every
        self._examples = [uid for uid in examples if uid in records]
        self._places = {uid: place for place, uid in enumerate(records)}
        self._uids = list(records)
        self._lots = lots(round, (uid for uid in self.candidates if uid in round.members))
        self._hashes = {uid: decisions.text_hash(stored.record) for uid, stored in records.items()}
        prior = [self.candidates.get(uid) for uid in self._uids]
        # A near miss comes after every match, however near it is.
        self._prior = np.array([(one.score + one.matched) / 2 if one else 0.0 for one in prior])
        self._ranker: Ranker | None = None
        self._labels: dict[int, bool] = {}
        self._scores = self._prior
        self._model = MATCH
        self.refresh()

    def refresh(self) -> None:
        """Take up what was decided since, by whomever, and learn from it."""
        with self.library.reading() as connection:
            self.log += decisions.read_log(connection, self.topic, after=self.log[-1].id if self.log else 0)
        self.standing = decisions.standings(self.log)
        labels = {self._places[uid]: True for uid in self._examples}
        labels |= {self._places[uid]: one.included for uid, one in self.standing.items() if uid in self._places}
        changed = sum(self._labels.get(place) != labels.get(place) for place in {*labels, *self._labels})
        if len(set(labels.values())) < 2:
            self._scores, self._model, self._labels = self._prior, MATCH, {}
        elif is_due(changed, len(self._labels)):
            self._ranker = self._ranker or self._make_ranker()
            self._scores, self._model, self._labels = self._ranker.scores(labels), f"logistic {len(labels)}", labels

    def waiting(self) -> list[str]:
        """Uids that nobody has decided about, and those whose text has changed since; these first, then by rank.

        What the curator put off comes last.
        """
        changed = [uid for uid in self.candidates if self.is_changed(uid)]
        unread = [uid for uid in self.candidates if uid not in self.standing]
        return self._with_skipped_last([*self._ranked(changed), *self._ranked(unread)])

    def to_second(self) -> list[str]:
        """Uids that others have decided about and this curator has not: disputed ones first, then by rank."""
        open_to = [uid for uid, one in self.standing.items() if uid in self.records and self.curator not in one.by]
        disputed = [uid for uid in open_to if self.standing[uid].disputed]
        rest = [uid for uid in open_to if not self.standing[uid].disputed]
        return self._with_skipped_last([*self._ranked(disputed), *self._ranked(rest)])

    def is_changed(self, uid: str) -> bool:
        """Whether the text of a record that was decided about has changed since."""
        one = self.standing.get(uid)
        return one is not None and uid in self._hashes and one.decision.content_hash != self._hashes[uid]

    def offers(self, *, second: bool = False) -> Iterator[Offer]:
        """What waits, in order, as it would be offered."""
        for rank, uid in enumerate(self.to_second() if second else self.waiting(), start=1):
            yield self._offer(uid, rank, Drawn.TOP)

    def next(self, *, second: bool = False, sample: bool = False) -> Offer | None:
        """The record to decide about; ``None`` if none is left.

        Args:
            second: Judge what other curators judged.
            sample: Draw at random, to know how much is still to be found.
        """
        order = self.to_second() if second else self.waiting()
        if not order:
            return None
        ranks = {uid: rank for rank, uid in enumerate(order, start=1)}
        if not second and (sample or self._draw_is_due()):
            uid = self._drawn(ranks)
            if uid:
                return self._offer(uid, ranks[uid], Drawn.RANDOM)
        uid = order[0] if second or self.is_changed(order[0]) else self._own(order)
        return self._offer(uid, ranks[uid], Drawn.TOP)

    def named(self, uid: str) -> Offer | None:
        """A record that the curator names; ``None`` if it is not in the queue and nobody decided about it."""
        return self._offer(uid, 0, Drawn.NAMED) if uid in self.records else None

    def again(self, decision: Decision) -> Offer:
        """The record of a decision that was taken back, as it came then: a random draw stays one."""
        rank, drawn = decision.rank, decision.drawn
        return msgspec.structs.replace(self._offer(decision.uid, rank, drawn), round=decision.round)

    def decide(self, offer: Offer, verdict: Verdict, reason: str = "") -> Decision:
        """Keep a decision; it is in the library when this returns."""
        with self.library.transaction() as writer:
            made = decisions.decide(
                writer.connection,
                self.topic,
                offer,
                curator=self.curator,
                verdict=verdict,
                reason=reason,
                now=self._clock(),
            )
        self.refresh()
        return made

    def undo(self) -> Decision:
        """Take back the curator's last decision, and return it. Raises `LibraryError` if there is none."""
        with self.library.transaction() as writer:
            taken_back = decisions.undo(writer.connection, self.topic, curator=self.curator, now=self._clock())
        self.refresh()
        return taken_back

    def _make_ranker(self) -> Ranker:
        embeddings = self.library.embeddings(self._uids)
        texts = [
            f"{self.records[uid].record.title}\n{self.records[uid].record.text_of('abstract')}" for uid in self._uids
        ]
        vectors = [windows_of(embeddings[uid]) if uid in embeddings else None for uid in self._uids]
        return Ranker(texts, mean_vectors(vectors))

    def _ranked(self, uids: Iterable[str]) -> list[str]:
        return sorted(uids, key=lambda uid: (-self._scores[self._places[uid]], uid))

    def _with_skipped_last(self, order: list[str]) -> list[str]:
        skipped = decisions.skipped_by(self.log, self.curator)
        behind = set(skipped) & set(order)
        return [*(uid for uid in order if uid not in behind), *(uid for uid in skipped if uid in behind)]

    def _draw_is_due(self) -> bool:
        of_round = {one.uid for one in decisions.effective(self.log) if one.round == self.round.id}
        return (len(of_round) + 1) % self._every == 0

    def _drawn(self, order: Iterable[str]) -> str:
        """The random draw from what nobody has read; who skips it gets it again last, and no other in its place."""
        _, put_off = draws_of(self.log, self.round, self.standing, pending=False)
        unread = [uid for uid in order if uid in self._lots and uid not in self.standing and uid not in put_off]
        return min(unread, key=self._lots.__getitem__, default="")

    def _own(self, order: Sequence[str]) -> str:
        """The first record of the curator's own part: who works at the same time gets other records."""
        since = self._clock() - _TOGETHER
        active = sorted({one.curator for one in self.log if one.made >= since} | {self.curator})
        part = active.index(self.curator)
        skipped = set(decisions.skipped_by(self.log, self.curator))
        for uid in order if len(active) > 1 else ():
            number = int.from_bytes(hashlib.blake2b(uid.encode(), digest_size=4).digest(), "big")
            if number % len(active) == part and uid not in skipped:
                return uid
        return order[0]

    def _offer(self, uid: str, rank: int, drawn: Drawn) -> Offer:
        return Offer(
            uid=uid,
            content_hash=self._hashes[uid],
            rank=rank,
            score=float(self._scores[self._places[uid]]),
            model=self._model,
            drawn=drawn,
            round=self.round.id,
        )


def open_queue(
    library: Library,
    ontology: Ontology,
    topic: Topic,
    uids: Iterable[str],
    *,
    curator: str,
    random_every: int,
    clock: Callable[[], dt.datetime],
) -> Queue:
    """The queue of a topic.

    Args:
        library: Holds everything.
        ontology: For the topic's query.
        topic: Whose queue.
        uids: Records that may join it; what is in it already stays, as long as it passes the topic's filters.
        curator: Who decides.
        random_every: Every so many-th record is drawn at random.
        clock: Gives the present moment, time zone aware.

    Raises:
        QueryError: As `feeds.topics.matching.matches`.
    """
    with library.reading() as connection:
        standing = decisions.standings(decisions.read_log(connection, topic.name))
        round = current_round(connection, topic.name)
    queued = round.members if round else frozenset()
    included = [uid for uid, one in standing.items() if one.included]
    with open_window(library, ontology, {*uids, *queued}, now=clock()) as window:
        found = candidates(topic, window, included=included, keep=queued)
        records = {one.uid: window.records[one.uid] for one in found}
    examples = examples_of(topic, library)
    others = library.get_many({*standing, *examples} - records.keys())
    records |= {uid: stored for uid, stored in sorted(others.items()) if not stored.deleted}
    if round is None or not serves(round, [one.uid for one in found], standing):
        with library.transaction() as writer:
            # Another curator may have begun one meanwhile.
            newest = current_round(writer.connection, topic.name)
            if newest is None or not serves(newest, [one.uid for one in found], standing):
                newest = begin_round(writer.connection, topic.name, {*(one.uid for one in found), *standing}, clock())
        round = newest
    return Queue(
        library,
        topic.name,
        found,
        records,
        examples=examples,
        round=round,
        curator=curator,
        random_every=random_every,
        clock=clock,
    )
