"""Invented records in any number, for the speed benches: always the same for the same seed.

Words are the embedding model's own, in its order, which is about that of how common they are, then some made of
syllables; they are used as often as Zipf's law has it. Among them stand sentences of the kind that the annotators look
for. A text is as long as an abstract usually is: 80 to 300 words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Final

import numpy as np

import config
from nlp.embeddings.store import exported
from records.dates import PartialDate
from records.identifiers import Identifiers
from records.record import Author, Kind, Record, Section

VOCABULARY: Final = 60_000
_ENDS: Final = ("a", "e", "i", "o", "u", "al", "en", "ir")
_SYLLABLES: Final = [first + second for first in "bdfgklmnprstvz" for second in _ENDS]
_SPOKEN: Final = (
    "Adult {species} received {cells} at {level} after spinal cord injury.",
    "BBB scores improved in the {cells} group (n = {number}) but not in controls.",
    "There was no difference in gait between groups of {number} {species}.",
    "Neuropathic pain was reduced, and no serious adverse events occurred.",
    "{cells} survived for {number} weeks in the injured spinal cord of {species}.",
)
_SPECIES: Final = ("rats", "mice", "patients", "pigs", "macaques")
_CELLS: Final = ("neural stem cells", "mesenchymal stem cells", "Schwann cells", "microglia", "iPSCs")
_LEVELS: Final = ("T10", "C5", "T8", "L1")


def records(count: int, seed: int = 0) -> Iterator[Record]:
    """So many records with source ids from 1, one at a time."""
    chance = np.random.default_rng(seed)
    words = _vocabulary()
    for number in range(1, count + 1):
        yield _record(number, words, chance)


@cache
def _vocabulary() -> list[str]:
    tokenizer = json.loads((exported(config.load().settings.cache) / "tokenizer.json").read_bytes())
    known = sorted(tokenizer["model"]["vocab"].items(), key=lambda item: int(item[1]))
    made = dict.fromkeys(word for word, _ in known if word.isascii() and word.isalpha() and len(word) > 1)
    chance = np.random.default_rng(20_260_101)
    while len(made) < VOCABULARY:
        places = chance.integers(0, len(_SYLLABLES), int(chance.integers(3, 6))).tolist()
        made["".join(_SYLLABLES[place] for place in places)] = None
    return list(made)


def _record(number: int, words: list[str], chance: np.random.Generator) -> Record:
    length = int(chance.integers(80, 300))
    drawn = [words[place] for place in (VOCABULARY ** chance.random(length + 12)).astype(np.int64) - 1]
    return Record(
        source="invented",
        source_id=str(number),
        kind=Kind.ARTICLE,
        title=" ".join(drawn[:12]).capitalize(),
        abstract=(Section(text=_abstract(drawn[12:], chance)),),
        authors=(Author(family=drawn[0].capitalize(), given=drawn[1].capitalize()),),
        container_title=f"Journal of {drawn[2].capitalize()}",
        published=PartialDate(year=int(chance.integers(1990, 2027)), month=int(chance.integers(1, 13))),
        identifiers=Identifiers(pmid=str(90_000_000 + number)),
        languages=("eng",),
    )


def _abstract(drawn: list[str], chance: np.random.Generator) -> str:
    sentences = [" ".join(drawn[start : start + 18]).capitalize() + "." for start in range(0, len(drawn), 18)]
    for place in chance.integers(0, len(sentences), 2).tolist():
        template = _SPOKEN[int(chance.integers(len(_SPOKEN)))]
        sentences[place] = template.format(
            species=_SPECIES[int(chance.integers(len(_SPECIES)))],
            cells=_CELLS[int(chance.integers(len(_CELLS)))],
            level=_LEVELS[int(chance.integers(len(_LEVELS)))],
            number=int(chance.integers(4, 40)),
        )
    return " ".join(sentences)
