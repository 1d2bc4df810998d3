"""Crawls in processes of their own: Twisted's reactor starts once a process.

They are forks of a process that has imported everything, so that each takes a fraction of a second.
"""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import runpy
import signal
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from scrapy.settings import default_settings

from library import CrawlState, Library, Quarantined

REPOSITORY = Path(__file__).resolve().parents[2]
QUICK = {
    "crawl": {
        "contact": "tests@example.org",
        "retries": 2,
        "backoff_s": 0.02,
        "max_wait_s": 2.0,
        "timeout_s": 3.0,
        "batch_records": 3,
        "max_response_mb": 4,
    },
    # A crawl of all sources is one of those that a test sets up.
    "biorxiv": {"enabled": False},
    "crossref": {"enabled": False},
    "europepmc": {"enabled": False},
    "press": {"feeds": []},
    "retractionwatch": {"enabled": False},
}


_COMPONENTS = (
    *default_settings.DOWNLOADER_MIDDLEWARES_BASE,
    *default_settings.SPIDER_MIDDLEWARES_BASE,
    *default_settings.EXTENSIONS_BASE,
    *default_settings.DOWNLOAD_HANDLERS_BASE.values(),
)
"""What Scrapy imports by name when a crawl starts, whether it is switched on or not."""
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    [
        *("cli.main", "cli.commands.crawl", "cli.commands.import_", "cli.stages", "cli.reports", "cli.output"),
        *("cli.since", "library.review_tables", "library.subscription_tables"),
        *(f"crawler.{path.stem}" for path in (REPOSITORY / "crawler").glob("[a-z]*.py")),
        *(f"crawler.spiders.{path.stem}" for path in (REPOSITORY / "crawler" / "spiders").glob("[a-z]*.py")),
        *("alembic.command", "alembic.config", "sqlalchemy.dialects.sqlite", "scrapy.crawler"),
        *("scrapy.core.engine", "scrapy.core.scraper", "scrapy.dupefilters", "scrapy.pqueues", "scrapy.robotstxt"),
        *("scrapy.squeues", "scrapy.statscollectors"),
        *dict.fromkeys(path.rpartition(".")[0] for path in _COMPONENTS),
        *("feedparser", "trafilatura"),
    ]
)
_NUMBERS = itertools.count()


@dataclass
class Running:
    """A command under way."""

    process: ForkServerProcess
    output: Path

    @property
    def alive(self) -> bool:
        return self.process.is_alive()

    def lasts(self, seconds: float) -> bool:
        """Whether it is still alive after so long."""
        self.process.join(seconds)
        return self.alive

    def interrupt(self) -> None:
        assert self.process.pid
        os.kill(self.process.pid, signal.SIGINT)

    def kill(self) -> None:
        self.process.kill()
        self.process.join()

    def wait(self) -> tuple[int | None, str, str]:
        """Exit code, stdout, stderr."""
        self.process.join(100)
        assert not self.alive, "the command does not end"
        out, err = (self.output.with_suffix(suffix) for suffix in (".out", ".err"))
        return self.process.exitcode, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")


class Crawl:
    """One home folder and the settings of its crawls.

    Args:
        home: Folder of the library.
        sections: Settings by section, over those that make crawls quick.
    """

    def __init__(self, home: Path, **sections: dict[str, Any]) -> None:
        self.home = home
        self.config = home / "config.toml"
        merged = {name: QUICK.get(name, {}) | sections.get(name, {}) for name in QUICK | sections}
        lines: list[str] = []
        for name, values in merged.items():
            lines += [f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in values.items())]
        home.mkdir(parents=True, exist_ok=True)
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def start(self, *arguments: str, command: str = "crawl", most_bytes: int = 0, as_json: bool = True) -> Running:
        """Start a command; ``most_bytes`` is the size at which its disk is full."""
        output = self.home / f"output-{next(_NUMBERS)}"
        given = {
            "arguments": ["--config", str(self.config), command, *arguments, *(["--json"] if as_json else [])],
            "environment": self.environment(),
            "output": str(output),
            "most_bytes": most_bytes,
        }
        process = _FORKS.Process(
            target=runpy.run_path,
            args=(str(Path(__file__).with_name("forked.py")),),
            kwargs={"init_globals": {"given": given}},
            daemon=True,
        )
        process.start()
        return Running(process, output)

    def environment(self) -> dict[str, str]:
        return {**os.environ, "CORDWATCH_HOME": str(self.home), "CORDWATCH_CONFIG": str(self.config)}

    def run(self, *arguments: str, command: str = "crawl", most_bytes: int = 0) -> dict[str, Any]:
        """The report of one source."""
        (report,) = self.run_all(*arguments, command=command, most_bytes=most_bytes)
        return report

    def run_all(self, *arguments: str, command: str = "crawl", most_bytes: int = 0) -> list[dict[str, Any]]:
        """The reports of several, in the order in which they are printed."""
        code, out, err = self.start(*arguments, command=command, most_bytes=most_bytes).wait()
        assert code in (0, 3), err
        reports: list[dict[str, Any]] = json.loads(out)
        assert (code == 0) == all(report["complete"] for report in reports), err
        for report in reports:
            report["stderr"] = err
        return reports

    def plan(self, *arguments: str) -> list[dict[str, str]]:
        """What a dry run prints."""
        code, out, err = self.start("--dry-run", *arguments).wait()
        assert code == 0, err
        rows: list[dict[str, str]] = json.loads(out)
        return rows

    def library(self) -> Library:
        return Library.open(self.home / "library.sqlite3")

    def contents(self, source: str) -> dict[str, tuple[str, int]]:
        """uid → title and version of everything that stands."""
        with self.library() as library:
            stored = library.get_many(library.iter_uids()).values()
            ours = [one for one in stored if one.record.source == source and not one.deleted]
            return {one.uid: (one.record.title, one.version) for one in ours}

    def state(self, source: str) -> CrawlState:
        with self.library() as library:
            return library.state(source)

    def quarantined(self, source: str) -> list[Quarantined]:
        with self.library() as library:
            return list(library.quarantined(source=source))


def _toml(value: Any) -> str:
    """JSON is TOML but for tables within lists."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)
