"""Direction of effect: ``python -m bench.direction FILE``.

Each line gives a sentence of evidence, an outcome, the intervention and its comparator, and whether the outcome was
significantly increased or decreased or did not differ. The cues are those of the product; here they are only named.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bench.tally import Tally
from nlp.directions import Change, find_cues, nearest

LABELS: Final = ("significantly increased", "significantly decreased", "no significant difference")
_SAYS: Final = {
    Change.HIGHER: LABELS[0],
    Change.BETTER: LABELS[0],
    Change.LOWER: LABELS[1],
    Change.WORSE: LABELS[1],
    Change.SAME: LABELS[2],
}
_WORD: Final = re.compile(r"\w{4,}")


def _place(text: str, outcome: str) -> tuple[int, int] | None:
    """Where the sentence speaks of the outcome: its words as they stand, else the first of them that occurs."""
    low = text.lower()
    at = low.find(outcome.lower())
    if at >= 0:
        return at, at + len(outcome)
    places = [(low.find(word), len(word)) for word in _WORD.findall(outcome.lower()) if word in low]
    return (min(places)[0], sum(max(places))) if places else None


def predict(row: Mapping[str, str]) -> str:
    """One of `LABELS`, by the cue that stands nearest to the outcome."""
    text = row["evidence"]
    place = _place(text, row["outcome"]) or (0, len(text))
    cue = nearest(text, place, find_cues(text, 0, len(text)))
    return _SAYS[cue.change] if cue else LABELS[2]


def measure(path: Path) -> dict[str, object]:
    """F1 of each label and their mean."""
    tallies = {label: Tally() for label in LABELS}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        gold, found = row["label"].replace("increase", "increased").replace("increasedd", "increased"), predict(row)
        for label, tally in tallies.items():
            hit = gold == found == label
            tally.count(found=found == label, gold=gold == label, right=hit, hit=hit)
    reports = {label: tally.report() for label, tally in tallies.items()}
    return {
        "macro_f1": round(sum(report["f1"] for report in reports.values()) / len(reports), 4),
        **reports,
    }


def main() -> None:
    print(json.dumps(measure(Path(sys.argv[1]))))


if __name__ == "__main__":
    main()
