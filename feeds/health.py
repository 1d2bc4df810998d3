"""How well each source serves: when it last came through, how often it fails, what it brings, whether it went quiet."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import distinct, func, select

from library import schema

if TYPE_CHECKING:
    from library import CrawlRun, Library

RUNS: Final = 200
"""So many of the newest runs of a source are looked at."""
YIELD_DAYS: Final = 30
REASONS: Final = 5
QUIET_CHANCE: Final = 0.01
"""A silence that would come about by chance less often than this is reported."""
_BASELINE_RUNS: Final = 3
"""So many runs before a silence say at least how often a source brings something."""
_IMPORT: Final = "import "
"""So the runs of imported files are named (`crawler.importer`)."""
_DIFFERING: Final = re.compile(r"https?://[^\s?]+\S*|10\.\d{4,9}/\S+|'[^']*'|\"[^\"]*\"|\w*\d\w*")
_REASON_LENGTH: Final = 160
_JOINING: Final = ("doi:", "pmid:", "registration:")
"""Identifiers that make two records one work, as in `library.works`."""


class SourceHealth(msgspec.Struct, frozen=True, kw_only=True):
    """One source."""

    source: str
    records: int
    """Standing in the library."""
    last_success: dt.datetime | None
    """End of the last run that read its whole window."""
    lag_hours: float | None
    """Since then."""
    runs: int
    """Runs looked at, at most `RUNS`."""
    error_rate: float | None
    """Share of these that failed in part or in whole."""
    recent: int
    """New records in the last `YIELD_DAYS` days."""
    overlap: float | None
    """Share of its records whose work another source has too."""
    unique: int
    """Records whose work no other source has."""
    silent_runs: int
    """Whole runs since it last brought anything new."""
    quiet: bool
    """Whether that silence is longer than chance explains."""
    last_error: str
    """The first error of its newest run; ``""`` if that had none."""
    watermark: str = ""
    """Up to where its provider has been read."""
    behind_days: int | None = None
    """Days between that and today, where it is a date."""
    quarantined: int = 0
    """Payloads of it that could not be read."""
    reasons: dict[str, int] = {}
    """Why, without what differs from one to the next, the most frequent first, at most `REASONS`."""


def source_health(library: Library, *, now: dt.datetime | None = None) -> list[SourceHealth]:
    """Every source that is crawled and has records or runs, in the order of names.

    Imported files are none: nothing is expected of them, so that they can be neither late nor quiet.

    Args:
        library: Holds records and the reports of crawls.
        now: Time zone aware; the present moment if not given.
    """
    from crawler.registry import source_names

    now = now or dt.datetime.now(dt.UTC)
    counts, shared, recent = _counts(library), _shared(library), _recent(library, now)
    reasons = _reasons(library)
    found = {summary.source: summary for summary in library.source_summaries()}
    crawled = {name for name, one in found.items() if (one.last_run or one.watermark) and not name.startswith(_IMPORT)}
    sources = sorted(crawled | (found.keys() & set(source_names())))
    return [
        _health(
            source,
            library.runs(source, limit=RUNS),
            records=counts.get(source, 0),
            shared=shared.get(source, 0),
            recent=recent.get(source, 0),
            watermark=library.state(source).watermark,
            reasons=reasons.get(source, Counter()),
            now=now,
        )
        for source in sources
    ]


def _health(
    source: str,
    runs: Sequence[CrawlRun],
    *,
    records: int,
    shared: int,
    recent: int,
    watermark: str,
    reasons: Counter[str],
    now: dt.datetime,
) -> SourceHealth:
    """``runs`` are the newest first."""
    last = next((run.finished for run in runs if _is_success(run)), None)
    silent, quiet = silence([run.new for run in runs if run.complete])
    return SourceHealth(
        source=source,
        records=records,
        last_success=last,
        lag_hours=round((now - last).total_seconds() / 3600, 1) if last else None,
        runs=len(runs),
        error_rate=round(sum(not _is_success(run) for run in runs) / len(runs), 3) if runs else None,
        recent=recent,
        overlap=round(shared / records, 3) if records else None,
        unique=records - shared,
        silent_runs=silent,
        quiet=quiet,
        last_error=next(iter(runs[0].errors), "") if runs else "",
        watermark=watermark,
        behind_days=_behind(watermark, now.date()),
        quarantined=reasons.total(),
        reasons=dict(reasons.most_common(REASONS)),
    )


def _behind(watermark: str, today: dt.date) -> int | None:
    try:
        return (today - dt.date.fromisoformat(watermark[:10])).days
    except ValueError:
        return None


def _is_success(run: CrawlRun) -> bool:
    return run.complete and not run.failed


def silence(new: Sequence[int]) -> tuple[int, bool]:
    """How many whole runs have brought nothing, and whether that is longer than chance explains.

    How often a run brings something is estimated from the runs before the silence (rule of succession); the silence
    counts as quiet if so many empty runs in a row would come about with a chance below `QUIET_CHANCE`. Runs and not
    days are counted: a source that is not asked is late, not quiet.

    Args:
        new: New records of each whole run, the newest first.
    """
    silent = next((place for place, number in enumerate(new) if number), len(new))
    before = new[silent:]
    if len(before) < _BASELINE_RUNS:
        return silent, False
    usual = (sum(number > 0 for number in before) + 1) / (len(before) + 2)
    return silent, bool((1 - usual) ** silent < QUIET_CHANCE)


def _reasons(library: Library) -> dict[str, Counter[str]]:
    """Source → reasons, each without the identifiers, numbers and values that differ from one payload to the next."""
    q = schema.quarantine
    found: dict[str, Counter[str]] = {}
    with library.reading() as connection:
        for source, reason in connection.execute(select(q.c.source, q.c.reason).order_by(q.c.id)):
            found.setdefault(source, Counter())[_DIFFERING.sub("…", reason)[:_REASON_LENGTH]] += 1
    return found


def _counts(library: Library) -> dict[str, int]:
    r = schema.records
    statement = select(r.c.source, func.count().label("n")).where(~r.c.deleted).group_by(r.c.source)
    with library.reading() as connection:
        return {row.source: row.n for row in connection.execute(statement)}


def _recent(library: Library, now: dt.datetime) -> dict[str, int]:
    r = schema.records
    start = (now - dt.timedelta(days=YIELD_DAYS)).astimezone(dt.UTC).isoformat(timespec="milliseconds")
    statement = select(r.c.source, func.count().label("n")).where(r.c.first_seen >= start, ~r.c.deleted)
    with library.reading() as connection:
        return {row.source: row.n for row in connection.execute(statement.group_by(r.c.source))}


def _shared(library: Library) -> dict[str, int]:
    """Records of each source that bear an identifier which a standing record of another source bears too."""
    r, i = schema.records, schema.identifiers
    other_record, other = r.alias(), i.alias()
    joins = i.c.key.startswith(_JOINING[0], autoescape=True)
    for scheme in _JOINING[1:]:
        joins |= i.c.key.startswith(scheme, autoescape=True)
    statement = (
        select(r.c.source, func.count(distinct(r.c.uid)).label("n"))
        .join(i, i.c.uid == r.c.uid)
        .join(other, (other.c.key == i.c.key) & (other.c.uid != i.c.uid))
        .join(other_record, other_record.c.uid == other.c.uid)
        .where(joins, ~r.c.deleted, ~other_record.c.deleted, other_record.c.source != r.c.source)
        .group_by(r.c.source)
    )
    with library.reading() as connection:
        return {row.source: row.n for row in connection.execute(statement)}
