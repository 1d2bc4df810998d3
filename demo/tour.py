"""The guided tour behind ``cordwatch demo``: the main job on the sample world, with the real spiders."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from demo.server import Server, running

SEARCHES: Final = (
    "motor recovery after neural stem cell transplantation in chronic injury",
    'cell:"induced pluripotent stem cell" species:human -retracted',
    "exosomes measure:BBB",
)
RECORD: Final = "pubmed:99000020"

SOURCES: Final = ("pubmed", "clinicaltrials", "press")
"""What the sample world replays; the other sources would be asked live."""
CONFIG: Final = """\
# Written by `cordwatch demo`: every provider is the loopback server of the sample world.
home = "{home}"

[crawl]
contact = "demo@example.org"

[pubmed]
base_url = "{base}/eutils"
# The sample world is small and on this machine: no need to ask as slowly as NCBI wants.
since = "2010-01-01"

[clinicaltrials]
base_url = "{base}/api/v2"
requests_per_second = 50.0

[press]
min_interval_s = 0.0
requests_per_second = 50.0

[[press.feeds]]
url = "{base}/press/daily.rss"
outlet = "The Daily Example"

[[press.feeds]]
url = "{base}/press/university.atom"

[[press.feeds]]
url = "{base}/press/wire.json"
"""


def tour(folder: Path) -> int:
    """Collect, annotate, index and search the sample world; what it did stays in ``folder``.

    Returns:
        0, or the exit code of the step that failed.
    """
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    with running() as server:
        config = folder / "config.toml"
        config.write_text(CONFIG.format(home=folder.as_posix(), base=server.base_url), encoding="utf-8")
        code = _walk(config, server)
    if code == 0:
        _say("What next?")
        print(NEXT.format(config=config))  # noqa: T201 - the tour talks to a person
    return code


def _walk(config: Path, server: Server) -> int:
    steps = (
        ("Day 1: collect, annotate, embed, index", ["sync", *SOURCES], 1),
        ("Day 2: a trial reports, a study is retracted, registrations change", ["sync", *SOURCES], 2),
        *((f"Search {number}", ["search", "-n", "3", query], 2) for number, query in enumerate(SEARCHES, start=1)),
        ("One record: what it is, whether it stands, what it says", ["show", RECORD], 2),
    )
    for title, arguments, day in steps:
        server.go_to(day)
        code = _run(title, ["--config", str(config), *arguments])
        if code:
            return code
    return 0


def _run(title: str, arguments: list[str]) -> int:
    _say(title)
    shown = " ".join(f"'{word}'" if " " in word or '"' in word else word for word in arguments[2:])
    print(f"$ cordwatch {shown}\n", flush=True)  # noqa: T201
    # A crawl needs a process of its own (Twisted's reactor starts once), and this is what a user would run.
    return subprocess.run([sys.executable, "-m", "cli.main", *arguments], check=False).returncode  # noqa: S603


def _say(title: str) -> None:
    print(f"\n── {title} " + "─" * max(3, 90 - len(title)), flush=True)  # noqa: T201


NEXT: Final = """\
Look around in the sample world (. .venv/bin/activate, once):
  cordwatch --config {config} search 'outcome:improved measure:BBB species:rat'
  cordwatch --config {config} facets --by kind --by species --by cell
  cordwatch --config {config} export 'is:registration' --as ris
  cordwatch --config {config} verify

Collect from the live sources (say who you are: providers ask for it):
  cordwatch config init                  # then set crawl.contact in the file that it names
  cordwatch doctor
  cordwatch sync pubmed clinicaltrials --since 30d
  cordwatch search 'your question'
"""
