"""Negation on a NegEx set: ``python -m bench.negation FILE``.

Each line gives a sentence, a concept in it and whether it is negated (``{"text", "concept", "negation"}``).
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from bench.tally import Tally
from nlp.denied_things import is_thing_denied
from nlp.negation import denials

_BLANKS = re.compile(r"\s+")


def measure(path: Path, *, show: bool = False) -> dict[str, float]:
    """Precision, recall and F1 of "negated"."""
    tally = Tally()
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text, concept = (_BLANKS.sub(" ", row[key]).strip().lower() for key in ("text", "concept"))
        start = text.find(concept)
        if start < 0:
            raise ValueError(f"{path}: the text of {row['id']} does not contain its concept {concept!r}")
        denied = is_thing_denied(text, start, start + len(concept), denials(text, 0, len(text)))
        negated = row["negation"] == "Negated"
        tally.count(found=denied, gold=negated, right=denied and negated, hit=denied and negated)
        if show and denied is not negated:
            print(f"{row['negation']}: {concept} | {text}", file=sys.stderr)
    return tally.report()


def main() -> None:
    print(json.dumps(measure(Path(sys.argv[1]), show="--show" in sys.argv)))


if __name__ == "__main__":
    main()
