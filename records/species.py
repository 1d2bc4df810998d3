"""Which animals, or people, a record studies: not every species that it names.

Human cells in a rat are a study of a rat, and a paper on mice may begin with patients. Where that is not clear, the
animal is shown: a study of animals must not read like one of people.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from records.annotation import Annotation, Entity, EntityKind
from records.record import Kind, Record

HUMAN: Final = "Homo sapiens"
_CALLED: Final = {
    "Ambystoma mexicanum": "axolotl",
    "Bos taurus": "cow",
    "Caenorhabditis elegans": "nematode",
    "Callithrix jacchus": "marmoset",
    "Canis lupus familiaris": "dog",
    "Capra hircus": "goat",
    "Cavia porcellus": "guinea pig",
    "Chlorocebus aethiops": "green monkey",
    "Chlorocebus sabaeus": "green monkey",
    "Danio rerio": "zebrafish",
    "Drosophila melanogaster": "fruit fly",
    "Equus caballus": "horse",
    "Felis catus": "cat",
    "Gallus gallus": "chicken",
    "Homo sapiens": "human",
    "Macaca fascicularis": "macaque",
    "Macaca fuscata": "macaque",
    "Macaca mulatta": "macaque",
    "Mesocricetus auratus": "hamster",
    "Mus musculus": "mouse",
    "Oryctolagus cuniculus": "rabbit",
    "Ovis aries": "sheep",
    "Pan troglodytes": "chimpanzee",
    "Petromyzon marinus": "lamprey",
    "Rattus norvegicus": "rat",
    "Saimiri sciureus": "squirrel monkey",
    "Sus scrofa": "pig",
    "Sus scrofa domesticus": "pig",
    "Xenopus laevis": "frog",
}
_GROUPS: Final = {
    "Mammalia": "mammals",
    "Metazoa": "animals",
    "Primates": "primates",
    "Rodentia": "rodents",
}
"""Shown only where nothing more precise is named."""
_CELLS_REACH: Final = 45
_OF_CELLS: Final = re.compile(
    r"[\s-]*(?!(?:and|or|with|were|was|received|given|treated|in|of|to|by|after|following|who|which|that)\b)"
    r"(?:[\w'/-]+[\s-]+(?!(?:and|or|with|were|was|received|given|treated|in|of|to|by|after|following|who|which|that)\b)){0,4}"
)
_REAGENT: Final = re.compile(
    r"[\s-]*(?:anti-|\S+ anti-|serum|albumin|IgG|antibod|antisera|polyclonal|monoclonal)", re.IGNORECASE
)
"""The animal that made an antibody or a serum."""


def species_called(name: str) -> str:
    """How readers call an animal of the field; any other goes by its Latin name."""
    return _CALLED.get(name) or _GROUPS.get(name, name)


def studied_species(record: Record, annotation: Annotation) -> tuple[str, ...]:
    """What readers call the species that the record studies, the one named in the title or most often first.

    Plants, microbes and species of which only cells, sera or antibodies come are left out.
    """
    counts, titled = _counted(record, annotation)
    named = Counter({name: count for name, count in counts.items() if name in _CALLED} or counts)
    if record.kind is Kind.REGISTRATION:
        return ("human",) if HUMAN in named else ()
    for name in _ruled_out(record, named, titled):
        del named[name]
    ordered = sorted(named, key=lambda name: (name not in titled, -named[name]))
    return tuple(dict.fromkeys(map(species_called, ordered)))


def _counted(record: Record, annotation: Annotation) -> tuple[Counter[str], set[str]]:
    """How often each animal is named as such, and which ones are in the title."""
    entities = [entity for entity in annotation.entities if entity.span.field in _fields(record)]
    cells = [entity for entity in entities if entity.kind is EntityKind.CELL_TYPE]
    named = [entity for entity in entities if entity.kind is EntityKind.SPECIES and not entity.negated]
    studied = [
        entity
        for entity in named
        if entity.name in _CALLED | _GROUPS and not _is_source(entity, record.text_of(entity.span.field), cells)
    ]
    return Counter(one.name for one in studied), {one.name for one in studied if one.span.field == "title"}


def _fields(record: Record) -> tuple[str, ...]:
    """Title and abstract; a body names too much, and counts only where there is nothing else."""
    return ("title", "abstract") if record.abstract else ("title", "body")


def _is_source(entity: Entity, text: str, cells: Iterable[Entity]) -> bool:
    """Whether it only says where cells, sera or antibodies come from: "human iPSC", "goat anti-rabbit"."""
    end = entity.span.end
    if _REAGENT.match(text, end):
        return True
    for cell in cells:
        if cell.span.field != entity.span.field or cell.span.end < end:
            continue
        if cell.span.start <= entity.span.start:
            return True
        between = text[end : cell.span.start]
        if end <= cell.span.start <= end + _CELLS_REACH and _OF_CELLS.fullmatch(between):
            return True
    return False


def _ruled_out(record: Record, named: Counter[str], titled: set[str]) -> Iterator[str]:
    """Species that are named and not studied, as indexers or the weight of the words have it."""
    headings = {heading.split("/")[0] for heading in record.mesh_headings}
    people, animals = "Humans" in headings, "Animals" in headings
    others = [name for name in named if name != HUMAN]
    if people != animals:
        yield from others if people else {HUMAN} & named.keys()
    elif not people and others and HUMAN not in titled and named[HUMAN] <= sum(named[name] for name in others):
        yield from {HUMAN} & named.keys()
