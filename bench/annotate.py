"""Speed of annotation: ``python -m bench.annotate [PATH]``, side by side with spaCy.

Abstracts a second on one core through the product's pipeline: entities, abbreviations, denials, sentences, measures and
directions. The peer only looks names up: spaCy's blank English tokenizer and its `PhraseMatcher` over the preferred
names of the same vocabulary. Both take the same texts in turn, several times.

PATH is a file of JSON lines with a ``text``; without it the texts are invented ones (`bench.corpus`).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from nlp.lexicon.tables import TABLES, read_concepts
from nlp.pipeline import Pipeline
from records.record import Kind, Record, Section

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.matcher import PhraseMatcher

PEER = "spaCy PhraseMatcher, lower case, preferred names"


def texts_of(path: Path | None, limit: int) -> list[Record]:
    """At most ``limit`` records with an abstract."""
    if path is None:
        from bench.corpus import records

        return list(records(limit))
    lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    named = ((str(number), row["text"]) for number, row in enumerate(lines) if row.get("text"))
    return [_record(id, text) for id, text in islice(named, limit)]


def _record(id: str, text: str) -> Record:
    return Record(source="bench", source_id=id, kind=Kind.ARTICLE, title="", abstract=(Section(text=text),))


def load_peer() -> tuple[Language, PhraseMatcher]:
    """The tokenizer and the matcher."""
    import spacy
    from spacy.matcher import PhraseMatcher

    language = spacy.blank("en")
    matcher = PhraseMatcher(language.vocab, attr="LOWER")
    for table in TABLES:
        names = (concept.name for concept in read_concepts(table))
        matcher.add(table, list(map(language.make_doc, names)))
    return language, matcher


def _timed(work: Callable[[Record], object], records: Iterable[Record]) -> float:
    """Seconds of one core: both work in one thread, so what else the machine does hardly counts."""
    begin = time.process_time()
    for record in records:
        work(record)
    return time.process_time() - begin


def measure(records: list[Record], rounds: int = 5) -> dict[str, object]:
    """Medians over the rounds; ``ratio`` is ours to the peer."""
    pipeline = Pipeline.load()
    language, matcher = load_peer()

    def look_up(record: Record) -> object:
        return matcher(language.make_doc(record.text_of("title") + "\n" + record.text_of("abstract")))

    for record in records[:50]:
        pipeline.annotate(record)
        look_up(record)
    ours, theirs = [], []
    for number in range(rounds):
        ours.append(len(records) / _timed(pipeline.annotate, records))
        theirs.append(len(records) / _timed(look_up, records))
        print(f"round {number + 1}: {ours[-1]:.0f} and {theirs[-1]:.0f} a second", file=sys.stderr)
    per_second, peer_per_second = statistics.median(ours), statistics.median(theirs)
    return {
        "abstracts": len(records),
        "characters": round(statistics.mean(len(one.text_of("abstract")) for one in records)),
        "per_second": round(per_second, 1),
        "peer": PEER,
        "peer_per_second": round(peer_per_second, 1),
        "ratio": round(per_second / peer_per_second, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how fast abstracts are annotated on one core.")
    parser.add_argument("path", type=Path, nargs="?", help='JSON lines {"text"}; default: invented abstracts')
    parser.add_argument("--count", type=int, default=2000, help="how many abstracts at most")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print(json.dumps(measure(texts_of(arguments.path, arguments.count), arguments.rounds)))


if __name__ == "__main__":
    main()
