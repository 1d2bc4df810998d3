"""Puts right what follows from the records, and forgets what cannot be true; what sources said stays as it is."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select, update

from library import schema
from library.agreement import TABLES, Disagreement, disagreements, misfiled
from library.standing import WORKS, bearers_of
from library.subjects import followers
from library.types import ChangeKind
from library.writer import Writer

STAGES: Final = ("annotate ", "embed ")
"""Stages that may begin anew: what they write follows from the records. What was sent to readers does not."""
_SLACK: Final = dt.timedelta(days=1)
"""Clocks of providers, and days elsewhere on Earth."""


def mend(writer: Writer) -> int:
    """Mend everything of which `library.verify` says that a rebuild mends it; gives how many things were wrong.

    Records that are told otherwise by now have changed, so that the index and digests follow.
    """
    connection = writer.connection
    touched = _known_kinds(connection)
    count = len(touched) + _settle(writer)
    for wrong in list(disagreements(connection)):
        count += 1
        touched |= _rewrite(connection, wrong)
    writer.touch(_standing(connection, touched))
    return count + _forget(connection)


def _standing(connection: Connection, uids: Iterable[str]) -> Iterator[str]:
    """Those of the records that there are and that were not removed."""
    r = schema.records
    for uid in sorted(uids):
        yield from connection.execute(select(r.c.uid).where(r.c.uid == uid, ~r.c.deleted)).scalars()


def _known_kinds(connection: Connection) -> set[str]:
    """Drop changes of kinds that there are not."""
    c = schema.changes
    unknown = c.c.kind.not_in([kind.value for kind in ChangeKind])
    uids = set(connection.execute(select(c.c.uid).where(unknown)).scalars())
    connection.execute(delete(c).where(unknown))
    return uids


def _settle(writer: Writer) -> int:
    """Log every record as what it is."""
    count = 0
    for wrong in list(misfiled(writer.connection)):
        writer.log_again(wrong.uid, is_removed=wrong.is_removed)
        count += 1
    return count


def _rewrite(connection: Connection, wrong: Disagreement) -> set[str]:
    """Write what follows from a record; gives uids of the records that this concerns."""
    r = schema.records
    keys: set[str] = set()
    for name in wrong.tables:
        table, wanted = TABLES[name], wrong.wanted[name]
        keys |= {key for key, _ in wrong.kept[name] ^ wanted}
        connection.execute(delete(table).where(table.c.uid == wrong.uid))
        rows = [{"key": key, "uid": wrong.uid, "status": status} for key, status in sorted(wanted)]
        for row in rows:
            connection.execute(insert(table).values({name: row[name] for name in row.keys() & set(table.c.keys())}))
    beside = {name: value for name, value in wrong.beside.items() if name != "uid"}
    if beside:
        connection.execute(update(r).where(r.c.uid == wrong.uid).values(beside))
    works = {key for key in keys if key.startswith(WORKS)}
    return {wrong.uid, *bearers_of(connection, sorted(works)), *followers(connection, works)}


def _forget(connection: Connection) -> int:
    """Stages that are ahead of the log, and crawls of the future, begin anew."""
    w, s = schema.watermarks, schema.crawl_states
    stages = [stage for stage in ahead(connection) if stage.startswith(STAGES)]
    sources = list(impossible_states(connection))
    connection.execute(delete(w).where(w.c.stage.in_(stages)))
    connection.execute(delete(s).where(s.c.source.in_(sources)))
    return len(stages) + len(sources)


def ahead(connection: Connection) -> list[str]:
    """Stages that claim to have read changes that there are not."""
    w, c = schema.watermarks, schema.changes
    last = select(func.coalesce(func.max(c.c.seq), 0)).scalar_subquery()
    return list(connection.execute(select(w.c.stage).where(w.c.seq > last).order_by(w.c.stage)).scalars())


def impossible_states(connection: Connection) -> Iterator[str]:
    """Sources that were read up to a day that has not come, or of whose state nothing can be read."""
    s = schema.crawl_states
    latest = (dt.datetime.now(dt.UTC) + _SLACK).date()
    statement = select(s.c.source, s.c.watermark, s.c.state).order_by(s.c.source)
    for source, watermark, state in connection.execute(statement):
        day = _day(watermark)
        if not _is_state(state) or (day and day > latest):
            yield source


def _day(watermark: str) -> dt.date | None:
    """The day in a watermark; ``None`` where a source reckons in other terms."""
    try:
        return dt.date.fromisoformat(watermark[:10])
    except ValueError:
        return None


def _is_state(encoded: str) -> bool:
    try:
        return isinstance(json.loads(encoded), dict)
    except ValueError:
        return False
