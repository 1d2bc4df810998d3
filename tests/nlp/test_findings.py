from __future__ import annotations

import pytest

from nlp.findings import find_findings
from nlp.measures import find_mentions
from records.annotation import Direction, Finding
from records.sentences import split_sentences

IMPROVED, UNCHANGED, WORSENED = Direction.IMPROVED, Direction.UNCHANGED, Direction.WORSENED

HARD_CASES: list[tuple[str, str, Direction | None, bool]] = [
    ("BBB scores did not differ between groups.", "BBB", UNCHANGED, False),
    ("Mechanical allodynia was reduced.", "ALLODYNIA", IMPROVED, True),
    ("Two of four patients improved by at least two AIS grades.", "AIS_GRADE", IMPROVED, True),
    ("Lesion volume increased in treated rats compared with vehicle controls.", "LESION_VOLUME", WORSENED, True),
    ("Neither BBB nor BMS improved.", "BBB", UNCHANGED, False),
    ("Neither BBB nor BMS improved.", "BMS", UNCHANGED, False),
    ("No serious adverse events occurred.", "ADVERSE_EVENTS", UNCHANGED, False),
    ("BBB scores were significantly higher in the MSC group than in controls.", "BBB", IMPROVED, True),
    ("Control rats had lower BBB scores than treated rats.", "BBB", IMPROVED, True),
    ("BBB decreased after injury.", "BBB", None, True),
    ("Transplantation of undifferentiated neural stem cells caused allodynia.", "ALLODYNIA", WORSENED, True),
    ("Grafts of NSCs also induced mechanical allodynia of the forepaws.", "ALLODYNIA", WORSENED, True),
    ("Spinal cord contusion caused allodynia in rats that were later treated.", "ALLODYNIA", None, True),
    ("Injection of the toxin into the lesion caused allodynia.", "ALLODYNIA", None, True),
    ("Grafts caused no allodynia.", "ALLODYNIA", None, True),
    ("Several large animal studies report improved motor function.", "MOTOR_FUNCTION", None, True),
    ("Grafts have been recommended, improving motor function.", "MOTOR_FUNCTION", None, True),
    ("There was a trend towards a lower rate of adverse events.", "ADVERSE_EVENTS", None, True),
    ("Men in the lowest quartile had more pain.", "PAIN", None, True),
    ("The use of breathing exercises increased.", "RESPIRATION", None, True),
    (
        "Studies assessing the efficacy of modified stem cells in restoring motor function were included.",
        "MOTOR_FUNCTION",
        None,
        True,
    ),
    ("Spinal cord injury often induces loss of motor and/or sensory function.", "SENSORY_FUNCTION", None, True),
    ("Paralysis follows, yet there is no effective treatment.", "MOTOR_FUNCTION", None, True),
    ("Promoting functional recovery after injury is a high priority.", "MOTOR_FUNCTION", None, True),
    ("A strategy promoting functional improvement is still not available.", "MOTOR_FUNCTION", None, True),
    ("Curbing these effects is critical for promoting functional recovery.", "MOTOR_FUNCTION", None, True),
    ("Restoring motor function using optogenetics", "MOTOR_FUNCTION", None, True),
    ("Inhibition of the immune response resulted in neuroprotection.", "NEURONAL_SURVIVAL", None, True),
    ("Some patients improved in motor function.", "MOTOR_FUNCTION", IMPROVED, True),
    ("No treatment-related adverse events occurred.", "ADVERSE_EVENTS", UNCHANGED, False),
    ("We discuss the role of grafts in improving motor function.", "MOTOR_FUNCTION", None, True),
    ("Little is known of the effect of OECs on restoring motor function.", "MOTOR_FUNCTION", None, True),
    ("This confirmed the efficacy of MSCs in improving motor function.", "MOTOR_FUNCTION", IMPROVED, True),
    ("MSCs were effective in improving motor function.", "MOTOR_FUNCTION", IMPROVED, True),
    ("To assess whether BBB improved, rats were followed for 8 weeks.", "BBB", None, True),
    ("Locomotor function was measured with the BBB scale.", "BBB", None, True),
    ("Locomotor function was measured with the BBB scale.", "LOCOMOTION", None, True),
    ("Stem cells may improve motor function.", "MOTOR_FUNCTION", None, True),
    ("Hindlimb motor function did not improve after transplantation.", "LOCOMOTION", UNCHANGED, False),
    ("Transplantation failed to improve motor function.", "MOTOR_FUNCTION", UNCHANGED, False),
    ("Neuropathic pain decreased after grafting.", "PAIN", IMPROVED, True),
    ("Neuropathic pain increased in grafted animals.", "PAIN", WORSENED, True),
    ("Spasticity was significantly reduced in all patients.", "SPASTICITY", IMPROVED, True),
    ("MEP latency was shortened in the treated group.", "MEP", IMPROVED, True),
    ("MEP amplitude increased in the treated group.", "MEP", IMPROVED, True),
    ("The treatment reduced lesion volume and improved BBB scores.", "LESION_VOLUME", IMPROVED, True),
    ("The treatment reduced lesion volume and improved BBB scores.", "BBB", IMPROVED, True),
    ("There was no significant difference in BMS scores between groups.", "BMS", UNCHANGED, False),
    ("Quality of life remained unchanged.", "QUALITY_OF_LIFE", UNCHANGED, True),
    ("Bladder function deteriorated in one treated patient.", "BLADDER", WORSENED, True),
    ("No improvement in SCIM was observed.", "SCIM", UNCHANGED, False),
    ("Improvement in motor function was not observed.", "MOTOR_FUNCTION", UNCHANGED, False),
    ("BBB scores were similar in both groups.", "BBB", UNCHANGED, True),
    ("Gait improved, whereas allodynia did not change.", "GAIT", IMPROVED, True),
    ("Gait improved, whereas allodynia did not change.", "ALLODYNIA", UNCHANGED, False),
    ("The aim of this study was to improve motor function.", "MOTOR_FUNCTION", None, True),
    ("Spinal cord injury impairs motor function.", "MOTOR_FUNCTION", None, True),
    ("SCI caused a marked decrease in BBB scores compared with sham rats.", "BBB", None, True),
    ("Functional recovery was enhanced by OEC grafts.", "MOTOR_FUNCTION", IMPROVED, True),
    ("We observed significant functional recovery in grafted rats.", "MOTOR_FUNCTION", IMPROVED, True),
    ("Apoptosis was inhibited by exosomes.", "APOPTOSIS", IMPROVED, True),
    ("Exosomes promoted axon regeneration and suppressed inflammation.", "AXON_REGENERATION", IMPROVED, True),
    ("Exosomes promoted axon regeneration and suppressed inflammation.", "INFLAMMATION", IMPROVED, True),
    ("BBB scores improved but not significantly.", "BBB", UNCHANGED, False),
    ("The increase in BBB scores was not statistically significant.", "BBB", UNCHANGED, False),
    ("The grafts did not only improve BBB scores but also reduced pain.", "BBB", IMPROVED, True),
    ("The grafts did not only improve BBB scores but also reduced pain.", "PAIN", IMPROVED, True),
    ("Demyelination was reduced in the treated group.", "MYELINATION", IMPROVED, True),
    ("Mortality was higher in the treated group.", "MORTALITY", WORSENED, True),
    ("Survival rate increased in the treated group.", "MORTALITY", IMPROVED, True),
    ("Treated rats made fewer foot slips on the ladder.", "LADDER", IMPROVED, True),
    ("Withdrawal thresholds rose: paw withdrawal threshold was higher in treated rats.", "ALLODYNIA", IMPROVED, True),
    ("Motor deficits were reduced by treatment.", "MOTOR_FUNCTION", IMPROVED, True),
    ("The loss of motor function was reduced in treated rats.", "MOTOR_FUNCTION", IMPROVED, True),
    ("Improvement in BBB was evaluated at 8 weeks.", "BBB", None, True),
    ("Does hope that stem cells improve walking ability hold?", "GAIT", None, True),
    ("If BBB scores improve, the trial goes on.", "BBB", None, True),
    ("Previous studies have shown that MSCs improve BBB scores.", "BBB", None, True),
    ("The man regained bladder control after the injection.", "BLADDER", IMPROVED, True),
    ("Two patients converted from AIS A to C.", "AIS_GRADE", IMPROVED, True),
    ("The AIS grade improved from A to C in one patient and remained unchanged in three.", "AIS_GRADE", IMPROVED, True),
    ("Patients hope the cells will improve bladder function.", "BLADDER", None, True),
    ("Strategies to improve locomotor function are needed.", "LOCOMOTION", None, True),
    ("Cavity formation was prevented.", "CAVITY", IMPROVED, True),
    ("Treatment had no effect on BBB scores.", "BBB", UNCHANGED, False),
    ("Treatment had no effect on BBB scores (p = 0.41).", "BBB", UNCHANGED, False),
    ("Motor function was not affected by treatment.", "MOTOR_FUNCTION", UNCHANGED, False),
    ("BBB scores increased in treated rats (P < 0.05).", "BBB", IMPROVED, True),
    ("Rats failed to recover locomotor function.", "LOCOMOTION", UNCHANGED, False),
    ("Treatment-related adverse events were not observed.", "ADVERSE_EVENTS", UNCHANGED, False),
    ("Three serious adverse events occurred.", "ADVERSE_EVENTS", WORSENED, True),
    ("No tumor formation was seen.", "TUMOUR", UNCHANGED, False),
    ("Without improving BBB scores, the drug reduced inflammation.", "BBB", UNCHANGED, False),
    ("Without improving BBB scores, the drug reduced inflammation.", "INFLAMMATION", IMPROVED, True),
    ("Hyperalgesia was exacerbated in grafted animals.", "HYPERALGESIA", WORSENED, True),
    ("BBB scores in the control group decreased.", "BBB", None, True),
    ("Rats were tested on the BBB scale to improve reliability.", "BBB", None, True),
    ("The mean BBB score rose from 3.1 to 9.4 in transplanted rats.", "BBB", IMPROVED, True),
    ("The primary endpoint is improvement in ASIA motor score at 12 months.", "ASIA_MOTOR", None, True),
    ("Grip strength was comparable between treated and control rats.", "GRIP", UNCHANGED, True),
    ("OECs could significantly improve BBB scores.", "BBB", IMPROVED, True),
    ("SSEPs were absent in all rats and BBB scores did not improve.", "BBB", UNCHANGED, False),
    ("BBB improvement did not differ between groups.", "BBB", UNCHANGED, False),
    ("Treated mice showed better BMS scores compared with vehicle-treated mice.", "BMS", IMPROVED, True),
    ("Vehicle-treated mice showed no improvement in BMS scores.", "BMS", None, True),
    ("The cells were safe and caused no pain.", "PAIN", None, True),
    ("Remyelination was greater and the glial scar was smaller in grafted cords.", "REMYELINATION", IMPROVED, True),
    ("Remyelination was greater and the glial scar was smaller in grafted cords.", "GLIAL_SCAR", IMPROVED, True),
    ("A paralysed man can walk again: his motor function recovered, doctors say.", "MOTOR_FUNCTION", IMPROVED, True),
    ("All four patients could stand again, and their ASIA motor scores improved.", "ASIA_MOTOR", IMPROVED, True),
    ("The researchers say the therapy could one day restore walking ability.", "GAIT", None, True),
    ("He cannot move his legs, and bladder control has not returned.", "BLADDER", None, True),
    ("One man regained some sensation; the other three did not improve.", "SENSORY_FUNCTION", IMPROVED, True),
    ("The olfactory cells had a greater effect on lower extremity motor score.", "ASIA_MOTOR", IMPROVED, True),
    ("Transplanted rats showed higher scores on the BBB scale than controls.", "BBB", IMPROVED, True),
    ("Spinal cord injury seriously impairs quality of life.", "QUALITY_OF_LIFE", None, True),
    ("There is currently no effective treatment that restores motor function.", "MOTOR_FUNCTION", None, True),
    ("This review discusses how grafts improve motor function.", "MOTOR_FUNCTION", None, True),
    ("IL-6 induces differentiation of progenitors.", "INFLAMMATION", None, True),
    ("Treated rats improved in open-field locomotion as assessed by the BBB scale.", "BBB", IMPROVED, True),
    ("Two of them improved: one by three AIS grades, the other by one.", "AIS_GRADE", IMPROVED, True),
    ("Two of four patients improved on the ASIA motor score, and two did not.", "ASIA_MOTOR", IMPROVED, True),
    ("Treatment is for functional recovery after injury.", "MOTOR_FUNCTION", None, True),
    ("There was no significant difference in the rates of serious adverse events.", "ADVERSE_EVENTS", UNCHANGED, True),
    ("Adverse events did not differ between groups.", "ADVERSE_EVENTS", UNCHANGED, True),
    ("Serious adverse events did not occur.", "ADVERSE_EVENTS", UNCHANGED, False),
]


def findings(text: str, *, reports_results: bool = True) -> list[Finding]:
    sentences, mentions = split_sentences(text), find_mentions(text, {})
    return list(find_findings("abstract", text, sentences, mentions, reports_results=reports_results))


@pytest.mark.parametrize(("text", "measure", "direction", "affirmed"), HARD_CASES)
def test_direction_of_hard_cases(text: str, measure: str, direction: Direction | None, affirmed: bool) -> None:
    found = next(finding for finding in findings(text) if finding.measure == measure)
    assert (found.direction, found.affirmed) == (direction, affirmed)


def test_spans_point_at_the_words() -> None:
    text = "Rats were grafted. Mechanical allodynia was not reduced in grafted rats. They lived."
    (found,) = findings(text)
    assert text[found.span.start : found.span.end] == found.text == "Mechanical allodynia"
    assert text[found.sentence.start : found.sentence.end] == "Mechanical allodynia was not reduced in grafted rats."
    assert found.cue is not None
    assert text[found.cue.start : found.cue.end] == "not reduced"


def test_a_plan_has_no_direction() -> None:
    (found,) = findings("BBB scores improved.", reports_results=False)
    assert found.direction is None
    assert found.cue is None


@pytest.mark.parametrize("section", ["OBJECTIVE", "METHODS", "BACKGROUND", "STUDY DESIGN"])
def test_a_section_without_results_has_no_direction(section: str) -> None:
    (found,) = findings(f"{section}: BBB scores improved in grafted rats.")
    assert found.direction is None


def test_a_section_of_results_has_directions() -> None:
    (found,) = findings("METHODS AND RESULTS: BBB scores improved in grafted rats.")
    assert found.direction is IMPROVED


def test_anti_inflammation_is_not_inflammation() -> None:
    assert findings("The cells promoted anti-inflammation.") == []
