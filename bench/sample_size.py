"""How many were studied in all: ``python -m bench.sample_size FILE …``, abstracts of trials with labelled numbers.

The gold label ``NumberPatientsCT`` marks the number of a trial's patients, as often as the abstract says it. Ours is
right if it is one of them. Abstracts without the label are left out.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nlp.sample_size import find_sample
from records.sentences import split_sentences

_LABEL = "NumberPatientsCT"
_GLUED = ((re.compile(r" ([,.;:)])"), r"\1"), (re.compile(r"\( "), "("), (re.compile(r"(\d), (\d{3})\b"), r"\1,\2"))
"""The files hold tokens with blanks between them."""


def measure(paths: list[Path]) -> dict[str, float | int]:
    """Precision of what is said, and recall over the abstracts whose number is known."""
    known = said = right = 0
    for document in _documents(paths):
        gold = {
            _digits(document["text"][start:end]) for start, end, label, *_ in document["entities"] if label == _LABEL
        }
        if not gold:
            continue
        known += 1
        text = _as_written(document["text"])
        found = find_sample([("abstract", text, split_sentences(text))])
        if found:
            said += 1
            right += found.count in gold
    return {
        "precision": round(right / said, 4) if said else 0.0,
        "recall": round(right / known, 4) if known else 0.0,
        "count": known,
    }


def _documents(paths: list[Path]) -> Iterator[dict[str, Any]]:
    for path in paths:
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def _as_written(text: str) -> str:
    for pattern, written in _GLUED:
        text = pattern.sub(written, text)
    return text.replace(" - ", "-")


def _digits(text: str) -> int:
    """The number of a gold mention; what is written in words is read as we read it."""
    digits = re.search(r"\d[\d ,]*", text)
    if digits:
        return int(re.sub(r"[ ,]", "", digits[0]))
    found = find_sample([("title", f"{_as_written(text)} patients", split_sentences(f"{_as_written(text)} patients"))])
    return found.count if found else -1


def main() -> None:
    print(json.dumps(measure([Path(path) for path in sys.argv[1:]])))


if __name__ == "__main__":
    main()
