"""How well each source serves: when it last came through, how often it fails, what it brings, whether it went quiet."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import func, select

from library import schema
from library.works import works_of
from records.errors import ConfigError, UnknownNameError

if TYPE_CHECKING:
    from config import Settings
    from library import CrawlRun, Library

RUNS: Final = 200
"""So many of the newest runs of a source are looked at."""
YIELD_DAYS: Final = 30
REASONS: Final = 5
QUIET_CHANCE: Final = 0.01
"""A silence that would come about by chance less often than this is reported."""
_BASELINE_RUNS: Final = 3
"""So many runs before a silence say at least how often a source brings something."""
_DIFFERING: Final = re.compile(r"https?://[^\s?]+\S*|10\.\d{4,9}/\S+|'[^']*'|\"[^\"]*\"|\w*\d\w*")
_REASON_LENGTH: Final = 160


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


class SourceSign(msgspec.Struct, frozen=True, kw_only=True):
    """How a source that is crawled here came through of late."""

    source: str
    last_success: dt.datetime | None
    """End of the last run that read its whole window."""
    failed: bool
    """Whether its newest run did not."""
    error: str
    """Why, in the words of the provider or the network; ``""`` if that is not known."""
    late: bool
    """Whether the last one, though it did, is too long ago."""
    silent_runs: int
    """Whole runs since it last brought anything new."""
    quiet: bool
    """Whether that silence is longer than chance explains."""


def told_quiet(source: str, silent_runs: int) -> str:
    """What is said of a source that has gone quiet."""
    return f"{source} has gone quiet: nothing new in its last {'run' if silent_runs == 1 else f'{silent_runs} runs'}"


def watched_sources(settings: Settings) -> tuple[str, ...]:
    """The sources that a crawl asks by these settings: those of ``watch.sources``, or all that are switched on.

    Raises:
        ConfigError: There is no such source.
    """
    from crawler.run import chosen_spiders

    try:
        return tuple(spider.name for spider in chosen_spiders(settings.watch.sources, settings))
    except UnknownNameError as error:
        raise ConfigError(f"watch.sources: {error.message}", hint=error.hint) from error


def source_signs(library: Library, settings: Settings, *, now: dt.datetime) -> list[SourceSign]:
    """Each watched source that has been crawled at least once, as its newest runs show it. Raises `ConfigError`."""
    late = dt.timedelta(hours=settings.digest.late_hours)
    found = ((source, library.runs(source, limit=RUNS)) for source in watched_sources(settings))
    return [_sign(source, runs, now - late) for source, runs in found if runs]


def unfinished_sources(library: Library, settings: Settings, *, since: dt.datetime) -> tuple[str, ...]:
    """The watched sources that have not been read to their end since then. Raises `ConfigError`."""

    def is_finished(source: str) -> bool:
        return any(_is_success(run) and run.finished >= since for run in library.runs(source, limit=1))

    return tuple(source for source in watched_sources(settings) if not is_finished(source))


def _sign(source: str, runs: Sequence[CrawlRun], earliest: dt.datetime) -> SourceSign:
    """``runs`` are the newest first, at least one."""
    silent, quiet = silence([run.new for run in runs if run.complete])
    return SourceSign(
        source=source,
        last_success=next((run.finished for run in runs if _is_success(run)), None),
        failed=not _is_success(runs[0]),
        error=next(iter(runs[0].errors), ""),
        late=_is_success(runs[0]) and runs[0].finished < earliest,
        silent_runs=silent,
        quiet=quiet,
    )


def source_health(library: Library, *, now: dt.datetime | None = None) -> list[SourceHealth]:
    """Every source that has records, runs or quarantine, in the order of names.

    Of imported files nothing is expected, so that they can be neither late nor quiet.

    Args:
        library: Holds records and the reports of crawls.
        now: Time zone aware; the present moment if not given.
    """
    now = now or dt.datetime.now(dt.UTC)
    counts, shared, recent = _counts(library), _shared(library), _recent(library, now)
    reasons = _reasons(library)
    sources = [summary.source for summary in library.source_summaries()]
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


def _shared(library: Library) -> Counter[str]:
    """Records of each source whose work has a standing record of another source."""
    r = schema.records
    with library.reading() as connection:
        rows = connection.execute(select(r.c.uid, r.c.source).where(~r.c.deleted))
        standing = {row.uid: row.source for row in rows}
        works = works_of(connection, standing)
    return Counter(
        source for uid, source in standing.items() if any(standing.get(other, source) != source for other in works[uid])
    )
