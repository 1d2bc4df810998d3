"""The stage before digests: what changed in the library is held against all topics, once for all readers."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from feeds.digests.papers import PAPERS, note_papers
from feeds.digests.standing import Facts, facts_of, note_changes, note_removed
from feeds.outbox.queue import stamp
from feeds.topics.matching import matches
from feeds.topics.types import Match, Topic
from feeds.topics.window import changed_since, open_window, settled_seq
from library.subscription_tables import item_states, topic_matches
from library.types import ChangeKind
from records.errors import QueryError

if TYPE_CHECKING:
    from library import Library
    from records.protocols import Ontology
    from records.record import Record

STAGE: Final = "digests"
_BATCH: Final = 2_000
_CHUNK: Final = 500

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
    """Topics that could not be asked, with the reason."""


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
    library: Library, matcher: Matcher, *, fresh_days: int, now: dt.datetime, failed: dict[str, str] | None = None
) -> EvaluateReport:
    """Note matches and events of everything that changed since the last time, and how far that is, in one transaction.

    Args:
        library: Where the records are, and where matches and events go.
        matcher: Asks the topics.
        fresh_days: Records that were first collected longer ago are not news, whatever topic finds them.
        now: The present moment.
        failed: Where the matcher notes topics that could not be asked.

    Raises:
        WatermarkMovedError: Another process did the same meanwhile; nothing is lost.
    """
    mark, until = library.watermark(STAGE), settled_seq(library)
    report = EvaluateReport(failed=failed if failed is not None else {})
    changed = changed_since(library, mark, until_seq=until) if until > mark else []
    uids = list(dict.fromkeys([*_released(library, now), *changed]))
    if until <= mark and not uids:
        return report
    rows: list[dict[str, Any]] = []
    facts: list[Facts] = []
    for start in range(0, len(uids), _BATCH):
        batch = uids[start : start + _BATCH]
        stored = {uid: one for uid, one in library.get_many(batch).items() if not one.deleted}
        seen = {uid: one.first_seen for uid, one in stored.items()}
        fresh = [uid for uid in batch if uid in seen and now - seen[uid] <= dt.timedelta(days=fresh_days)]
        news = {uid for uid in fresh if stored[uid].record.kind in PAPERS}
        facts += (_facts(stored[uid].record, now, news) for uid in batch if uid in stored)
        rows += _rows(matcher(fresh) if fresh else {}, fresh, seen, now)
    gone = _removed(library, mark, until)
    with library.transaction() as writer:
        connection = writer.connection
        _forget_matches(connection, gone)
        note_removed(connection, gone)
        report.matches = _insert(connection, rows)
        report.events = note_papers(connection, facts, now) + note_changes(connection, facts, now)
        writer.advance(STAGE, expected=mark, to=max(until, mark))
    report.records = len(uids)
    return report


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
