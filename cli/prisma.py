"""A report of searches after PRISMA-S, in Markdown.

Source: Rethlefsen et al. 2021, the PRISMA statement for reporting literature searches in systematic reviews,
doi:10.1186/s13643-020-01542-z. Its sixteen items are named by number; what no program can know is left to be filled in.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from cli.search_log import LoggedSearch
from library.types import IMPORT, SourceSummary

LIMITS: Final = ("year:", "date:", "kind:", "is:", "type:", "status:", "-is:", "-kind:", "-type:", "-status:")
"""Clauses that PRISMA-S calls limits; all others it calls filters."""
_REGISTRIES: Final = frozenset({"clinicaltrials", "ictrp", "jrct", "ctis"})
_ONLINE: Final = frozenset({"press"})
_OPEN: Final = "*to be filled in*"


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """A source as the report names it."""

    summary: SourceSummary
    description: str
    """What is crawled under this name; ``""`` where nothing is."""
    from_files: int = 0
    """Of its records, how many were imported from files."""

    def provenance(self) -> str:
        """How its records came here."""
        crawled = self.summary.last_run is not None or bool(self.summary.watermark)
        ways = (self.description.rstrip(".") or "crawled") if crawled else "", "files" if self.from_files else ""
        return ", and ".join(filter(None, ways)) or "–"


def report(
    searches: Sequence[LoggedSearch], providers: Sequence[Provider], *, version: str, today: dt.date
) -> Iterator[str]:
    """The report, a line at a time."""
    yield "# Searches, reported after PRISMA-S"
    yield ""
    yield (
        f"Made on {today.isoformat()} with Cordwatch {version} from its log of searches. Numbers in brackets are the "
        "items of PRISMA-S (doi:10.1186/s13643-020-01542-z). Times are UTC."
    )
    yield from _sources(providers)
    yield from _strategies(searches)
    yield from _records(searches)


def _sources(providers: Sequence[Provider]) -> Iterator[str]:
    registries = [one for one in providers if one.summary.source in _REGISTRIES]
    online = [one for one in providers if one.summary.source in _ONLINE]
    files = [one for one in providers if one.summary.source == IMPORT]
    databases = [one for one in providers if one not in (*registries, *online, *files)]
    yield from ("", "## Information sources and methods", "")
    yield "**Databases (1), searched together (2):** all of them were searched at once, in a local collection that"
    yield "Cordwatch had gathered from the providers below."
    yield from _table(databases)
    yield from ("", "**Study registries (3):**")
    yield from _table(registries)
    yield from ("", "**Online resources and browsing (4):**")
    yield from _table(online)
    yield from ("", *(line for one in files for line in _files(one)))
    yield ""
    for name in ("Citation searching (5)", "Contacts (6)", "Other methods (7)", "Prior work (11)", "Peer review (14)"):
        yield f"**{name}:** {_OPEN}  "


def _files(one: Provider) -> Iterator[str]:
    count, summary = one.summary.files, one.summary
    last = f", the last on {_minute(summary.last_run)}" if summary.last_run else ""
    yield f"**Files imported into the collection:** {count}{last}. Their records stand under the source that the file"
    yield f"names, above; of files that name none came {summary.records}."


def _table(providers: Sequence[Provider]) -> Iterator[str]:
    yield ""
    if not providers:
        yield "none"
        return
    yield "| source | came through | records now | of these from files | last complete collection | read up to |"
    yield "| --- | --- | ---: | ---: | --- | --- |"
    for one in providers:
        summary = one.summary
        collected = _minute(summary.last_complete) if summary.last_complete else "–"
        counts = (str(summary.records), str(one.from_files))
        cells = (summary.source, one.provenance(), *counts, collected, summary.watermark or "–")
        yield f"| {' | '.join(map(_cell, cells))} |"


def _strategies(searches: Sequence[LoggedSearch]) -> Iterator[str]:
    yield from ("", "## Search strategies")
    if not searches:
        yield from ("", "No search was logged in this time.")
    for number, one in enumerate(searches, start=1):
        yield from ("", f"### {number}. {_minute(one.time)} (13)", "", "Full strategy (8), as it was run:", "")
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", one.query)), default=0))
        yield from (fence, one.query or "(everything)", fence, "")
        yield from (f"- {name}: {value}" for name, value in _facts(one) if value)
        earlier = [other for other in searches[: number - 1] if (other.query, other.mode) == (one.query, one.mode)]
        if earlier:
            yield f"- Update (12) of the search of {_minute(earlier[-1].time)}"


def _facts(one: LoggedSearch) -> Iterator[tuple[str, str]]:
    limits = [clause for clause in one.filters if clause.startswith(LIMITS)]
    yield "Limits (9)", _code(limits) or "none"
    yield "Search filters (10)", _code(clause for clause in one.filters if clause not in limits) or "none"
    yield "Ranking", " on ".join((one.mode, one.backend)) if one.mode else ""
    yield "State of the collection", f"change {one.seq}"
    yield "Records that met the limits and filters (15)", "" if one.total is None else str(one.total)
    written = "written" if one.command == "export" else "shown"
    sources = ", ".join(f"{source} {count}" for source, count in one.sources.items())
    asked = f", at most {one.limit} asked for" if one.limit else ""
    past = f", after passing over {one.offset}" if one.offset else ""
    yield (
        f"Records {written} (15)",
        "" if one.shown is None else f"{one.shown}{f' ({sources})' if sources else ''}{asked}{past}",
    )


def _records(searches: Sequence[LoggedSearch]) -> Iterator[str]:
    yield from ("", "## Managing records", "")
    exported = sum(one.shown or 0 for one in searches if one.command == "export")
    yield f"**Total records (15):** {exported} written by {_count(searches, 'export')}, before duplicates between them."
    yield ""
    yield "**Deduplication (16):** records with the same DOI or PMID, registrations with the same number, and copies of"
    yield "a press story were counted as one publication, unless `--records` was given."


def _count(searches: Sequence[LoggedSearch], command: str) -> str:
    number = sum(one.command == command for one in searches)
    return f"{number} {command}{'' if number == 1 else 's'}"


def _code(clauses: Iterable[str]) -> str:
    return ", ".join(f"`` {clause} ``" if "`" in clause else f"`{clause}`" for clause in clauses)


def _minute(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
