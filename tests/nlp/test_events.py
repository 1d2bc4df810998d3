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


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "There were no deaths, and one serious adverse event (pneumonia) was judged unrelated to the cells.",
            ["DEATH none reported", "ADVERSE_EVENTS reported"],
        ),
        ("There were no deaths and three serious adverse events.", ["DEATH none reported", "ADVERSE_EVENTS reported"]),
        (
            "No tumours or deaths occurred, and five adverse events were reported.",
            ["TUMOUR none reported", "DEATH none reported", "ADVERSE_EVENTS reported"],
        ),
        ("No patient withdrew and two serious adverse events were reported.", ["ADVERSE_EVENTS reported"]),
        (
            "There were no deaths, three serious adverse events and ten mild adverse events.",
            ["DEATH none reported", "ADVERSE_EVENTS reported", NOTHING],
        ),
        (
            "There were no deaths, three serious adverse events and ten mild ones.",
            ["DEATH none reported", "ADVERSE_EVENTS reported"],
        ),
        (
            (
                "No serious adverse events occurred and two of four patients had a urinary tract infection as an "
                "adverse event."
            ),
            ["no serious ADVERSE_EVENTS reported", NOTHING],
        ),
        ("No infections were seen and adverse events were mild.", ["ADVERSE_EVENTS reported"]),
        ("With no placebo group, adverse events were recorded in 5 patients.", [NOTHING]),
        ("No immunosuppression was needed and one adverse event occurred.", [NOTHING]),
        (
            "Neither deaths nor tumours were seen and one serious adverse event, a haematoma, resolved.",
            ["DEATH none reported", "TUMOUR none reported", NOTHING],
        ),
        (
            "There were no procedure-related deaths, and adverse events were rare.",
            ["no procedure-related DEATH reported", NOTHING],
        ),
        ("No deaths and several adverse events occurred.", ["DEATH none reported", "ADVERSE_EVENTS reported"]),
        ("No patient died and three developed neuropathic pain.", ["DEATH none reported", NOTHING]),
    ],
)
def test_a_denial_ends_where_something_is_counted_or_a_clause_begins(text: str, told: list[str]) -> None:
    assert said(text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Without immunosuppression, tumours formed in 3 of 8 rats.", ["TUMOUR reported in 3 of 8"]),
        ("Without immunosuppression tumours formed in 3 of 8 rats.", ["TUMOUR reported in 3 of 8"]),
        ("In the absence of purification, teratomas formed.", ["TUMOUR reported"]),
        ("Without adverse events being recorded systematically, safety is unknown.", [NOTHING]),
    ],
)
def test_without_a_thing_is_not_without_the_event_behind_it(text: str, told: list[str]) -> None:
    assert said(text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Absence of adverse events cannot be concluded from eight patients.", [NOTHING]),
        ("The absence of tumours does not prove safety.", [NOTHING]),
        ("A lack of adverse events should not be taken as proof of safety.", [NOTHING]),
        ("The absence of adverse events should be interpreted with caution.", [NOTHING]),
        ("Claims that no adverse events occurred could not be verified.", [NOTHING]),
        ("Reports of no adverse events were contradicted by the registry.", [NOTHING]),
        ("The statement that there were no serious adverse events was incorrect.", [NOTHING]),
        ("We cannot confirm that no tumours formed.", [NOTHING]),
        ("The authors report no adverse events, which the regulator disputes.", [NOTHING]),
        ("Absence of tumour formation remains to be shown.", [NOTHING]),
        ("The clinic says no adverse events occurred.", [NOTHING]),
    ],
)
def test_an_absence_that_is_doubted_or_only_claimed_is_none(text: str, told: list[str]) -> None:
    assert said(text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Except for one mouse, no tumour was found.", [NOTHING]),
        ("In all but one mouse no tumours were found.", [NOTHING]),
        ("No tumours were seen in all but two mice.", [NOTHING]),
        ("Only one mouse had a tumour, the others had no tumours.", [NOTHING, NOTHING]),
        ("No adverse events occurred in the first week, but two were seen later.", [NOTHING]),
        ("Not all patients were free of adverse events.", [NOTHING]),
        ("No patients died, but one developed a tumour.", ["DEATH none reported", "TUMOUR reported"]),
        ("No tumours were found, with the exception of one mouse.", [NOTHING]),
        ("No tumours were found before week 12; thereafter tumours grew in three mice.", [NOTHING, NOTHING]),
    ],
)
def test_a_denial_with_exceptions_is_none(text: str, told: list[str]) -> None:
    assert said(text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "There were no deaths, infections or adverse events.",
            ["DEATH none reported", "ADVERSE_EVENTS none reported"],
        ),
        ("No tumours and no adverse events were found.", ["TUMOUR none reported", "ADVERSE_EVENTS none reported"]),
        (
            "No tumour, infection or serious adverse event occurred.",
            ["TUMOUR none reported", "no serious ADVERSE_EVENTS reported"],
        ),
        (
            "No deaths or serious adverse events occurred.",
            ["DEATH none reported", "no serious ADVERSE_EVENTS reported"],
        ),
        (
            (
                "None of the 12 patients experienced any serious adverse event, and no patient had neurological "
                "deterioration."
            ),
            ["no serious ADVERSE_EVENTS reported"],
        ),
        ("None of 12 patients had a serious adverse event.", ["no serious ADVERSE_EVENTS reported"]),
        ("No serious, unexpected adverse events were seen.", ["no serious unexpected ADVERSE_EVENTS reported"]),
        ("No patient died, withdrew or had an adverse event.", ["DEATH none reported", "ADVERSE_EVENTS none reported"]),
        ("The procedure was completed without adverse events.", ["ADVERSE_EVENTS none reported"]),
        (
            "The cells were given without deaths, tumours or adverse events.",
            ["DEATH none reported", "TUMOUR none reported", "ADVERSE_EVENTS none reported"],
        ),
        ("Grafts survived without tumour formation.", ["TUMOUR none reported"]),
        ("Lack of tumour formation was confirmed.", ["TUMOUR none reported"]),
        ("Absence of tumours at 1 year was confirmed.", ["TUMOUR none reported"]),
        (
            "No deaths and no adverse events occurred in the 12 patients.",
            ["DEATH none reported", "ADVERSE_EVENTS none reported"],
        ),
        ("No adverse events occurred within 30 days.", ["ADVERSE_EVENTS none reported"]),
        ("Without exception, no adverse events occurred.", ["ADVERSE_EVENTS none reported"]),
        (
            "There was no death, tumour, or other serious adverse event.",
            ["DEATH none reported", "TUMOUR none reported", "no other serious ADVERSE_EVENTS reported"],
        ),
        ("No one died.", ["DEATH none reported"]),
        ("No one had an adverse event.", ["ADVERSE_EVENTS none reported"]),
        ("Neither of the two patients had an adverse event.", ["ADVERSE_EVENTS none reported"]),
        ("No adverse events were seen up to 12 weeks.", ["ADVERSE_EVENTS none reported"]),
    ],
)
def test_a_denial_reaches_over_a_list(text: str, told: list[str]) -> None:
    assert said(text) == told
