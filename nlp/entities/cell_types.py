"""Cell types by the Cell Ontology (and EFO for what it lacks)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from nlp.entities.base import Match, Passage
from nlp.lexicon.lookup import Lexicon
from records.annotation import EntityKind

KIND: Final = EntityKind.CELL_TYPE
TABLE: Final = "cell_types"

_X_OF_Y: Final = re.compile(r"^([\w -]+) of (?:the )?([\w -]+)$")
_SELF_EVIDENT: Final = re.compile(r"^(.*(?:blast|blasts|cyte|phage|phil|gonium)) cell$")
_STEM_CELLS: Final = ("CL:0000034", "CL:0011115", "EFO:0004905", "CL:0002322")
"""Of these a line is a population of such cells; of others it is mostly a tumour's."""

_MOLECULE: Final = re.compile(
    r"""[\s-]*(?:
    (?:surface\s|activating\s|growth\s|nuclear\s|inhibitory\s|stimulating\s|chemotactic\s|adhesion\s)*
        (?:antigen|receptor|factor|marker|protein|molecule|gene|promoter|enhancer|transcription|epitope|determinant|
           fibrillary\sacidic|chemoattractant|mitogen|lymphotropic|virus|globulin|peptide|antibod|enzyme|kinase|ligand|integrin|cytokine)
    | (?:macrophage[\s-]|granulocyte[\s-])*(?:colony[\s-]stimulating|CSF\b|inflammatory\sprotein)
    | (?:acute\s|chronic\s|non-?Hodgkin(?:'s)?\s|large\s)*
        (?:(?:neurone?\s)?disease|leuk[ae]*mi|lymphoma|myeloma|carcinoma|adenoma|sarcoma|tumou?r|cancer)
    | (?:hybridoma|lysate|extract)
    | (?:kappa\b|\d)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
"""What follows where the cell only names a molecule or a disease: *T cell receptor*, *B cell lymphoma*."""
_BLOOD: Final = re.compile(r"erythroid|megakaryocyt|h[ae]+matopoie", re.IGNORECASE)
"""Without it an MEP is a motor evoked potential."""
_OTHER_THING: Final = re.compile(r"\b(?:rota|growth)[ -]$", re.IGNORECASE)
"""A rota-rod is an apparatus, a growth cone the end of an axon."""
_SPECIFIC: Final = re.compile(r"[\s-]*(?:-specific|-restricted|specific(?=\s[a-z]+))", re.IGNORECASE)
_LINE: Final = re.compile(r"[\s-]*(?:lines?|clones?)\b")


def variants(name: str) -> Iterable[str]:
    """``epithelial cell of thymus`` is also a thymus epithelial cell, a ``trophoblast cell`` also a trophoblast."""
    if found := _X_OF_Y.match(name):
        yield f"{found[2]} {found[1]}"
    if found := _SELF_EVIDENT.match(name):
        yield found[1]


def tells(synonym: str) -> bool:
    """Every synonym does."""
    return True


def refine(passage: Passage, found: list[Match]) -> list[Match]:
    """Cells that only name a molecule, a tumour or a tumour's cell line are left out."""
    return [match for match in found if not _names_something_else(passage.text, match)]


def _names_something_else(text: str, match: Match) -> bool:
    if text[match.start : match.end].rstrip("s") == "MEP" and not _BLOOD.search(text):
        return True
    if _OTHER_THING.search(text[max(0, match.start - 10) : match.start]):
        return True
    if text[match.end - 1] == "s":
        return False
    if _MOLECULE.match(text, match.end) or _SPECIFIC.match(text, match.end):
        return True
    return bool(_LINE.match(text, match.end)) and not _is_stem_cell(match.id)


@cache
def _is_stem_cell(id: str) -> bool:
    return not set(_STEM_CELLS).isdisjoint(Lexicon().ancestors(id))
