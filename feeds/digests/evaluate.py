"""The stage before digests: what changed in the library is held against all topics, once for all readers."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from feeds.digests.cautions import note_cautions
from feeds.digests.papers import PAPERS, note_papers
from feeds.digests.progress import load_progress, load_reviewed, reopen
from feeds.digests.standing import Facts, facts_of, note_changes, note_removed
from feeds.outbox.queue import stamp
from feeds.topics.matching import matches
from feeds.topics.types import Match, Topic
from feeds.topics.window import changed_since, open_window, settled_seq
from library.subscription_tables import item_states, topic_matches
from library.types import ChangeKind, StoredRecord
from library.writer import WatermarkMovedError
from records.errors import LibraryError, QueryError

if TYPE_CHECKING:
    from library import Library
    from records.protocols import Ontology
    from records.record import Record

_BATCH: Final = 2_000
_CHUNK: Final = 500
_TRIES: Final = 5

Matcher = Callable[[Sequence[str]], Mapping[str, Sequence[Match]]]
"""Uids of records → name of each topic → what it holds of them."""


class EvaluateReport(msgspec.Struct, kw_only=True):
    """What a run of the stage did."""

    records: int = 0
    matches: int = 0
    """New pairs of topic and record."""
    events: int = 0
    """Retractions, corrections, status changes, publications."""
    failed: dict[str, str] = {}
    """Topics that could not be asked, or that readers ask for and nobody finds, with the reason."""
    caught_up: list[str] = []
    """Topics that could not be asked before, and now were asked about what they had missed."""
    waiting: int = 0
    """Records that have still to be annotated or embedded; they are looked at after that."""

    def notes(self) -> list[str]:
        """What could not be done, and what was made up for; a line each."""
        lines = [f"topic {name} could not be asked: {why}" for name, why in self.failed.items()]
        lines += [f"topic {name} was asked about what it had missed" for name in self.caught_up]
        if self.waiting:
            what = "1 record has" if self.waiting == 1 else f"{self.waiting} records have"
            lines.append(f"{what} still to be annotated and embedded. try: cordwatch annotate; cordwatch index")
        return lines


def topic_matcher(library: Library, ontology: Ontology, topics: Mapping[str, Topic], failed: dict[str, str]) -> Matcher:
    """Asks topics about a window of records; one that cannot be asked is noted in ``failed`` and holds nothing."""

    def match(uids: Sequence[str]) -> Mapping[str, Sequence[Match]]:
        found: dict[str, Sequence[Match]] = {}
        with open_window(library, ontology, uids) as window:
            for name, topic in topics.items():
                try:
                    found[name] = matches(topic, window)
                except QueryError as error:
                    failed[name] = error.message
        return found

    return match


def evaluate(
    library: Library,
    matcher: Matcher,
    *,
    topics: Collection[str],
    fresh_days: int,
    now: dt.datetime,
    failed: dict[str, str] | None = None,
) -> EvaluateReport:
    """Note matches and events of everything that changed since the last time, and how far that is, in one transaction.

    A topic that could not be asked, or was not there, is asked about what it missed as soon as it can be. What curators
    decided since makes a match of a record or opens it again, for whoever was not sent it.

    Args:
        library: Where the records are, and where matches and events go.
        matcher: Asks the topics.
        topics: Their names.
        fresh_days: Records that were first collected longer ago are not news, whatever topic finds them.
        now: The present moment.
        failed: Topics that cannot be asked, with the reason; the matcher may note more.

    Raises:
        LibraryError: Other processes do the same all the time; nothing is lost.
    """
    failed = failed if failed is not None else {}
    for _ in range(_TRIES):
        with suppress(WatermarkMovedError):  # another process has done it meanwhile: what it left is done now
            return _evaluate(library, matcher, topics, dt.timedelta(days=fresh_days), now, failed)
    raise LibraryError("other processes ask the topics all the time", hint="wait until they are done, and try again")


def _evaluate(
    library: Library,
    matcher: Matcher,
    topics: Collection[str],
    fresh: dt.timedelta,
    now: dt.datetime,
    failed: dict[str, str],
) -> EvaluateReport:
    progress, until = load_progress(library, topics, failed), settled_seq(library)
    mark, until = progress.mark, max(until, progress.mark)
    report = EvaluateReport(failed=failed, waiting=len(changed_since(library, until)))
    changed = changed_since(library, mark, until_seq=until)
    released = _released(library, now)
    uids = list(dict.fromkeys([*released, *changed]))
    reviewed, behind = load_reviewed(library, progress), progress.behind()
    if until == mark and not (uids or reviewed.newest or behind or progress.has_new()):
        return report
    hunt = _Hunt(library, matcher, fresh, now)
    hunt.look(uids, with_facts=True)
    # A topic that still cannot be asked is not asked about everything that it has missed, time and again.
    askable = set(matcher(())) if behind else set()
    for since, late in behind.items():
        if late & askable:
            hunt.look(changed_since(library, since, until_seq=mark), only=_of_any(late & askable))
            report.caught_up += sorted(late & askable)
    hunt.look(sorted({uid for _, uid in reviewed.pairs}), only=lambda *pair: pair in reviewed.pairs)
    gone = _removed(library, mark, until)
    with library.transaction() as writer:
        connection = writer.connection
        _forget_matches(connection, gone)
        note_removed(connection, gone)
        reopen(connection, reviewed.pairs)
        report.matches = _insert(connection, hunt.rows)
        report.events = sum(note(connection, hunt.facts, now) for note in (note_papers, note_cautions, note_changes))
        asked = {topic for topic in topics if topic not in failed}
        progress.move(writer, asked=asked, to=until, decided=reviewed.newest, missed=hunt.first_seq(released))
    report.records = len(uids)
    return report


def _of_any(topics: Collection[str]) -> Callable[[str, str], bool]:
    return lambda topic, _uid: topic in topics


class _Hunt:
    """Collects what topics hold of records, and what the records say."""

    def __init__(self, library: Library, matcher: Matcher, fresh: dt.timedelta, now: dt.datetime) -> None:
        self._library = library
        self._matcher = matcher
        self._fresh = fresh
        self._now = now
        self.rows: list[dict[str, Any]] = []
        self.facts: list[Facts] = []

    def first_seq(self, uids: Sequence[str]) -> int | None:
        """The oldest change among the records; ``None`` without any."""
        return min((one.seq for one in self._library.get_many(uids).values()), default=None)

    def look(
        self,
        uids: Sequence[str],
        *,
        only: Callable[[str, str], bool] = lambda _topic, _uid: True,
        with_facts: bool = False,
    ) -> None:
        """Ask about records; of the matches ``only`` some are wanted, by topic and uid."""
        for start in range(0, len(uids), _BATCH):
            batch = uids[start : start + _BATCH]
            stored = {uid: one for uid, one in self._library.get_many(batch).items() if not one.deleted}
            seen = {uid: one.first_seen for uid, one in stored.items()}
            fresh = [uid for uid in batch if uid in stored and self._now - _news_since(stored[uid]) <= self._fresh]
            if with_facts:
                news = {uid for uid in fresh if stored[uid].record.kind in PAPERS}
                self.facts += (_facts(stored[uid].record, self._now, news) for uid in batch if uid in stored)
            if fresh:
                found = _rows(self._matcher(fresh), fresh, seen, self._now)
                self.rows += (row for row in found if only(row["topic"], row["uid"]))


def _news_since(one: StoredRecord) -> dt.datetime:
    """When a record was collected or, if that is later, might be shown."""
    embargo = one.record.embargo_until
    return max(one.first_seen, embargo) if embargo else one.first_seen


def _facts(record: Record, now: dt.datetime, news: set[str]) -> Facts:
    return msgspec.structs.replace(facts_of(record, now), paper=record.uid in news)


def _released(library: Library, now: dt.datetime) -> list[str]:
    """Records whose embargo has ended since they were last looked at."""
    s = item_states
    statement = select(s.c.uid).where(s.c.embargo != "", s.c.embargo <= stamp(now)).order_by(s.c.embargo, s.c.uid)
    with library.reading() as connection:
        return list(connection.execute(statement).scalars())


def _removed(library: Library, mark: int, until: int) -> list[str]:
    """Records that their sources have removed since the last time."""
    found: list[str] = []
    while changes := library.changes(mark, kinds=[ChangeKind.TOMBSTONE], limit=_BATCH):
        found += [change.uid for change in changes if change.seq <= until]
        mark = changes[-1].seq
    return [uid for uid, stored in library.get_many(found).items() if stored.deleted]


def _forget_matches(connection: Connection, uids: Sequence[str]) -> None:
    """Removed records match nothing; if one comes back it is matched anew, and is news to whoever was not sent it."""
    for start in range(0, len(uids), _CHUNK):
        connection.execute(delete(topic_matches).where(topic_matches.c.uid.in_(uids[start : start + _CHUNK])))


def _rows(
    found: Mapping[str, Sequence[Match]], order: Sequence[str], seen: Mapping[str, dt.datetime], now: dt.datetime
) -> Iterable[dict[str, Any]]:
    """One row a topic and record, in the order in which the records came."""
    by_uid: dict[str, list[tuple[str, Match]]] = {}
    for topic, held in found.items():
        for match in held:
            by_uid.setdefault(match.uid, []).append((topic, match))
    for uid in order:
        for topic, match in by_uid.get(uid, ()):
            yield {
                "topic": topic,
                "uid": uid,
                "score": match.score,
                "why": json.dumps(match.why),
                "first_seen": stamp(seen[uid]),
                "found": stamp(now),
            }


def _insert(connection: Connection, rows: list[dict[str, Any]]) -> int:
    """Add matches that are not there yet; says how many those were."""
    counted = select(func.count()).select_from(topic_matches)
    before = connection.execute(counted).scalar_one()
    if rows:
        connection.execute(upsert(topic_matches).on_conflict_do_nothing(), rows)
    return connection.execute(counted).scalar_one() - before
