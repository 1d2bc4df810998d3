from __future__ import annotations

import re

import pytest

from nlp.entities.registry import kinds
from nlp.lexicon.bake import SOURCES
from nlp.lexicon.folding import fold
from nlp.lexicon.levels import level_of
from nlp.lexicon.lookup import Lexicon
from nlp.lexicon.tables import CURATED, DATA, TABLES, curated_names, read_concepts, read_rows, stop_names, unnamed_roots
from records.annotation import EntityKind
from records.concepts import CONCEPTS

LEXICON = Lexicon()
KIND_OF_TABLE = {"anatomy": "anatomy", "cell_types": "cell_type", "conditions": "condition", "species": "species"}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_sorted_and_every_parent_stands_in_it(table: str) -> None:
    concepts = list(read_concepts(table))
    ids = [concept.id for concept in concepts]
    assert ids == sorted(set(ids))
    assert {parent for concept in concepts for parent in concept.parents} <= set(ids)
    assert all(concept.name for concept in concepts)


@pytest.mark.parametrize("table", TABLES)
def test_nothing_is_its_own_ancestor(table: str) -> None:
    parents = {concept.id: concept.parents for concept in read_concepts(table)}
    seen: set[str] = set()
    for start in parents:
        path: list[tuple[str, int]] = [(start, 0)]
        on_path = {start}
        while path:
            id, next_parent = path.pop()
            if next_parent == len(parents[id]):
                on_path.discard(id)
                seen.add(id)
                continue
            path.append((id, next_parent + 1))
            parent = parents[id][next_parent]
            assert parent not in on_path, f"{parent} is above itself"
            if parent not in seen:
                path.append((parent, 0))
                on_path.add(parent)


@pytest.mark.parametrize("table", TABLES)
def test_every_curated_name_has_an_id_that_resolves_and_a_reason(table: str) -> None:
    names = curated_names(table)
    assert [one.name for one in names if LEXICON.concept(one.id) is None or not one.why] == []
    assert len(names) == len({one.name for one in names}), "a name is given twice"
    for one in names[:40]:
        assert one.id in LEXICON.resolve(KIND_OF_TABLE[table], one.name)


def test_stop_names_and_unnamed_roots_belong_to_a_table() -> None:
    rows = [*read_rows(CURATED / "stop.tsv"), *read_rows(CURATED / "unnamed.tsv")]
    assert {table for _, table, _ in rows} <= set(TABLES)
    assert all(why for *_, why in rows)
    assert all(LEXICON.concept(id) for table in TABLES for id in unnamed_roots(table))
    assert sum(len(stop_names(table)) for table in TABLES) == len(list(read_rows(CURATED / "stop.tsv")))


def test_every_ontology_has_a_release_a_licence_and_a_checksum() -> None:
    rows = {row[0]: row for row in read_rows(DATA / "SOURCES.tsv")}
    assert set(rows) == {source.ontology for source in SOURCES}
    for source in SOURCES:
        _, release, licence, homepage, origin, checksum = rows[source.ontology]
        assert re.fullmatch(r"v\d[\d.-]+", release)
        assert (licence, homepage) == (source.licence, source.homepage)
        assert release in origin
        assert re.fullmatch(r"[0-9a-f]{64}", checksum)


@pytest.mark.parametrize(
    ("kind", "name", "id"),
    [
        ("cell_type", "neural stem cells", "CL:0000047"),
        ("cell_type", "CL:0000047", "CL:0000047"),
        ("cell_type", "cl:0000047", "CL:0000047"),
        ("cell_type", "Astrocytes", "CL:0000127"),
        ("species", "rats", "NCBITaxon:10116"),
        ("species", "Mus musculus", "NCBITaxon:10090"),
        ("condition", "SCI", "MONDO:0043797"),
        ("condition", "spinal cord injuries", "MONDO:0043797"),
        ("anatomy", "spinal cord", "UBERON:0002240"),
        ("level", "t10", "LEVEL:T10"),
        ("level", "Th10", "LEVEL:T10"),
        ("level", "LEVEL:C5", "LEVEL:C5"),
        ("level", "Thoracic", "LEVEL:T"),
        ("level", "LEVEL:T", "LEVEL:T"),
        ("measure", "bbb", "BBB"),
        ("measure", "Basso mouse scale", "BMS"),
        ("measure", "BBB scores", "BBB"),
        ("measure", "h-reflex", "H_REFLEX"),
        ("measure", "pain", "PAIN"),
    ],
)
def test_a_reader_finds_a_concept_by_what_he_calls_it(kind: str, name: str, id: str) -> None:
    assert LEXICON.resolve(kind, name) == (id,)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("cell_type", "NCBITaxon:10116"),
        ("cell_type", "zzz"),
        ("cell_type", ""),
        ("zzz", "rat"),
        ("level", "C9"),
        ("level", "T10-T8"),
        ("level", "C8-C9"),
        ("measure", "BBBB"),
        ("measure", ""),
    ],
)
def test_what_is_not_in_the_vocabulary_resolves_to_nothing(kind: str, name: str) -> None:
    assert LEXICON.resolve(kind, name) == ()


@pytest.mark.parametrize(
    ("id", "above"),
    [
        ("CL:0000047", "CL:0000034"),
        ("EFO:0004905", "CL:0000034"),
        ("CL:0002569", "CL:0000134"),
        ("NCBITaxon:10116", "NCBITaxon:40674"),
        ("MONDO:0043797", "MONDO:0002545"),
        ("UBERON:0002726", "UBERON:0002240"),
    ],
)
def test_ancestors_begin_with_the_concept_itself(id: str, above: str) -> None:
    found = LEXICON.ancestors(id)
    assert found[0] == id
    assert above in found
    assert len(found) == len(set(found))


def test_an_unknown_id_is_its_own_name_and_only_ancestor() -> None:
    assert LEXICON.name("XX:1") == "XX:1"
    assert LEXICON.ancestors("XX:1") == ("XX:1",)
    assert LEXICON.name("LEVEL:T10") == "T10"


@pytest.mark.parametrize("written", ["T12-L2", "Th12..L2", "t12 – l2"])
def test_a_range_of_levels_is_every_level_in_it(written: str) -> None:
    assert LEXICON.resolve("level", written) == ("LEVEL:T12", "LEVEL:T13", "LEVEL:L1", "LEVEL:L2")


def test_a_level_lies_in_its_region() -> None:
    assert LEXICON.ancestors("LEVEL:T10") == ("LEVEL:T10", "LEVEL:T")
    assert LEXICON.name("LEVEL:T") == "thoracic"


def test_every_kind_of_entity_can_be_asked_for() -> None:
    assert {concept.kind for concept in CONCEPTS} == set(EntityKind) == {kind.KIND for kind in kinds()}
    assert all(concept.table == kind.TABLE for kind in kinds() for concept in CONCEPTS if concept.kind is kind.KIND)


@pytest.mark.parametrize(
    ("written", "level"),
    [
        ("T10", "T10"),
        ("Th-10", "T10"),
        ("th 8", "T8"),
        ("D9", "T9"),
        ("C8", "C8"),
        ("C9", None),
        ("T14", None),
        ("T0", None),
        ("X1", None),
        ("", None),
    ],
)
def test_levels_that_exist(written: str, level: str | None) -> None:
    assert level_of(written) == level


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Astrocytes", "astrocyte"),
        ("β-cells", "beta cell"),
        ("T‐cells", "T cell"),
        ("haematopoietic stem cells", "hematopoietic stem cell"),
        ("mice", "mouse"),
        ("Alzheimer’s disease", "Alzheimer disease"),
        ("Müller cells", "Muller cell"),
        ("tumours", "tumor"),
    ],
)
def test_two_spellings_fold_to_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("cell, type", "cell type"), ("mast cell", "mass cell"), ("virus", "viru")])
def test_other_words_do_not(one: str, other: str) -> None:
    assert fold(one) != fold(other)
