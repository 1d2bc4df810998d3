"""What misleads: other clauses, other subjects, denials of something else, places, controls, general statements."""

from __future__ import annotations

import pytest

from nlp.findings import find_findings
from nlp.measures import find_mentions
from records.annotation import Direction
from records.sentences import split_sentences

IMPROVED, UNCHANGED, WORSENED = Direction.IMPROVED, Direction.UNCHANGED, Direction.WORSENED

CLAUSES = [
    ("BBB scores doubled in grafted rats and cavity volume was reduced by 80%.", "BBB", IMPROVED),
    ("Neuropathic pain was worse in grafted rats, but motor scores improved.", "PAIN", WORSENED),
    ("Neuropathic pain was worse in grafted rats, but motor scores improved.", "ASIA_MOTOR", IMPROVED),
    ("BBB scores were worse in treated rats.", "BBB", WORSENED),
    ("BBB scores rose, and allodynia did not.", "ALLODYNIA", None),
    ("Gait and bladder control did not improve, but spasticity did.", "SPASTICITY", None),
    ("Gait and bladder control did not improve, but spasticity did.", "GAIT", UNCHANGED),
    ("Pain scores did not change and BBB scores improved.", "PAIN", UNCHANGED),
    ("Grafts lowered inflammation, without increasing haemorrhage.", "INFLAMMATION", IMPROVED),
    ("Motor function improved without increasing bleeding.", "MOTOR_FUNCTION", IMPROVED),
    ("Although age had some effect on rotarod performance, there were no deficits of memory.", "ROTAROD", None),
    ("When ketanserin was given to rats during locomotion, their breathing was impaired.", "LOCOMOTION", None),
]
JOINED = [
    ("Cells reduced lesion size, cavity area and increased tissue sparing.", "CAVITY", IMPROVED),
    ("Cells reduced lesion size, cavity area and increased tissue sparing.", "NEURONAL_SURVIVAL", IMPROVED),
    ("The drug reduced clinical signs and offered neuroprotection.", "NEURONAL_SURVIVAL", None),
    ("The number of neurons increased, levels of IL-1β, TNF-α and IL-6 decreased.", "INFLAMMATION", IMPROVED),
    ("The sprouting suppressed stepping and decreased the reflex in treated rats.", "AXON_REGENERATION", None),
    ("Cavity volume in treated rats is consistent with increased scores.", "CAVITY", None),
]
DENIED = [
    ("Functional recovery was not observed until six weeks after grafting.", "MOTOR_FUNCTION", None),
    ("Axonal regeneration did not account for the locomotor improvement.", "LOCOMOTION", None),
    ("The effect on BBB scores was not dependent on the time of grafting.", "BBB", None),
    ("BBB scores in grafted rats were a little better than in controls.", "BBB", IMPROVED),
    ("Axonal regeneration did not result in locomotor recovery.", "LOCOMOTION", UNCHANGED),
    ("Axonal regeneration did not result in locomotor recovery.", "AXON_REGENERATION", None),
    ("Sprouting does not necessarily translate into functional recovery.", "MOTOR_FUNCTION", None),
    ("Mice lacking the enzyme exhibit attenuated neurite outgrowth.", "AXON_REGENERATION", None),
    ("Rats that did not show improved MEPs were killed.", "MEP", None),
    ("Motor function was not recovered to normal.", "MOTOR_FUNCTION", None),
    ("Glial but not fibroblast grafts improve BBB scores.", "BBB", IMPROVED),
    ("Acute but not delayed grafts induced a reduction in pain.", "PAIN", IMPROVED),
    ("Grafts improved BBB scores but not gait.", "BBB", IMPROVED),
    ("Little information may prevent analgesia.", "PAIN", None),
    ("Bladder function improved in no patient.", "BLADDER", UNCHANGED),
    ("MEPs recovered in none of the animals.", "MEP", UNCHANGED),
    ("Stepping was regained by no rat.", "GAIT", UNCHANGED),
    ("In 9/30 rats the handgrip had not been abolished.", "GRIP", None),
]
THE_SAME = [
    ("BBB scores on day 7 (P less than or equal to 0.01) were significantly different.", "BBB", None),
    ("BBB scores were taken in the same three rats.", "BBB", None),
    ("The same treatment led to robust sprouting.", "AXON_REGENERATION", None),
    ("Similarly, the best locomotor recovery followed late grafts.", "LOCOMOTION", None),
    ("A similar section shows myelinated axons.", "MYELINATION", None),
    ("Animals with motor behavior similar to that of humans were used.", "MOTOR_FUNCTION", None),
    ("Stable stepping was seen before the injury.", "GAIT", None),
    ("Similar BBB scores were seen in both groups.", "BBB", UNCHANGED),
    ("BBB scores were similar to those of controls.", "BBB", UNCHANGED),
    ("At baseline, BBB scores did not differ between groups.", "BBB", None),
]
UNDONE = [
    ("Cells prevented the decline of motor function.", "MOTOR_FUNCTION", IMPROVED),
    ("The enzyme reduced the inhibition of axon growth.", "AXON_REGENERATION", IMPROVED),
    ("The antibody overcame the inhibition of neurite outgrowth.", "AXON_REGENERATION", IMPROVED),
    ("Cyclosporine prevented the improvement of BBB scores by the cells.", "BBB", None),
    ("MEPs returned in grafted rats and their mean latency was shorter.", "MEP", IMPROVED),
    ("The drug reduced the amplitude of non-voiding bladder contractions.", "BLADDER", None),
    ("Pain reductions were greater in the treated group.", "PAIN", IMPROVED),
    ("Pain reduction with the drug was less than with the cells.", "PAIN", None),
    ("Score changes were greater: NRS changes were higher in the treated group.", "PAIN", None),
    ("Treated rats made fewer errors on the ladder.", "LADDER", IMPROVED),
    ("Treated rats made more foot faults than vehicle-treated rats.", "LADDER", WORSENED),
]
PLACES = [
    ("Treated cords had more axon regrowth in the glial scar.", "GLIAL_SCAR", None),
    ("Grafts increased the number of axons around the lesion cavity.", "CAVITY", None),
    ("Treatment increased the number of cells within the lesion area.", "LESION_VOLUME", None),
    ("Treatment reduced the size of the cavity.", "CAVITY", IMPROVED),
    ("There was a reduction in cavity volume in treated rats.", "CAVITY", IMPROVED),
    ("The rats got rose Bengal into the glial scar.", "GLIAL_SCAR", None),
]
CONTROLS = [
    (
        "Axons grew in treated groups, and more glial scarring was seen in the control group than in the other groups.",
        "GLIAL_SCAR",
        IMPROVED,
    ),
    ("In contrast, the control and sham groups showed more substantial glial scarring.", "GLIAL_SCAR", None),
]
MIXED = [
    ("Pain was reduced in 5 patients and increased in 2.", "PAIN", None),
    ("Motor scores remained stable in 8, deteriorated in 1 and improved in 1.", "ASIA_MOTOR", None),
    ("Motor scores improved in both groups, with no difference between them.", "ASIA_MOTOR", None),
    ("Although motor scores improved in all groups, the cells had no effect.", "ASIA_MOTOR", None),
    ("SCIM improved by 6 points (95% CI -2 to 14; p = 0.14).", "SCIM", None),
    ("The drug-induced increase in pain was similar in both groups.", "PAIN", None),
]
GENERAL = [
    ("Recovery of function after injury will most likely result from several treatments.", "MOTOR_FUNCTION", None),
    ("The drug increased the dependence in activities of daily living in treated patients.", "DAILY_LIVING", WORSENED),
    ("Injury leads to immediate and delayed tissue loss.", "LESION_VOLUME", None),
    ("Complete functional recovery is still very difficult to achieve.", "MOTOR_FUNCTION", None),
    ("These cells are crucial for promoting myelination.", "MYELINATION", None),
    ("So far few strategies have yielded functional recovery.", "MOTOR_FUNCTION", None),
    ("Models of demyelination showed functional improvement.", "MYELINATION", None),
    ("We used a contusion that induces lasting paralysis.", "MOTOR_FUNCTION", None),
    ("The elevated plus maze, open field test and rotarod were used.", "LOCOMOTION", None),
    (
        "The factor had a greater effect on angiogenesis than on promoting axonal regeneration.",
        "AXON_REGENERATION",
        None,
    ),
    (
        "Doe A, Roe B (2001) Enzyme promotes functional recovery after injury. J Invent 23:9276–9288.",
        "MOTOR_FUNCTION",
        None,
    ),
    ("Proteoglycans inhibit neurite outgrowth.", "AXON_REGENERATION", None),
    ("Inhibitory factors of myelin inhibit axonal regeneration.", "AXON_REGENERATION", None),
    ("This causes more delayed neuronal death.", "NEURONAL_SURVIVAL", None),
    ("Rescue analgesic requirement and pain were recorded.", "PAIN", None),
    ("High glucose was associated with increased mortality after surgery.", "MORTALITY", None),
    ("Resulting in reduced quality of life, the disease needs treatment.", "QUALITY_OF_LIFE", None),
    ("Injected exosomes increased apoptosis of glioma cells.", "APOPTOSIS", None),
]
ONSETS = [
    ("Three patients developed neuropathic pain.", "PAIN", WORSENED),
    ("Allodynia developed in treated rats.", "ALLODYNIA", WORSENED),
    ("No patient developed a tumour or allodynia.", "ALLODYNIA", UNCHANGED),
    ("Pain did not develop in any patient.", "PAIN", UNCHANGED),
    ("Rats developed allodynia after injury.", "ALLODYNIA", None),
    ("Patients who developed neuropathic pain after treatment left.", "PAIN", None),
]


@pytest.mark.parametrize(
    ("text", "measure", "direction"),
    [*CLAUSES, *JOINED, *DENIED, *THE_SAME, *UNDONE, *PLACES, *CONTROLS, *MIXED, *GENERAL, *ONSETS],
)
def test_direction(text: str, measure: str, direction: Direction | None) -> None:
    found = find_findings("abstract", text, split_sentences(text), find_mentions(text, {}))
    assert {one.direction for one in found if one.measure == measure} == {direction}


def test_all_of_a_list_are_denied_alike() -> None:
    text = (
        "No significant differences of motor score (OR: 1.4, P = 0.2) and QoL score (OR: 2.6, P = 0.3) were observed."
    )
    found = find_findings("abstract", text, split_sentences(text), find_mentions(text, {}))
    assert [(one.measure, one.direction, one.affirmed) for one in found] == [
        ("ASIA_MOTOR", UNCHANGED, False),
        ("QUALITY_OF_LIFE", UNCHANGED, False),
    ]
