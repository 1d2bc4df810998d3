"""Slots of preclinical studies: ``python -m bench.evidence DIR``, a folder with SCIO's texts and class hierarchy.

SCIO's mentions fill the slots of each study and are not exhaustive, so only recall is reported: how many of the gold
mentions overlap one of ours of the same slot. A judgement ("Positive", "Neutral", "Negative") counts as found where a
finding of the same sentence has that direction; ``precision`` is that of the directions given in such sentences, for
all and for each. A sentence is judged once and may say several things, so these are lower bounds.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from nlp.pipeline import Pipeline
from records.annotation import Annotation, Direction, EntityKind
from records.record import Kind, Record

_SLOTS: Final = {
    "cells": "Cell",
    "injury_model": "Injury",
    "level": "Vertebrae",
    "outcome_measures": "InvestigationMethod",
    "species": "AnimalSpecies",
}
"""Our slots, and the class of SCIO under which their labels stand."""
_ENTITIES: Final = {
    "cells": EntityKind.CELL_TYPE,
    "injury_model": EntityKind.CONDITION,
    "level": EntityKind.LEVEL,
    "species": EntityKind.SPECIES,
}
_JUDGEMENTS: Final = {
    "Positive": Direction.IMPROVED,
    "Neutral": Direction.UNCHANGED,
    "Negative": Direction.WORSENED,
}
UNSUPPORTED: Final = ("group_sizes",)
"""Slots of SCIO that an annotation has no place for yet."""


def descendants(hierarchy: Path, root: str) -> set[str]:
    """A class with everything under it."""
    children: dict[str, list[str]] = {}
    for line in hierarchy.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            parent, child = line.split("\t")
            children.setdefault(parent, []).append(child)
    found, waiting = {root}, [root]
    while waiting:
        new = [child for child in children.get(waiting.pop(), ()) if child not in found]
        found.update(new)
        waiting.extend(new)
    return found


def _documents(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _spans(annotation: Annotation, slot: str) -> list[tuple[int, int]]:
    if slot == "outcome_measures":
        return [(finding.span.start, finding.span.end) for finding in annotation.findings]
    return [(e.span.start, e.span.end) for e in annotation.entities if e.kind is _ENTITIES[slot]]


def _covered(spans: Iterable[tuple[int, int]]) -> set[int]:
    return {at for start, end in spans for at in range(start, end)}


def _count_slots(
    totals: Counter[tuple[str, str]], document: dict[str, Any], annotation: Annotation, labels: dict[str, set[str]]
) -> None:
    for slot, wanted in labels.items():
        covered = _covered(_spans(annotation, slot))
        for start, end, label, *_ in document["entities"]:
            if label in wanted:
                totals[slot, "gold"] += 1
                totals[slot, "hit"] += not covered.isdisjoint(range(start, end))


def _count_directions(totals: Counter[tuple[str, str]], document: dict[str, Any], annotation: Annotation) -> None:
    for start, end, label, *_ in document["entities"]:
        if label not in _JUDGEMENTS:
            continue
        said = {
            finding.direction
            for finding in annotation.findings
            if finding.direction and finding.sentence.start <= start and end <= finding.sentence.end
        }
        totals["direction", "gold"] += 1
        totals["direction", "said"] += bool(said)
        totals["direction", "hit"] += _JUDGEMENTS[label] in said
        for direction in said:
            totals[direction, "said"] += 1
            totals[direction, "hit"] += _JUDGEMENTS[label] is direction


def measure(folder: Path) -> dict[str, object]:
    """Recall of each slot."""
    labels = {slot: descendants(folder / "scio-hierarchies.csv", root) for slot, root in _SLOTS.items()}
    pipeline = Pipeline.load()
    totals: Counter[tuple[str, str]] = Counter()
    for number, document in enumerate(_documents(folder / "train.jsonl.gz")):
        record = Record(source="scio", source_id=str(number), kind=Kind.ARTICLE, title="", body=document["text"])
        annotation = pipeline.annotate(record)
        _count_slots(totals, document, annotation, labels)
        _count_directions(totals, document, annotation)
        print(f"\r{number + 1} texts", end="", file=sys.stderr)
    report: dict[str, object] = {
        slot: {"recall": _share(totals[slot, "hit"], totals[slot, "gold"]), "count": totals[slot, "gold"]}
        for slot in (*_SLOTS, "direction")
    }
    report["direction_when_given"] = {
        "precision": _share(totals["direction", "hit"], totals["direction", "said"]),
        **{
            direction.value: {
                "precision": _share(totals[direction, "hit"], totals[direction, "said"]),
                "count": totals[direction, "said"],
            }
            for direction in Direction
        },
    }
    report["unsupported"] = UNSUPPORTED
    return report


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def main() -> None:
    print(json.dumps(measure(Path(sys.argv[1]))))


if __name__ == "__main__":
    main()
