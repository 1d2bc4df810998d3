from __future__ import annotations

import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlp.pipeline import Pipeline
from records.annotation import Annotation, Direction, EntityKind, Span, decode_annotation, encode_annotation
from records.record import TEXT_FIELDS, Kind, Record, Section
from tests.nlp.conftest import MakeRecord

REPOSITORY = Path(__file__).resolve().parents[2]
WORDS = """
BBB_scores did_not improved (MSCs) mesenchymal_stem_cells MSCs rats T10 T9–T11 spinal_cord SCI β-cells CD4⁺_T_cells
no_adverse_events neither nor Neuropathic_pain reduced p_=_0.31 RESULTS: tenth_thoracic contused naïve 🐀 👩🏽‍🦽 مرضى
脊髄損傷 İ ß ( ) [ ] . ; - µ ﬁbroblast 𝛽
"""
ODD = [
    "\nMETHODS: ",
    "nai\u0308ve",
    "\u202e",
    "\u00a0",
    "\u200b",
    "\x00",
    "a\u0301\u0323",
    "\ud7ff",
    "spinal cord",
    "BBB scores",
]
PIECES = st.sampled_from([*(word.replace("_", " ") for word in WORDS.split()), *ODD])
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(PIECES, max_size=40).map(" ".join),
    st.lists(PIECES, max_size=40).map("".join),
)


def spans(annotation: Annotation) -> list[Span]:
    cues = [one.cue for one in annotation.findings if one.cue]
    return [
        *(one.span for one in annotation.entities),
        *(one.span for one in annotation.findings),
        *(one.sentence for one in annotation.findings),
        *cues,
    ]


def check(record: Record, annotation: Annotation) -> None:
    for span in spans(annotation):
        assert span.field in TEXT_FIELDS
        assert 0 <= span.start < span.end <= len(record.text_of(span.field))
    for one in (*annotation.entities, *annotation.findings):
        assert record.text_of(one.span.field)[one.span.start : one.span.end] == one.text
    for finding in annotation.findings:
        assert finding.sentence.start <= finding.span.start
        assert finding.span.end <= finding.sentence.end
        assert (finding.cue is None) is (finding.direction is None)
    for field in TEXT_FIELDS:
        for kind in EntityKind:
            places = [one.span for one in annotation.entities if one.kind is kind and one.span.field == field]
            assert all(one.end <= other.start for one, other in pairwise(places))
    assert decode_annotation(encode_annotation(annotation)) == annotation


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    title=TEXTS,
    sections=st.lists(st.tuples(st.sampled_from(["", "RESULTS", "Methods"]), TEXTS), max_size=3),
    body=TEXTS,
)
def test_places_always_point_at_the_words(
    pipeline: Pipeline, title: str, sections: list[tuple[str, str]], body: str
) -> None:
    abstract = tuple(Section(label=label, text=text) for label, text in sections)
    record = Record(source="odd", source_id="1", kind=Kind.ARTICLE, title=title, abstract=abstract, body=body)
    check(record, pipeline.annotate(record))


def test_a_huge_text_is_read_to_its_end(pipeline: Pipeline, make_record: MakeRecord) -> None:
    sentence = "BBB scores improved in rats with neural stem cells (NSCs) at T10 of the spinal cord. "
    record = make_record(body=sentence * 4_000)
    annotation = pipeline.annotate(record)
    check(record, annotation)
    assert len(annotation.findings) == 4_000
    assert annotation.findings[-1].direction is Direction.IMPROVED


@pytest.mark.parametrize(
    "unit", ["(", "a" * 50, "[(", "no ", "- ", "T10-", "n.s. ", "(MSC) ", "not not ", "\n", "spinal cord "]
)
def test_no_text_takes_forever(pipeline: Pipeline, make_record: MakeRecord, unit: str) -> None:
    record = make_record(body=unit * 20_000)
    check(record, pipeline.annotate(record))


def test_an_empty_record_has_no_annotations(pipeline: Pipeline, make_record: MakeRecord) -> None:
    annotation = pipeline.annotate(make_record())
    assert (annotation.entities, annotation.findings) == ((), ())
    assert annotation.pipeline == pipeline.version


def test_a_press_story_of_four_patients_two_of_whom_improved(pipeline: Pipeline, make_record: MakeRecord) -> None:
    body = (
        "Four men with complete spinal cord injury received neural precursor cells made from iPS cells. "
        "Two of them improved: one by three AIS grades, the other by one. "
        "The other two did not recover motor function. "
        "No serious adverse events were seen. The team hopes that the cells will improve bladder function."
    )
    annotation = pipeline.annotate(make_record("Paralysed man stands again", body=body, kind=Kind.PRESS))
    said = {one.measure: (one.direction, one.affirmed) for one in annotation.findings}
    assert said["AIS_GRADE"] == (Direction.IMPROVED, True)
    assert said["MOTOR_FUNCTION"] == (Direction.UNCHANGED, False)
    assert said["ADVERSE_EVENTS"] == (Direction.UNCHANGED, False)
    assert said["BLADDER"] == (None, True)
    assert {one.id for one in annotation.entities if one.kind is EntityKind.SPECIES} == {"NCBITaxon:9606"}


def test_human_cells_in_rats_and_cells_that_are_denied(pipeline: Pipeline, make_record: MakeRecord) -> None:
    abstract = (
        "Rats received human neural stem cells. The grafts contained no microglia. BBB scores rose in grafted rats."
    )
    annotation = pipeline.annotate(make_record("A rat study", abstract))
    species = [one.id for one in annotation.entities if one.kind is EntityKind.SPECIES]
    assert set(species) == {"NCBITaxon:10116", "NCBITaxon:9606"}
    assert species.count("NCBITaxon:10116") == 3
    assert [one.text for one in annotation.entities if one.negated] == ["microglia"]


def test_an_abbreviation_of_the_abstract_holds_in_the_title(pipeline: Pipeline, make_record: MakeRecord) -> None:
    record = make_record("ESA grafts", "We made ependymal stem-like astrocytes (ESAs).")
    (in_title,) = [one for one in pipeline.annotate(record).entities if one.span.field == "title"]
    assert (in_title.text, in_title.id) == ("ESA", "CL:0000127")


def test_a_registration_only_plans(pipeline: Pipeline, make_record: MakeRecord) -> None:
    record = make_record("A trial", "ASIA motor score improved.", kind=Kind.REGISTRATION)
    assert [one.direction for one in pipeline.annotate(record).findings] == [None]


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Grafts improved BBB scores in 48 rats", Kind.NOTICE),
        ("Correction: Grafts improved BBB scores in 48 rats", Kind.ARTICLE),
        ("Author Correction: Grafts improved BBB scores in 48 rats", Kind.ARTICLE),
        ("Retraction: Grafts improved BBB scores in 48 rats", Kind.PREPRINT),
    ],
)
def test_a_notice_has_no_result_of_its_own(pipeline: Pipeline, make_record: MakeRecord, title: str, kind: Kind) -> None:
    annotation = pipeline.annotate(make_record(title, "BBB scores improved. A total of 48 rats were used.", kind=kind))
    assert {one.direction for one in annotation.findings} == {None}
    assert annotation.sample is None


@pytest.mark.parametrize(
    "title", ["Correction of kyphosis improved BBB scores", "Retracted: grafts improved BBB scores"]
)
def test_a_paper_that_is_called_like_a_notice_has_its_result(
    pipeline: Pipeline, make_record: MakeRecord, title: str
) -> None:
    (found,) = pipeline.annotate(make_record(title)).findings
    assert found.direction is Direction.IMPROVED


def test_the_version_and_the_annotation_are_the_same_in_every_process(
    pipeline: Pipeline, make_record: MakeRecord
) -> None:
    record = make_record(
        "Rats at T10", "BBB scores improved with neural stem cells (NSCs), and NSCs reduced allodynia in SCI."
    )
    program = (
        "import sys; from nlp.pipeline import Pipeline; from records.annotation import encode_annotation;"
        "from records.record import decode_record;"
        "p = Pipeline.load(); a = p.annotate(decode_record(sys.stdin.buffer.read()));"
        "sys.stdout.buffer.write(encode_annotation(a));"
        # spaCy imports it for nothing; who needs it later finds it.
        "assert 'torch' not in sys.modules; from importlib.util import find_spec; find_spec('torch').loader"
    )
    from records.record import encode_record

    for seed in ("0", "1"):
        ran = subprocess.run(
            [sys.executable, "-c", program],
            input=encode_record(record),
            capture_output=True,
            check=True,
            cwd=REPOSITORY,
            env={"PYTHONHASHSEED": seed},
        )
        assert ran.stdout == encode_annotation(pipeline.annotate(record))
    assert re.fullmatch(r"cordwatch-nlp \d+(\.\d+)* lexicon [\d.]+", pipeline.version)


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("There is no consensus on the dose of mesenchymal stem cells.", False),
        ("There is no effective treatment for spinal cord injury.", False),
        ("A lack of evidence limits the use of microglia.", False),
        ("There was no microglia activation.", False),
        ("Grafts came with or without microglia.", False),
        ("Migration of microglia was not seen.", False),
        ("Microglia were not affected.", False),
        ("No microglia were seen.", True),
        ("We found neither astrocytes nor microglia.", True),
        ("There was no evidence of microglia.", True),
        ("Microglia were absent.", True),
        ("Cultures were devoid of microglia.", True),
    ],
)
def test_a_thing_is_denied_only_where_it_is_that_of_which_there_is_none(
    pipeline: Pipeline, text: str, denied: bool
) -> None:
    record = Record(source="invented", source_id="1", kind=Kind.ARTICLE, title=text)
    entities = pipeline.annotate(record).entities
    assert [entity.negated for entity in entities if entity.kind is not EntityKind.SPECIES][-1:] == [denied]
