"""Abbreviations against gold pairs: ``python -m bench.abbreviations FILE``.

A pair counts where short and long form are those of the gold set; a pair that a document defines twice counts once.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from bench.tally import Tally
from nlp.abbreviations import find_abbreviations


def measure(path: Path, *, show: bool = False) -> dict[str, float]:
    """Precision, recall and F1 of pairs over all documents of a file of JSON lines."""
    tally = Tally()
    for line in path.read_text(encoding="utf-8").splitlines():
        document = json.loads(line)
        gold = {(short, long) for short, long in document["abbrev"]}
        found = {(one.short, one.long) for one in find_abbreviations(document["text"])}
        tally.count(found=len(found), gold=len(gold), right=len(found & gold), hit=len(found & gold))
        if show:
            sys.stderr.writelines(f"missed {pair}\n" for pair in sorted(gold - found))
            sys.stderr.writelines(f"extra {pair}\n" for pair in sorted(found - gold))
    return tally.report()


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure abbreviations against gold pairs.")
    parser.add_argument("file", type=Path, help='JSON lines {"text", "abbrev": [[short, long] …]}')
    parser.add_argument("--show", action="store_true", help="list what was missed and what was extra on stderr")
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.file, show=arguments.show)))


if __name__ == "__main__":
    main()
