"""A record is shown with the animal that it studies: where human cells are in a rat, that is the rat."""

from __future__ import annotations

from typing import Any

import pytest

from nlp.pipeline import Pipeline
from records.record import Kind, Record, Section
from records.species import species_called, studied_species


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return Pipeline.load()


def studied(pipeline: Pipeline, title: str, abstract: str = "", **fields: Any) -> tuple[str, ...]:
    values: dict[str, Any] = {"source": "pubmed", "source_id": "1", "kind": Kind.ARTICLE, "title": title, **fields}
    record = Record(abstract=(Section(text=abstract),) if abstract else (), **values)
    return studied_species(record, pipeline.annotate(record))


@pytest.mark.parametrize(
    ("title", "abstract", "animals"),
    [
        ("Human iPSC-derived neural stem cells in marmosets", "Callithrix jacchus received grafts.", ("marmoset",)),
        ("Rat Schwann cells and mouse astrocytes in culture", "Cells were grown.", ()),
        ("Grafts in rats", "Patients with injury have no cure. We treated rats. Rats improved.", ("rat",)),
        ("Grafts in four patients", "Earlier, rats had improved. Four patients were treated.", ("human", "rat")),
        ("Curcuma longa extract after contusion", "Rats were given the extract.", ("rat",)),
        ("Staining", "Goat anti-rabbit antibodies were used in mice.", ("mouse",)),
        ("Exosomes of human umbilical cord mesenchymal stem cells", "They were injected into rats.", ("rat",)),
        ("Rodents and their cords", "Animals were looked at.", ("rodents", "animals")),
        ("No animal at all", "", ()),
    ],
)
def test_what_is_studied(pipeline: Pipeline, title: str, abstract: str, animals: tuple[str, ...]) -> None:
    assert studied(pipeline, title, abstract) == animals


def test_indexers_know_better(pipeline: Pipeline) -> None:
    texts = ("Recovery", "Patients and rats were compared. Patients walk.")
    assert studied(pipeline, *texts, mesh_headings=("Animals", "Rats/physiology")) == ("rat",)
    assert studied(pipeline, *texts, mesh_headings=("Humans",)) == ("human",)
    assert studied(pipeline, *texts, mesh_headings=("Animals", "Humans")) == ("human", "rat")


def test_a_registration_is_about_people(pipeline: Pipeline) -> None:
    texts = ("Cells for patients", "Not for those allergic to mouse or pig proteins.")
    assert studied(pipeline, *texts, kind=Kind.REGISTRATION) == ("human",)


def test_names_for_readers() -> None:
    assert [species_called(name) for name in ("Sus scrofa", "Rodentia", "Curcuma longa")] == [
        "pig",
        "rodents",
        "Curcuma longa",
    ]
