"""Papers that join a work that is known: the results of a registered trial, a second paper of the same trial.

All records of one trial are one work, and a reader gets a work once; so a paper that comes later is told as a change.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from feeds.digests.standing import ChangeType, Facts
from feeds.outbox.queue import stamp
from library import schema
from library.subscription_tables import item_events, item_joins, item_states
from library.works import PAPER_SCHEMES, Work, works_of
from records.record import Kind

PAPERS: Final = frozenset({Kind.ARTICLE, Kind.PREPRINT})
_BATCH: Final = 500


def note_papers(connection: Connection, facts: Sequence[Facts], now: dt.datetime) -> int:
    """Write down each paper that now stands beside records that were seen before; says how many.

    It has to run before the facts are kept (`feeds.digests.standing.note_changes`). Each paper is noted once, however
    many registers tell of it, and one that comes together with all the rest of its work is not.
    """
    candidates = [fact for fact in facts if fact.paper and not fact.embargo]
    works = works_of(connection, {fact.uid for fact in candidates})
    candidates = [fact for fact in candidates if len(works[fact.uid]) > 1]
    uids = {uid for fact in candidates for uid in works[fact.uid]}
    kinds = _kinds(connection, uids)
    papers = papers_of(connection, (fact.uid for fact in candidates), kinds)
    known, joined = _known(connection, uids), _joined(connection, uids)
    linked = _borne(connection, {fact.published_as for fact in candidates if fact.published_as})
    rows: list[dict[str, Any]] = []
    fresh: set[str] = set()
    for fact in candidates:
        paper = papers[fact.uid]
        others = [uid for uid in works[fact.uid] if uid in kinds and uid not in paper]
        if not others:
            continue
        noted = any(uid in joined for uid in paper)
        joined.update(paper)
        fresh.update(paper)
        # A preprint that names its paper, and the paper is here: the paper is the news.
        if not noted and known.intersection(others) and fact.published_as not in linked:
            change = {"uid": fact.uid, "change": ChangeType.PAPER.value, "before": "", "by": fact.uid}
            rows.append(change | {"after": kinds[fact.uid].value, "found": stamp(now)})
    _remember(connection, fresh)
    if rows:
        connection.execute(upsert(item_events), rows)
    return len(rows)


def papers_of(connection: Connection, uids: Iterable[str], kinds: dict[str, Kind]) -> dict[str, Work]:
    """Each record with the others that are of the same paper: not of the same trial only, nor press about it."""
    return {
        uid: tuple(one for one in work if one == uid or kinds.get(one) in PAPERS)
        for uid, work in works_of(connection, uids, schemes=PAPER_SCHEMES).items()
    }


def _kinds(connection: Connection, uids: Iterable[str]) -> dict[str, Kind]:
    """Kind of each of the records that stand."""
    r = schema.records
    return {
        row.uid: Kind(row.kind) for row in _rows(connection, select(r.c.uid, r.c.kind).where(~r.c.deleted), r, uids)
    }


def _known(connection: Connection, uids: Iterable[str]) -> set[str]:
    """Those that were looked at before, and not under embargo then."""
    statement = select(item_states.c.uid).where(item_states.c.embargo == "")
    return {row.uid for row in _rows(connection, statement, item_states, uids)}


def _joined(connection: Connection, uids: Iterable[str]) -> set[str]:
    return {row.uid for row in _rows(connection, select(item_joins.c.uid), item_joins, uids)}


def _borne(connection: Connection, keys: Iterable[str]) -> set[str]:
    """Those of the identifiers that a record bears."""
    i, wanted = schema.identifiers, sorted(keys)
    found: set[str] = set()
    for start in range(0, len(wanted), _BATCH):
        statement = select(i.c.key).where(i.c.key.in_(wanted[start : start + _BATCH]))
        found.update(connection.execute(statement).scalars())
    return found


def _remember(connection: Connection, uids: Iterable[str]) -> None:
    rows = [{"uid": uid} for uid in sorted(uids)]
    if rows:
        connection.execute(upsert(item_joins).on_conflict_do_nothing(), rows)


def _rows(connection: Connection, statement: Any, table: Any, uids: Iterable[str]) -> Iterable[Any]:
    wanted = sorted(uids)
    for start in range(0, len(wanted), _BATCH):
        yield from connection.execute(statement.where(table.c.uid.in_(wanted[start : start + _BATCH])))
