"""Entities against gold mentions: ``python -m bench.entities FILE --label L [--kind K]``.

*Exact*: both ends agree. *Overlap*: at least one character is shared; each mention, ours and theirs, counts once.
*Ids*: of our mentions that overlap a gold one with an id, how many carry that id (that of the gold mention with most
characters in common).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bench.tally import Tally
from records.annotation import EntityKind

if TYPE_CHECKING:
    from nlp.entities import EntityMatcher

_KIND_OF_LABEL: Final = {
    "Anatomy": EntityKind.ANATOMY,
    "CL": EntityKind.CELL_TYPE,
    "Cell": EntityKind.CELL_TYPE,
    "CellType": EntityKind.CELL_TYPE,
    "Disease": EntityKind.CONDITION,
    "DiseaseClass": EntityKind.CONDITION,
    "MONDO": EntityKind.CONDITION,
    "NCBITaxon": EntityKind.SPECIES,
    "Organ": EntityKind.ANATOMY,
    "Organism": EntityKind.SPECIES,
    "SpecificDisease": EntityKind.CONDITION,
    "Species": EntityKind.SPECIES,
    "UBERON": EntityKind.ANATOMY,
    "cell_type": EntityKind.CELL_TYPE,
}
"""What a label of the gold sets is called here, where ``--kind`` does not say."""
_BARE: Final = frozenset({"cell", "cells"})


class Mention(NamedTuple):
    """A stretch of text with its identifier, if any."""

    start: int
    end: int
    id: str = ""

    def shared(self, other: Mention) -> int:
        """How many characters both cover."""
        return min(self.end, other.end) - max(self.start, other.start)


Finder = Callable[[str], list[Mention]]


@cache
def _matcher() -> EntityMatcher:
    from nlp.entities import EntityMatcher

    return EntityMatcher.load()


def product_finder(kind: EntityKind) -> Finder:
    """The mentions of a kind as the product finds them in a text."""
    from nlp.abbreviations import document_abbreviations

    matcher = _matcher()

    def find(text: str) -> list[Mention]:
        found = matcher.find(text, document_abbreviations([text]))
        return [Mention(one.start, one.end, one.id) for one in found if one.kind is kind]

    return find


def gold_documents(path: Path, labels: set[str]) -> Iterator[tuple[str, list[Mention]]]:
    """Every text of a gold file with its mentions of ``labels``."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            document: dict[str, Any] = json.loads(line)
            wanted = (entity for entity in document["entities"] if entity[2] in labels)
            yield document["text"], sorted({Mention(one[0], one[1], one[3] if len(one) > 3 else "") for one in wanted})


def measure(path: Path, labels: set[str], find: Finder, *, bare: bool = True, show: bool = False) -> dict[str, Any]:
    """The figures for a file: ``exact``, ``overlap`` and, where the gold set has ids, ``id_accuracy``."""
    exact, overlap, ids = Tally(), Tally(), Tally()
    trouble: Counter[str] = Counter()
    for text, gold in gold_documents(path, labels):
        found = find(text)
        if not bare:
            gold, found = _without_bare(text, gold), _without_bare(text, found)
        _count_exact(exact, found, gold)
        _count_overlap(overlap, found, gold)
        _count_ids(ids, found, gold)
        if show:
            trouble.update(_trouble(text, found, gold))
    for what, count in trouble.most_common():
        sys.stderr.write(f"{count}\t{what}\n")
    report: dict[str, Any] = {"exact": exact.report(), "overlap": overlap.report()}
    return report | ({"id_accuracy": round(ids.right / ids.found, 4)} if ids.found else {})


def _without_bare(text: str, mentions: list[Mention]) -> list[Mention]:
    return [mention for mention in mentions if text[mention.start : mention.end].lower() not in _BARE]


def _count_exact(tally: Tally, found: list[Mention], gold: list[Mention]) -> None:
    ours = {(mention.start, mention.end) for mention in found}
    theirs = {(mention.start, mention.end) for mention in gold}
    right = len(ours & theirs)
    tally.count(found=len(ours), gold=len(theirs), right=right, hit=right)


def _touches(mention: Mention, others: list[Mention]) -> bool:
    return any(mention.shared(other) > 0 for other in others)


def _count_overlap(tally: Tally, found: list[Mention], gold: list[Mention]) -> None:
    right = sum(_touches(mention, gold) for mention in found)
    hit = sum(_touches(mention, found) for mention in gold)
    tally.count(found=len(found), gold=len(gold), right=right, hit=hit)


def _partner(mention: Mention, gold: list[Mention]) -> Mention | None:
    best = max(gold, key=mention.shared, default=None)
    return best if best and best.id and mention.shared(best) > 0 else None


def _count_ids(tally: Tally, found: list[Mention], gold: list[Mention]) -> None:
    pairs = [(mention, partner) for mention in found if (partner := _partner(mention, gold))]
    right = sum(mention.id == partner.id for mention, partner in pairs)
    tally.count(found=len(pairs), gold=len(pairs), right=right, hit=right)


def _trouble(text: str, found: list[Mention], gold: list[Mention]) -> Iterator[str]:
    for mention in gold:
        if not _touches(mention, found):
            yield f"missed\t{text[mention.start : mention.end].lower()}\t{mention.id}"
    for mention in found:
        partner = _partner(mention, gold)
        if not _touches(mention, gold):
            yield f"extra\t{text[mention.start : mention.end].lower()}\t{mention.id}"
        elif partner and partner.id != mention.id:
            words = f"{text[mention.start : mention.end]} / {text[partner.start : partner.end]}".lower()
            yield f"id\t{words}\t{mention.id} for {partner.id}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure entities against gold mentions.")
    parser.add_argument("file", type=Path, help='JSON lines {"text", "entities": [[start, end, label, id …] …]}')
    parser.add_argument("--label", required=True, help="label of the gold set; several with commas between")
    parser.add_argument("--kind", choices=[kind.value for kind in EntityKind], help="our kind; default: by the label")
    parser.add_argument("--without-bare", action="store_true", help='leave mentions out that are just "cell(s)"')
    parser.add_argument("--show", action="store_true", help="count what was missed, extra and misnamed on stderr")
    arguments = parser.parse_args()
    labels = set(arguments.label.split(","))
    kind = arguments.kind or next((_KIND_OF_LABEL[label] for label in labels if label in _KIND_OF_LABEL), None)
    if kind is None:
        parser.error(f"no kind is known for {arguments.label}: give --kind")
    finder = product_finder(EntityKind(kind))
    print(json.dumps(measure(arguments.file, labels, finder, bare=not arguments.without_bare, show=arguments.show)))


if __name__ == "__main__":
    main()
