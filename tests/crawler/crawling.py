"""Crawls in processes of their own: Twisted's reactor starts once a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

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
    }
}


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
            lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
        home.mkdir(parents=True, exist_ok=True)
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "cli.main", "--config", str(self.config), "crawl", *arguments, "--json"]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            cwd=REPOSITORY,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def environment(self) -> dict[str, str]:
        return {**os.environ, "CORDWATCH_HOME": str(self.home), "CORDWATCH_CONFIG": str(self.config)}

    def run(self, *arguments: str) -> dict[str, Any]:
        """The report of one source."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=100)
        assert process.returncode in (0, 3), err
        report: dict[str, Any] = json.loads(out)[0]
        assert (process.returncode == 0) == report["complete"], err
        report["stderr"] = err
        return report

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
