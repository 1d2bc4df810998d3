"""Adverse events, deaths and tumours: none, none of a kind, some, or nothing said."""

from __future__ import annotations

import pytest

from nlp.findings import find_findings
from nlp.measures import find_mentions
from records.sentences import split_sentences
from records.wording import outcome_called

NOTHING = ""


def said(text: str) -> list[str]:
    """What a reader is told of each mention."""
    found = find_findings("abstract", text, split_sentences(text), find_mentions(text, {}))
    return [
        outcome_called(one.measure, one.direction, affirmed=one.affirmed, share=one.share, qualifier=one.qualifier)
        if one.direction
        else NOTHING
        for one in found
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("No adverse events were observed.", ["ADVERSE_EVENTS none reported"]),
        ("Adverse events: none.", ["ADVERSE_EVENTS none reported"]),
        (
            "There were no deaths, infections or adverse events.",
            ["DEATH none reported", "ADVERSE_EVENTS none reported"],
        ),
        ("No patients reported adverse events.", ["ADVERSE_EVENTS none reported"]),
        ("None of the patients had complications.", ["ADVERSE_EVENTS none reported"]),
        ("The treatment was safe and without adverse effects.", ["ADVERSE_EVENTS none reported"]),
        ("No tumour formation was seen.", ["TUMOUR none reported"]),
        ("No adverse events were reported in 3 of 10 patients.", ["ADVERSE_EVENTS none reported in 3 of 10"]),
        ("No serious adverse events occurred.", ["no serious ADVERSE_EVENTS reported"]),
        ("No SAEs occurred.", ["no serious ADVERSE_EVENTS reported"]),
        ("No procedure-related complications occurred.", ["no procedure-related ADVERSE_EVENTS reported"]),
        ("No adverse events due to the cells occurred.", ["no related ADVERSE_EVENTS reported"]),
        (
            "No serious adverse events related to the cells occurred; mild adverse events occurred in all patients.",
            ["no serious related ADVERSE_EVENTS reported", "ADVERSE_EVENTS reported"],
        ),
        ("No unexpected adverse events were seen.", ["no unexpected ADVERSE_EVENTS reported"]),
        ("No other adverse events were seen.", ["no other ADVERSE_EVENTS reported"]),
        ("Two serious adverse events were reported in the treated group.", ["ADVERSE_EVENTS reported"]),
        ("Ten of twelve patients had adverse events; none were serious.", ["ADVERSE_EVENTS reported in 10 of 12"]),
        ("Tumours formed in all mice.", ["TUMOUR reported"]),
        ("Tumour formation was seen in 3 of 10 rats.", ["TUMOUR reported in 3 of 10"]),
        ("The cells did not cause any adverse effects.", ["ADVERSE_EVENTS none reported"]),
        ("The grafts were not associated with any complications.", ["ADVERSE_EVENTS none reported"]),
        ("No bleeding complications were seen.", ["no bleeding ADVERSE_EVENTS reported"]),
        ("Complications occurred in none of the patients.", ["ADVERSE_EVENTS none reported"]),
        ("One patient had a serious adverse event, which was unrelated to the cells.", ["ADVERSE_EVENTS reported"]),
        ("Two serious adverse events were related to surgery.", ["ADVERSE_EVENTS reported"]),
        ("Two serious adverse events occurred, neither related to the cells.", ["ADVERSE_EVENTS reported"]),
        ("There were three mild complications in the treated group.", ["ADVERSE_EVENTS reported"]),
        ("No patient developed a tumour.", ["TUMOUR none reported"]),
        ("A tumor formed in one mouse.", ["TUMOUR reported"]),
        ("No deaths occurred.", ["DEATH none reported"]),
        ("One death occurred in the treated group.", ["DEATH reported"]),
        ("Two rats died.", ["DEATH reported"]),
        ("3 of 7 rats died.", ["DEATH reported in 3 of 7"]),
        ("None of the patients died.", ["DEATH none reported"]),
        ("Patients who died were older.", [NOTHING]),
        ("Complications were fewer in the treated group.", ["ADVERSE_EVENTS improved"]),
        ("These adverse effects contrast strongly with the beneficial effects.", [NOTHING]),
        ("Treated patients had lower capacity, and reduced strength and secondary complications.", [NOTHING]),
        ("Prevention of the complications is needed.", [NOTHING]),
        ("The tumours consistently developed a necrotic core.", [NOTHING]),
        ("Resection of the tumour delayed paraplegia.", [NOTHING]),
        ("We have not reported adverse effects.", [NOTHING]),
        ("No complications related to infection were seen.", [NOTHING]),
        ("There was no difference in the outcome or complications.", ["ADVERSE_EVENTS unchanged"]),
        ("Scores were no better than those of patients without complications.", [NOTHING]),
        ("Success was improvement in the absence of adverse events.", [NOTHING]),
        ("Adverse events were reported in 126 studies.", [NOTHING]),
        ("No cause of death was affected.", [NOTHING]),
        ("Adverse events were not recorded.", [NOTHING]),
        ("Adverse events were not systematically collected.", [NOTHING]),
        ("Adverse events were not reported.", [NOTHING]),
        ("No study reported adverse events.", [NOTHING]),
        ("No data on adverse events are available.", [NOTHING]),
        ("Serious adverse events were not uncommon.", [NOTHING]),
        ("No tumours were looked for.", [NOTHING]),
        ("No adverse events other than two deaths were seen.", [NOTHING, NOTHING]),
        ("Except for one death, no adverse events were expected.", [NOTHING, NOTHING]),
        (
            "No adverse events were reported in the control group, whereas three treated patients had meningitis.",
            [NOTHING],
        ),
        ("No adverse effects on weight were seen.", [NOTHING]),
        ("Complications occur after spinal cord injury.", [NOTHING]),
        ("Adverse events may occur.", [NOTHING]),
        ("Whether tumours form was studied.", [NOTHING]),
    ],
)
def test_what_is_told_of_harm(text: str, told: list[str]) -> None:
    assert said(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "BBB scores improved less in cell-treated rats than in controls.",
        "The improvement in BBB scores was lost by 8 weeks.",
        "Improvement of BBB scores was prevented by ablation.",
        "BBB scores improved by 0.2 points, which was not significant (P = 0.72).",
        "AIS grade improved in two of ten and worsened in eight.",
        "The grafts failed to prevent the decline in SCIM.",
        "BBB scores did not fail to improve.",
    ],
)
def test_what_is_taken_back_in_the_same_sentence_is_not_told(text: str) -> None:
    assert said(text) == [NOTHING]


@pytest.mark.parametrize(
    "text", ["BBB disruption increased after blast.", "Grafts reduced BBB permeability.", "Cells crossed the BBB."]
)
def test_the_barrier_is_no_scale(text: str) -> None:
    assert said(text) == []
