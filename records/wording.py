"""How Cordwatch calls things when it speaks to readers: the same words in the terminal, in mails and on pages."""

from __future__ import annotations

from typing import Final

_ANIMALS: Final = {
    "Canis lupus familiaris": "dog",
    "Danio rerio": "zebrafish",
    "Felis catus": "cat",
    "Homo sapiens": "human",
    "Macaca fascicularis": "macaque",
    "Macaca mulatta": "macaque",
    "Mammalia": "mammals",
    "Metazoa": "animals",
    "Mus musculus": "mouse",
    "Oryctolagus cuniculus": "rabbit",
    "Primates": "primates",
    "Rattus norvegicus": "rat",
    "Rodentia": "rodents",
    "Sus scrofa": "pig",
}
_HARMS: Final = frozenset({"ADVERSE_EVENTS", "TUMOUR"})
"""Events that should not be: a denial means that there were none."""


def is_harm(measure: str) -> bool:
    """Whether a measure counts events that should not be."""
    return measure in _HARMS


def species_called(name: str) -> str:
    """How readers call an animal of the field; any other goes by its Latin name."""
    return _ANIMALS.get(name, name)


def outcome_called(
    measure: str, direction: str, *, affirmed: bool, share: tuple[int, int] | None, qualifier: str = ""
) -> str:
    """A finding in a few words: ``AIS_GRADE improved in 2 of 4``, ``no serious ADVERSE_EVENTS reported``."""
    part = f" in {share[0]} of {share[1]}" if share else ""
    if measure not in _HARMS:
        return f"{measure} {direction}{part}"
    if not affirmed:
        return f"no {qualifier} {measure} reported{part}" if qualifier else f"{measure} none reported{part}"
    return f"{measure} {'reported' if direction == 'worsened' else direction}{part}"
