from __future__ import annotations

import pytest

from nlp.abbreviations import document_abbreviations
from nlp.entities import EntityMatcher
from nlp.entities.registry import kinds
from nlp.lexicon.lookup import Lexicon
from records.annotation import EntityKind

CELL, CONDITION, LEVEL = EntityKind.CELL_TYPE, EntityKind.CONDITION, EntityKind.LEVEL
SPECIES, ANATOMY = EntityKind.SPECIES, EntityKind.ANATOMY


def found(matcher: EntityMatcher, text: str, kind: EntityKind) -> list[tuple[str, str]]:
    matches = matcher.find(text, document_abbreviations([text]))
    return [(text[one.start : one.end], one.id) for one in matches if one.kind is kind]


def test_there_is_a_module_for_each_kind() -> None:
    assert sorted(kind.KIND for kind in kinds()) == sorted(EntityKind)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (CELL, "Astrocytes grew.", [("Astrocytes", "CL:0000127")]),
        (CELL, "Neural stem/progenitor cells", [("Neural stem/progenitor cells", "CL:0000047")]),
        (CELL, "β-cells and beta cells", [("β-cells", "CL:0000169"), ("beta cells", "CL:0000169")]),
        (CELL, "Schwann-cells", [("Schwann-cells", "CL:0002573")]),
        (CELL, "CD4⁺ T cells", [("CD4⁺ T cells", "CL:0000624")]),
        (CELL, "T cell receptor", []),
        (CELL, "the cells", []),
        (CELL, "iPSCs", [("iPSCs", "EFO:0004905")]),
        (CELL, "Müller glia", [("Müller glia", "CL:0000636")]),
        (SPECIES, "Wistar rats and C57BL/6 mice", [("rats", "NCBITaxon:10116"), ("C57BL/6 mice", "NCBITaxon:10090")]),
        (SPECIES, "CAT activity", []),
        (SPECIES, "each mouse click", []),
        (CELL, "MEPs were recorded from both legs", []),
        (SPECIES, "C. elegans", [("C. elegans", "NCBITaxon:6239")]),
        (SPECIES, "a woman with paraplegia", [("woman", "NCBITaxon:9606")]),
        (CONDITION, "chronic SCI", [("SCI", "MONDO:0043797")]),
        (CONDITION, "spinal cord injuries", [("spinal cord injuries", "MONDO:0043797")]),
        (CONDITION, "Alzheimer's disease", [("Alzheimer's disease", "MONDO:0004975")]),
        (CONDITION, "a rare and complete disease", []),
        (CONDITION, "the NPC grafts", []),
        (CONDITION, "sciatic nerve transection", []),
        (CONDITION, "a contusion of the spinal cord", [("contusion", "MONDO:0043797")]),
        (CONDITION, "brain contusion, not the spinal cord", []),
        (CONDITION, "hemisected spinal cords", [("hemisected", "MONDO:0043797")]),
        (ANATOMY, "spinal cords of adults", [("spinal cords", "UBERON:0002240")]),
        (ANATOMY, "an important segment of life", []),
        (LEVEL, "Contusion at T10.", [("T10", "LEVEL:T10")]),
        (LEVEL, "a laminectomy at Th9-11", [("Th9", "LEVEL:T9"), ("11", "LEVEL:T11")]),
        (LEVEL, "injury between C5 and T12", [("C5", "LEVEL:C5"), ("T12", "LEVEL:T12")]),
        (LEVEL, "C5/6 cord injury", [("C5", "LEVEL:C5"), ("6", "LEVEL:C6")]),
        (LEVEL, "the tenth thoracic vertebra", [("tenth thoracic", "LEVEL:T10")]),
        (LEVEL, "the 8th thoracic segment", [("8th thoracic", "LEVEL:T8")]),
        (LEVEL, "a T2-weighted image of the spinal cord", []),
        (LEVEL, "complement C3 in the spinal cord", []),
        (LEVEL, "C6 glioma in the spinal cord", []),
        (LEVEL, "C57BL/6 mice with cord injury", []),
        (LEVEL, "the T10 of a spine was T10.5", [("T10", "LEVEL:T10")]),
        (LEVEL, "T14 of the spine", []),
        (LEVEL, "L1 of a list", []),
    ],
)
def test_entities(matcher: EntityMatcher, kind: EntityKind, text: str, expected: list[tuple[str, str]]) -> None:
    assert found(matcher, text, kind) == expected


def test_a_short_form_at_the_very_end_of_a_text(matcher: EntityMatcher) -> None:
    abbreviations = {
        "OEC": "olfactory ensheathing cell",
        "OECs": "olfactory ensheathing cells",
        "lpOECs": "lamina propria",
    }
    text = "We grafted OECs"
    assert [(match.start, match.end) for match in matcher.find(text, abbreviations)] == [(11, len(text))]


def test_an_abbreviation_holds_for_the_whole_document(matcher: EntityMatcher) -> None:
    abbreviations = document_abbreviations(["Ependymal stem-like astrocytes (ESAs) were grafted.", "ESA survived."])
    (match,) = [one for one in matcher.find("ESA survived.", abbreviations) if one.kind is CELL]
    assert (match.id, match.start, match.end) == ("CL:0000127", 0, 3)
    assert match.rule.startswith("abbreviation@")


def test_a_document_that_defines_it_otherwise_is_believed(matcher: EntityMatcher) -> None:
    text = "The National Science Council (NSC) paid. NSC is thanked."
    assert found(matcher, text, CELL) == []
    assert found(matcher, "NSC were grafted.", CELL) == [("NSC", "CL:0000047")]


def test_every_match_names_its_concept(matcher: EntityMatcher) -> None:
    lexicon = Lexicon()
    text = "At T10 of the spinal cord, SCI in rats was treated with neural stem cells."
    matches = matcher.find(text, {})
    assert {one.kind for one in matches} == set(EntityKind)
    assert all(one.name == lexicon.name(one.id) for one in matches)


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Adolescent female mice were used", "NCBITaxon:9606"),
        ("Wet-dog shakes were counted", "NCBITaxon:9615"),
        ("They fell off the rota-rod", "CL:0000604"),
        ("The growth cones turned", "CL:0000573"),
        ("Glial fibrillary acidic protein was stained", "CL:0000125"),
        ("Motor neuron disease runs in families", "CL:0000100"),
    ],
)
def test_words_that_only_sound_like_it(matcher: EntityMatcher, text: str, gone: str) -> None:
    assert gone not in {match.id for match in matcher.find(text, {})}
