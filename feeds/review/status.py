"""How far a review has come: what was found, what that is of all, what it saved, and whether to go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

import msgspec

from feeds.review import log as decisions
from feeds.review.queue import Queue
from feeds.review.recall import Draw, Recall, draws_needed, estimate_recall
from feeds.review.rounds import draws_of
from feeds.review.types import Drawn

TARGET: Final = 0.95
"""Share of the wanted records at which a review may end."""
_RUN: Final = 50
"""So many records by rank without a find say that the model has little left to show."""


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """A review as it stands."""

    topic: str
    candidates: int
    """In the queue, read or not, with everything that was ever decided about."""
    decided: int
    included: int
    excluded: int
    unread: int
    changed: int
    """Records whose text has changed since they were decided about."""
    disputed: int
    """Records about which curators disagree."""
    curators: dict[str, int]
    """Curator → records decided about."""
    reasons: dict[str, int]
    """Reason for exclusion → records, the commonest first."""
    recall: Recall
    saved: float
    """Work saved over sampling: the share that is unread, less the share of recall that reading it would have added."""
    since_include: int
    """Records read by rank since the last one that was included."""
    to_be_sure: int | None
    """Random draws without a find after which the recall would be shown to reach the target; ``None``: unknowable."""
    hint: str
    """What to do next."""

    @property
    def is_estimated(self) -> bool:
        """Whether recall, and with it the work saved, is more than a guess: drawn at random, or nothing is unread."""
        return bool(self.recall.draws) or not self.unread


def status_of(queue: Queue) -> Status:
    """The status of a queue."""
    standing = queue.standing
    included = sum(one.included for one in standing.values())
    unread = [uid for uid in queue.candidates if uid not in standing]
    recall, draws = _recall(queue, included, len(unread))
    candidates = len(standing) + len(unread)
    of_round = sum(uid in queue.round.members for uid in unread)
    found = sum(one.included for uid, one in standing.items() if uid in queue.round.members)
    needed = draws_needed(draws, found=found, unread=of_round, target=TARGET)
    run = _run_without_find(queue)
    return Status(
        topic=queue.topic,
        candidates=candidates,
        decided=len(standing),
        included=included,
        excluded=len(standing) - included,
        unread=len(unread),
        changed=sum(queue.is_changed(uid) for uid in standing),
        disputed=sum(one.disputed for one in standing.values()),
        curators=_counted(curator for one in standing.values() for curator in one.by),
        reasons=_counted(one.decision.reason for one in standing.values() if not one.included and one.decision.reason),
        recall=recall,
        saved=len(unread) / candidates - (1 - recall.estimate) if candidates else 0.0,
        since_include=run,
        to_be_sure=needed,
        hint=_hint(queue, recall, len(unread), run, needed),
    )


def _recall(queue: Queue, included: int, unread: int) -> tuple[Recall, list[Draw]]:
    """The recall over everything in the queue, and the draws that it rests on.

    Of a record that was drawn and put off either answer is possible, and newcomers that nobody has read may all be
    wanted, or none: the interval takes in both.
    """
    members = queue.round.members
    found = sum(one.included for uid, one in queue.standing.items() if uid in members)
    left = sum(uid in members and uid not in queue.standing for uid in queue.candidates)
    outcomes: list[Recall] = []
    for assumed in (False, True):
        draws, waiting = draws_of(queue.log, queue.round, queue.standing, pending=assumed)
        of_them = len(waiting)
        outcomes.append(estimate_recall(draws, found=found + of_them * assumed, unread=left - of_them))
    draws, _ = draws_of(queue.log, queue.round, queue.standing, pending=False)
    others = included - found
    recall = Recall(
        found=included,
        wanted=outcomes[0].wanted + others,
        wanted_low=min(one.wanted_low for one in outcomes) + others,
        wanted_high=max(one.wanted_high for one in outcomes) + others + unread - left,
        draws=len(draws),
    )
    return recall, draws


def _run_without_find(queue: Queue) -> int:
    run = 0
    for one in reversed(decisions.effective(queue.log)):
        if one.drawn is Drawn.TOP and one.uid in queue.standing:
            if queue.standing[one.uid].included:
                return run
            run += 1
    return run


def _hint(queue: Queue, recall: Recall, unread: int, run: int, needed: int | None) -> str:
    if not unread:
        return "Every candidate has been decided about."
    if not queue.standing:
        return "Nothing has been decided yet."
    if recall.found and recall.low >= TARGET:
        return f"You may stop: at least {TARGET:.0%} have been found (95% confidence)."
    if needed is None:
        return "Go on: nothing has been included yet."
    if run < _RUN:
        return f"Go on: the last find by rank was {run} {'record' if run == 1 else 'records'} ago."
    if needed >= unread:
        return f"The last {run} by rank brought nothing; only reading the rest would show that {TARGET:.0%} are found."
    return (
        f"The last {run} by rank brought nothing. {needed} random draws without a find would show that {TARGET:.0%} are"
        f" found: cordwatch topic review {queue.topic} --sample"
    )


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(names).most_common())
