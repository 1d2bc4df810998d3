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

CHANCE = [
    ("Motor scores improved with a p value of 0.4.", "ASIA_MOTOR", None),
    ("BBB scores improved after transplantation, with a p-value above 0.05.", "BBB", None),
    ("BBB scores improved without reaching significance.", "BBB", None),
    ("BBB scores increased significantly in grafted rats (F(1,18) = 7.2, P = 0.015).", "BBB", IMPROVED),
    ("Grafts led to declines in blood pressure (P = 0.06), pain (P = 0.02) and spasms.", "PAIN", IMPROVED),
    ("BBB scores were higher in the grafted group (P > 0.05).", "BBB", None),
    ("BBB scores were higher in the grafted group (P>.05).", "BBB", None),
    ("BBB scores were higher in the grafted group (all P > 0.05).", "BBB", None),
    ("BBB scores were higher in the grafted group (P = 0.05).", "BBB", None),
    ("BBB scores were higher in the grafted group (P-value 0.26).", "BBB", None),
    ("BBB scores were higher in the grafted group (P = 0,21).", "BBB", None),
    ("BBB scores were higher in the grafted group (t = 1.2, df = 10, P = 0.26).", "BBB", None),
    ("BBB scores were higher in the grafted group (n.s.).", "BBB", None),
    ("BBB scores were higher in the grafted group (NS).", "BBB", None),
    ("BBB scores improved (P = NS).", "BBB", None),
    ("BBB scores improved numerically.", "BBB", None),
    ("BBB scores were numerically higher in the grafted group.", "BBB", None),
    ("Treated rats had higher BBB scores than controls, but P > 0.05.", "BBB", None),
    ("BBB scores improved; P > 0.05.", "BBB", None),
    ("BBB scores were higher in the grafted group (difference 1.1, 95% CI -0.4 to 2.6).", "BBB", None),
    ("BBB scores were higher in the grafted group (95% CI, −0.4 to 2.6).", "BBB", None),
    ("BBB scores were higher in the grafted group (difference 1.1; 95% confidence interval [−0.4, 2.6]).", "BBB", None),
    ("BBB scores were higher in the grafted group (mean 12 vs 10; P=0.15).", "BBB", None),
    ("Pain decreased (P>0.05).", "PAIN", None),
    ("There was an increase in BBB scores (P>0.05) in treated rats.", "BBB", None),
    ("Motor score improved more in treated patients (mean difference 2.1; P > 0.05).", "ASIA_MOTOR", None),
    ("BBB scores were higher in the grafted group (P = 0.049).", "BBB", IMPROVED),
    ("BBB scores were higher in the grafted group (P < 0.05).", "BBB", IMPROVED),
    ("BBB scores were higher in the grafted group (P<.001; 95% CI 0.4 to 2.6).", "BBB", IMPROVED),
    ("BBB scores were higher in the grafted group (95% CI, 0.4–2.6).", "BBB", IMPROVED),
    ("BBB scores improved in grafted rats; body weight did not differ (P > 0.05).", "BBB", IMPROVED),
    ("BBB scores improved in grafted rats (P < 0.05), whereas body weight did not (P > 0.05).", "BBB", IMPROVED),
    ("BBB scores improved in grafted rats, whereas body weight did not (P > 0.05).", "BBB", IMPROVED),
    ("BBB scores were numerically and statistically significantly higher in the grafted group.", "BBB", IMPROVED),
    ("Pain fell by 2 points (95% CI −3.1 to −0.9) in the treated group.", "PAIN", IMPROVED),
]
CREDIT = [
    ("Only the combination improved BBB scores; cells alone did not.", "BBB", IMPROVED),
    ("Two patients reported improved bladder function, which was not confirmed by urodynamics.", "BLADDER", None),
    ("The improvement in BBB scores was due to rehabilitation and not to the cells.", "BBB", None),
    ("The gain in BBB scores was due to the training rather than the transplanted cells.", "BBB", None),
    ("According to the clinic's website, motor scores improved.", "ASIA_MOTOR", None),
    ("A patient testimonial says that the cells improved his motor function.", "MOTOR_FUNCTION", None),
    ("Motor scores improved temporarily.", "ASIA_MOTOR", None),
    ("Motor scores improved at 3 months but not at 12 months.", "ASIA_MOTOR", None),
    ("Axonal sprouting increased after the enzyme but not after saline.", "AXON_REGENERATION", IMPROVED),
    ("Treadmill training, but not cell transplantation, improved BBB scores.", "BBB", None),
    ("Chondroitinase, not cells, improved BBB scores.", "BBB", None),
    ("Riluzole rather than cells improved the motor score.", "ASIA_MOTOR", None),
    ("Unlike cells, conditioned medium improved BBB scores.", "BBB", None),
    ("Dead cells improved BBB scores as much as living cells.", "BBB", None),
    ("Cyclosporine alone improved BBB score as much as cells did.", "BBB", None),
    ("BBB scores improved with methylprednisolone but not with cells.", "BBB", None),
    ("Methylprednisolone improved BBB scores; cells did not.", "BBB", None),
    ("Spontaneous recovery raised the BBB score to 9.", "BBB", None),
    ("Motor scores improved by 10 points, which does not exceed the expected natural recovery.", "ASIA_MOTOR", None),
    ("The improvement in motor score was within the range of spontaneous recovery.", "ASIA_MOTOR", None),
    ("Significant improvement in motor score was within the range of spontaneous recovery.", "ASIA_MOTOR", None),
    ("Improvement in motor score could not be attributed to the cells.", "ASIA_MOTOR", None),
    ("The motor score improved, which could not be attributed to the cells.", "ASIA_MOTOR", None),
    ("Motor scores were improved versus baseline but not versus control.", "ASIA_MOTOR", None),
    ("BBB scores improved in a previous study, but could not be replicated here.", "BBB", None),
    ("The reported improvement of BBB scores was not reproduced.", "BBB", None),
    ("Placebo reduced pain as much as the cells.", "PAIN", None),
    ("Mechanical allodynia was reduced by 40% at week 4 but returned by week 8.", "ALLODYNIA", None),
    ("Had the motor score improved by 10 points, the trial would have continued.", "ASIA_MOTOR", None),
    ("A power of 80% to detect an improved BBB score of 2 points was planned.", "BBB", None),
    ("The clinic advertises that its cells improve motor score.", "ASIA_MOTOR", None),
    ("The clinic says motor scores improved in all 300 customers.", "ASIA_MOTOR", None),
    ("MSCs, but not conditioned medium, improved BBB scores.", "BBB", IMPROVED),
    ("Living rather than dead cells improved BBB scores.", "BBB", IMPROVED),
    ("Unlike fibroblast grafts, NSC grafts improved BBB scores.", "BBB", IMPROVED),
    ("Motor scores improved by 10 points, which exceeds the expected spontaneous recovery.", "ASIA_MOTOR", IMPROVED),
    ("The cells enhanced spontaneous recovery and improved BBB scores.", "BBB", IMPROVED),
    ("Mechanical allodynia was reduced at week 4 but not abolished.", "ALLODYNIA", IMPROVED),
    ("Bladder control was lost after injury but returned, and BBB scores improved in grafted rats.", "BBB", IMPROVED),
    ("The clinic treated ten patients, and motor scores improved.", "ASIA_MOTOR", IMPROVED),
    ("MSCs improved BBB scores as well as gait.", "BBB", IMPROVED),
    ("Pain was reduced by as much as 5 points in the treated group.", "PAIN", IMPROVED),
]
ALIKE = [
    ("Motor scores improved regardless of treatment.", "ASIA_MOTOR", None),
    ("Motor scores improved in every patient, treated or not.", "ASIA_MOTOR", None),
    ("Motor scores improved, but so did those of the controls.", "ASIA_MOTOR", None),
    ("BBB scores improved in both groups.", "BBB", None),
    ("BBB scores improved equally in all groups.", "BBB", None),
    ("Both groups improved in BBB scores.", "BBB", None),
    ("All groups, including vehicle, improved in BBB score.", "BBB", None),
    ("ISNCSCI motor score improved in both the treatment and the placebo arm.", "ASIA_MOTOR", None),
    ("BBB scores improved in the treatment arm and in the placebo arm.", "BBB", None),
    ("BBB scores improved similarly in grafted and control rats.", "BBB", None),
    ("BBB scores improved to the same extent in vehicle-treated rats.", "BBB", None),
    ("AIS grade improved in 2 of 10 treated patients and 3 of 10 control patients.", "AIS_GRADE", None),
    ("AIS grade improved in 20% of treated patients and 30% of controls.", "AIS_GRADE", None),
    ("BBB scores improved from 5 to 10 in treated and from 5 to 11 in control rats.", "BBB", None),
    ("BBB scores improved in 3 of 10 treated patients and in 4 of 10 controls.", "BBB", None),
    ("The VAS for pain fell by 2 points in placebo and by 2 points in treated patients.", "PAIN", None),
    ("BBB scores improved in both treated groups compared with controls.", "BBB", IMPROVED),
    ("BBB scores improved in both treated groups.", "BBB", IMPROVED),
    ("BBB scores improved in both groups, but significantly more in grafted rats.", "BBB", IMPROVED),
    ("BBB scores improved in treated rats compared with vehicle and sham rats.", "BBB", IMPROVED),
    ("Similarly, BBB scores improved in grafted rats compared with control rats.", "BBB", IMPROVED),
]
PARTS = [
    (
        "In the subgroup of incomplete injuries, motor scores improved, but in the whole group they did not.",
        "ASIA_MOTOR",
        None,
    ),
    ("Motor score did not improve except in the high-dose subgroup.", "ASIA_MOTOR", None),
    ("BBB scores were not significantly different at 4 weeks but were significantly higher at 8 weeks.", "BBB", None),
    ("BBB scores did not differ at 4 weeks but improved at 8 weeks.", "BBB", None),
    ("Motor score did not improve in the high-dose subgroup.", "ASIA_MOTOR", UNCHANGED),
    ("BBB scores did not improve, but the drug reduced body weight.", "BBB", UNCHANGED),
    ("Motor scores improved in the subgroup of incomplete injuries.", "ASIA_MOTOR", IMPROVED),
]


@pytest.mark.parametrize(
    ("text", "measure", "direction"),
    [
        *CLAUSES,
        *JOINED,
        *DENIED,
        *THE_SAME,
        *UNDONE,
        *PLACES,
        *CONTROLS,
        *MIXED,
        *GENERAL,
        *ONSETS,
        *CHANCE,
        *CREDIT,
        *ALIKE,
        *PARTS,
    ],
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
