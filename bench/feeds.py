"""Feeds read and items found, beside feedparser alone: ``python -m bench.feeds DIR``."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

import feedparser

from crawler.parsers.feeds import parse_feed
from records.errors import ParseError

RUNS: Final = 3
SUFFIXES: Final = (".atom", ".json", ".rdf", ".rss", ".xml")
URL: Final = "https://feeds.example/feed"


def ours(content: bytes) -> int | str:
    """How many items of a feed have a link or an id, as the press spider reads it; why there are none."""
    try:
        return sum(1 for item in parse_feed(content, url=URL).items if item.link or item.id)
    except ParseError as error:
        return error.message.removeprefix(f"{URL}: ")


def theirs(content: bytes) -> int | str:
    """The same of feedparser alone."""
    parsed = feedparser.parse(content, response_headers={"content-location": URL})
    if not parsed.version and not parsed.entries:
        return "no feed"
    return sum(1 for entry in parsed.entries if entry.get("link") or entry.get("id"))


def measure(folder: Path, *, runs: int = RUNS) -> dict[str, Any]:
    """Counts and medians of several runs, in turn."""
    contents = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES]
    if not contents:
        raise SystemExit(f"{folder}: no feeds ({', '.join(SUFFIXES)})")
    found: dict[str, list[int | str]] = {}
    seconds: dict[str, list[float]] = {"ours": [], "theirs": []}
    for number in range(runs):
        for name, read in (("ours", ours), ("theirs", theirs)):
            started = time.perf_counter()
            found[name] = [read(content) for content in contents]
            seconds[name].append(time.perf_counter() - started)
        print(f"run {number + 1} of {runs}", file=sys.stderr)
    medians = {name: statistics.median(taken) for name, taken in seconds.items()}
    reasons = Counter(result for result in found["ours"] if isinstance(result, str))
    return {
        **_counts(found["ours"]),
        "refused": dict(reasons.most_common()),
        "per_second": round(len(contents) / medians["ours"], 1),
        "peer": {"name": f"feedparser {feedparser.__version__}", **_counts(found["theirs"])},
        "ratio": round(medians["theirs"] / medians["ours"], 3),
    }


def _counts(results: list[int | str]) -> dict[str, int]:
    read = [result for result in results if isinstance(result, int)]
    return {"feeds": len(results), "read": len(read), "items": sum(read)}


def main() -> None:
    parser = argparse.ArgumentParser(description="Count the feeds that are read and the items that are found.")
    parser.add_argument("folder", type=Path, help="folder of feeds, searched with all below it")
    parser.add_argument("--runs", type=int, default=RUNS, help="how often each reader reads all, in turn")
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.folder, runs=arguments.runs)))


if __name__ == "__main__":
    main()
