"""Files of trial registries: every one becomes a registration that its numbers find; invented trials throughout."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from crawler.formats import find_format
from crawler.items import Fetched, Rejected
from crawler.parsers.clinicaltrials_words import code, masking, phases
from crawler.parsers.registry_entry import Entry, make_registration, read_date, read_day_first, trial_number
from crawler.parsers.registry_words import allocation_in, phases_in
from records.errors import ParseError
from records.record import Kind, Record
from records.trial import TrialStatus


def items(content: bytes, name: str = "file", *, expected: str) -> list[Fetched | Rejected]:
    chosen = find_format(content[:65_536], Path(name))
    assert chosen.name == expected
    stream = io.BufferedReader(io.BytesIO(content))  # type: ignore[arg-type]
    return [item for item in chosen.read(stream, source="import", path=name) if isinstance(item, Fetched | Rejected)]


def records(content: bytes, name: str = "file", *, expected: str) -> list[Record]:
    found = items(content, name, expected=expected)
    assert all(isinstance(item, Fetched) for item in found), found
    return [item.record for item in found if isinstance(item, Fetched)]


LEGACY = """<?xml version="1.0" encoding="UTF-8"?>
<search_results count="2">
<clinical_study rank="1">
  <id_info><org_study_id>LAB-1</org_study_id><secondary_id>jRCTa990190001</secondary_id><nct_id>NCT99100001</nct_id>
  <nct_alias>NCT99100009</nct_alias></id_info>
  <brief_title>Invented cells for the cord</brief_title><official_title>A long invented title</official_title>
  <sponsors><lead_sponsor><agency>Invented University</agency></lead_sponsor>
  <collaborator><agency>Invented Clinic</agency></collaborator></sponsors>
  <brief_summary><textblock>
      Four people are given cells,
      two of them early.

      They are followed.
  </textblock></brief_summary>
  <overall_status>Active, not recruiting</overall_status>
  <start_date type="Actual">June 1, 2021</start_date>
  <completion_date type="Anticipated">March 2027</completion_date>
  <phase>Phase 1/Phase 2</phase><study_type>Interventional</study_type>
  <study_design_info><allocation>Non-Randomized</allocation>
  <intervention_model>Single Group Assignment</intervention_model>
  <primary_purpose>Treatment</primary_purpose>
  <masking>Double (Participant, Outcomes Assessor)</masking></study_design_info>
  <primary_outcome><measure>AIS grade</measure><time_frame>1 year</time_frame></primary_outcome>
  <other_outcome><measure>Safety</measure></other_outcome>
  <enrollment type="Anticipated">4</enrollment><condition>Spinal Cord Injuries</condition>
  <arm_group><arm_group_label>Cells</arm_group_label><arm_group_type>Experimental</arm_group_type></arm_group>
  <intervention><intervention_type>Biological</intervention_type><intervention_name>NPC</intervention_name>
  <arm_group_label>Cells</arm_group_label></intervention>
  <eligibility><criteria><textblock>- adults</textblock></criteria><gender>Both</gender>
  <minimum_age>18 Years</minimum_age><maximum_age>N/A</maximum_age>
  <healthy_volunteers>No</healthy_volunteers></eligibility>
  <overall_official><last_name>Ada Nowhere, MD</last_name></overall_official>
  <location><facility><name>Ward 1</name><address><city>Nowhere</city><country>Utopia</country></address></facility>
  <status>Recruiting</status></location>
  <results_reference><citation>Nowhere A. 2022.</citation><PMID>99100077</PMID></results_reference>
  <last_update_posted type="Actual">May 2, 2024</last_update_posted>
  <study_first_posted type="Actual">May 3, 2021</study_first_posted>
  <keyword>iPSC</keyword><condition_browse><mesh_term>Wounds</mesh_term></condition_browse>
</clinical_study>
<clinical_study rank="2"><brief_title>No number</brief_title></clinical_study>
</search_results>"""


def test_older_xml_says_what_the_present_api_says() -> None:
    first, second = items(LEGACY.encode(), expected="clinicaltrials-xml")
    assert isinstance(second, Rejected)
    assert "nctId" in second.reason
    assert isinstance(first, Fetched)
    record, trial = first.record, first.record.trial
    assert trial is not None
    assert (record.uid, record.kind, record.title) == (
        "clinicaltrials:NCT99100001",
        Kind.REGISTRATION,
        "Invented cells for the cord",
    )
    assert record.identifiers.registrations == ("NCT99100001", "NCT99100009", "jRCTa990190001")
    assert record.abstract[0].text == "Four people are given cells, two of them early.\n\nThey are followed."
    assert (trial.status, trial.phases) == (TrialStatus.ACTIVE_NOT_RECRUITING, ("PHASE1", "PHASE2"))
    assert (trial.enrollment, trial.enrollment_type) == (4, "ESTIMATED")
    assert (trial.allocation, trial.intervention_model) == ("NON_RANDOMIZED", "SINGLE_GROUP")
    assert (trial.masking, trial.who_masked) == ("DOUBLE", ("PARTICIPANT", "OUTCOMES_ASSESSOR"))
    assert [(outcome.measure, outcome.role) for outcome in trial.outcomes] == [
        ("AIS grade", "primary"),
        ("Safety", "other"),
    ]
    assert trial.arms[0].interventions == ("Biological: NPC",)
    assert (trial.sex, trial.minimum_age, trial.maximum_age) == ("ALL", "18 Years", "")
    assert trial.healthy_volunteers is False
    assert trial.start is not None
    assert (trial.start.iso(), trial.start_type) == ("2021-06-01", "ACTUAL")
    assert trial.completion is not None
    assert trial.completion.iso() == "2027-03"
    assert (record.relations[0].target, record.relations[0].type) == ("pmid:99100077", "results_reported_by")
    assert trial.locations[0].status == "RECRUITING"
    assert record.mesh_headings == ("Wounds",)


def test_older_xml_with_entities_or_broken_off() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "c">]><clinical_study><brief_title>&b;</brief_title></clinical_study>'
    with pytest.raises(ParseError, match="entities"):
        items(bomb, expected="clinicaltrials-xml")
    (broken,) = items(LEGACY.encode()[:900], expected="clinicaltrials-xml")
    assert isinstance(broken, Rejected)


OLD_CSV = """\ufeff"Rank","NCT Number","Title","Status","Study Results","Conditions","Interventions",\
"Outcome Measures","Sponsor/Collaborators","Gender","Age","Phases","Enrollment","Study Type",\
"Study Designs","Other IDs","Start Date",\
"First Posted","Locations","URL"
1,"NCT99100002","Invented, with a comma","Unknown status","Has Results","A|B","Biological: Cells|Rest","Gait|Pain",\
"Invented University|Clinic","All","18 Years to 65 Years   (Adult)","Phase 1|Phase 2","12","Interventional",\
"Allocation: N/A|Intervention Model: Single Group Assignment|Masking: None (Open Label)|Primary Purpose: Treatment",\
"L-1|UMIN000099999","October 26, 2018","August 15, 2018","Ward, Nowhere|Ward 2","https://registry.example/x"
2,"","No number","Recruiting","","","","","","","","","","","","","","","",""
"""
NEW_CSV = """NCT Number,Study Title,Study Status,Brief Summary,Primary Outcome Measures,Sponsor,Collaborators,Sex,Age,\
Phases,Enrollment,Study Type,Study Design,Start Date
NCT99100003,Invented,NOT_YET_RECRUITING,A summary.,Gait|Pain,Invented University,Clinic,FEMALE,ADULT,PHASE1|PHASE2,7,\
INTERVENTIONAL,Allocation: RANDOMIZED|Intervention Model: PARALLEL|Masking: TRIPLE (PARTICIPANT\\, INVESTIGATOR),2025-01
"""


def test_both_tables_of_the_registry_have_the_fields_of_a_trial() -> None:
    first, second = items(OLD_CSV.encode(), expected="clinicaltrials-csv")
    assert isinstance(first, Fetched)
    assert isinstance(second, Rejected)
    trial = first.record.trial
    assert trial is not None
    assert first.record.uid == "import:registration:NCT99100002", "a table does not replace the registry's own record"
    assert first.record.identifiers.registrations == ("NCT99100002", "UMIN000099999")
    assert (trial.status, trial.has_results, trial.enrollment) == (TrialStatus.UNKNOWN, True, 12)
    assert [(one.name, one.type) for one in trial.interventions] == [("Cells", "BIOLOGICAL"), ("Rest", "")]
    assert (trial.minimum_age, trial.maximum_age) == ("18 Years", "65 Years")
    assert (trial.lead_sponsor, trial.collaborators) == ("Invented University", ("Clinic",))
    (record,) = records(NEW_CSV.replace("\\,", "").encode(), expected="clinicaltrials-csv")
    trial = record.trial
    assert trial is not None
    assert (trial.status, trial.phases) == (TrialStatus.NOT_YET_RECRUITING, ("PHASE1", "PHASE2"))
    assert (trial.allocation, trial.masking, trial.sex) == ("RANDOMIZED", "TRIPLE", "FEMALE")
    assert [outcome.role for outcome in trial.outcomes] == ["primary", "primary"]
    assert record.abstract[0].text == "A summary."


ICTRP = """<?xml version='1.0' encoding='UTF-8' ?>
<Trials_downloaded_from_ICTRP>
  <Trial><Internal_Number>1
  </Internal_Number><TrialID>JPRN-jRCTa990190228
  </TrialID><Public_title>iPSC-derived cells for invented cord injury
  </Public_title><Scientific_title>A first-in-human study</Scientific_title><Acronym/>
  <Primary_sponsor>Nowhere University</Primary_sponsor><Source_Register>JPRN</Source_Register>
  <web_address>https://registry.example/jRCTa990190228</web_address><Recruitment_Status>Not Recruiting
  </Recruitment_Status><Date_registration3>20190312</Date_registration3>
  <Date_enrollement>05/04/2019</Date_enrollement><Target_size>4</Target_size>
  <Study_type>Interventional</Study_type><Study_design>Single arm, non-randomized</Study_design>
  <Phase>Phase I/II</Phase>
  <Countries>Japan;Utopia</Countries><Inclusion_agemin>18age old over</Inclusion_agemin>
  <Inclusion_gender>Both</Inclusion_gender><Inclusion_Criteria>complete injury&lt;br&gt;subacute</Inclusion_Criteria>
  <Condition>Spinal cord injury;iPSC</Condition><Intervention>Biological: iPSC-NPC;2 million cells</Intervention>
  <Primary_outcome>Safety</Primary_outcome><Secondary_outcome>AIS grade;ISNCSCI</Secondary_outcome>
  <Secondary_ID>UMIN000099998; NCT99100004</Secondary_ID>
  <results_yes_no>Yes</results_yes_no><Last_Refreshed_on>24 August 2026</Last_Refreshed_on></Trial>
  <Trial><TrialID>NL-OMON99999</TrialID><Public_title>Another</Public_title></Trial>
  <Trial><TrialID></TrialID><Public_title>Without a number</Public_title></Trial>
  <Trial><TrialID>NCT99100005</TrialID><Public_title>Child</Public_title><Secondary_ID>NCT99100006</Secondary_ID></Trial>
</Trials_downloaded_from_ICTRP>"""


def test_a_japanese_trial_is_known_by_its_number() -> None:
    found = items(ICTRP.encode(), expected="ictrp-xml")
    first, other, nameless, child = found
    assert isinstance(first, Fetched)
    assert isinstance(other, Fetched)
    assert isinstance(child, Fetched)
    assert isinstance(nameless, Rejected)
    assert "no trial number" in nameless.reason
    record, trial = first.record, first.record.trial
    assert trial is not None
    assert record.uid == "ictrp:jRCTa990190228"
    assert record.identifiers.registrations == ("jRCTa990190228", "UMIN000099998", "NCT99100004")
    assert (trial.status, trial.status_raw) == (None, "Not Recruiting"), "before or after recruiting: not said"
    assert (trial.phases, trial.enrollment, trial.allocation) == (("PHASE1", "PHASE2"), 4, "NON_RANDOMIZED")
    assert [(one.name, one.type) for one in trial.interventions] == [
        ("iPSC-NPC", "BIOLOGICAL"),
        ("2 million cells", ""),
    ]
    assert [outcome.role for outcome in trial.outcomes] == ["primary", "secondary", "secondary"]
    assert [place.country for place in trial.locations] == ["Japan", "Utopia"]
    assert trial.eligibility == "Inclusion criteria:\ncomplete injury\nsubacute"
    assert record.published is not None
    assert record.published.iso() == "2019-03-12"
    assert trial.start is not None
    assert trial.start.iso() == "2019", "05/04 may be May or April"
    assert trial.has_results
    assert other.record.identifiers.registrations == ("NL-OMON99999",)
    assert child.record.identifiers.registrations == ("NCT99100005",), "another NCT number is another trial"


@pytest.mark.parametrize(
    ("lost", "kept", "reason"),
    [
        (
            "</Trials_downloaded_from_ICTRP>",
            3,
            "f#4: the file is cut short: </Trials_downloaded_from_ICTRP> is missing",
        ),
        ("</Trial>\n</Trials_downloaded_from_ICTRP>", 2, "f#4: cut short: its <Trial> is never closed"),
    ],
)
def test_a_file_that_breaks_off_says_so(lost: str, kept: int, reason: str) -> None:
    found = items(ICTRP.removesuffix(lost).encode(), "f", expected="ictrp-xml")
    assert sum(isinstance(item, Fetched) for item in found) == kept
    assert isinstance(found[-1], Rejected)
    assert found[-1].reason == reason


def test_a_trial_in_a_wrong_charset_harms_no_other() -> None:
    found = items(ICTRP.replace("Nowhere", "N\u00f6where").encode("latin-1"), "f", expected="ictrp-xml")
    assert isinstance(found[0], Rejected)
    assert found[0].reason.startswith("f#1: not well-formed: ")
    assert [type(item) for item in found[1:]] == [Fetched, Rejected, Fetched]


def test_the_same_in_a_table() -> None:
    table = "TrialID,Last Refreshed on,Public title,Source Register,Recruitment Status,Target size\r\n"
    table += 'JPRN-jRCT9912345678,1 May 2026,"Cells, again",JPRN,Recruiting,"Treated:20;Control:20;"\r\n'
    (record,) = records(table.encode("utf-8-sig"), "x.csv", expected="registry-csv")
    assert (record.uid, record.title) == ("ictrp:jRCT9912345678", "Cells, again")
    assert record.trial is not None
    assert (record.trial.status, record.trial.enrollment) == (TrialStatus.RECRUITING, None)


def test_the_table_of_ctis() -> None:
    table = (
        "Trial number,Overall trial status,Title of the trial,Protocol code,Medical conditions,Trial phase,Product,"
        "Gender,Location(s) and recruitment status,Sponsor/Co-Sponsors,Decision date,Start date,Last updated\n"
        '2099-500001-12-00,"Ongoing, recruitment ended",Invented cells,INV-1,Spinal cord injury,'
        '"Phase I and Phase II (Integrated)",NPC-1,"Female, Male","Utopia: Ongoing, Nowhere: Ended",Invented SE,'
        "03/04/2024,05/06/2024,07/08/2026\n"
    )
    (record,) = records(table.encode(), "CTIS.csv", expected="registry-csv")
    trial = record.trial
    assert trial is not None
    assert record.uid == "ctis:2099-500001-12-00"
    assert (trial.status, trial.phases) == (TrialStatus.ACTIVE_NOT_RECRUITING, ("PHASE1", "PHASE2"))
    assert [place.country for place in trial.locations] == ["Utopia", "Nowhere"]
    assert record.published is not None
    assert record.published.iso() == "2024-04-03"


def test_an_open_quote_in_a_table_of_trials_swallows_none() -> None:
    rows = ["2099-500001-12-00,Ended,One", '2099-500002-12-00,Ended,"Two', "2099-500003-12-00,Ended,Three"]
    ctis = "\n".join(["Trial number,Overall trial status,Title of the trial", *rows, "2099-500004-12-00,En"])
    one, open_, three, cut = items(ctis.encode(), "CTIS.csv", expected="registry-csv")
    assert [item.record.source_id[5:11] for item in (one, three) if isinstance(item, Fetched)] == ["500001", "500003"]
    assert isinstance(open_, Rejected)
    assert isinstance(cut, Rejected)
    assert (open_.reason, open_.incomplete) == ("CTIS.csv:3: a quote is never closed", True)
    assert (cut.reason, cut.incomplete) == ("CTIS.csv:5: 2 cells under 3 headings", True)

    trials = [
        f"NCT9900000{number},{title},Completed,Phase 1" for number, title in enumerate(('"One"', '"Two', '"Three"'))
    ]
    found = items("\n".join(["NCT Number,Title,Status,Phases", *trials, ""]).encode(), expected="clinicaltrials-csv")
    assert [type(item) for item in found] == [Fetched, Rejected, Fetched]


@pytest.mark.parametrize("encoding", ["cp932", "utf-8-sig", "utf-16"])
def test_the_table_of_jrct_in_japanese(encoding: str) -> None:
    table = "jRCT番号,研究の名称,募集状況,試験のフェーズ,実施予定被験者数,初回公表日,対象疾患名\r\n"
    table += "jRCTa990190228,脊髄損傷の架空の研究,募集終了,1,4,令和元年,脊髄損傷\r\n"
    (record,) = records(table.encode(encoding), "jrct.csv", expected="registry-csv")
    trial = record.trial
    assert trial is not None
    assert (record.uid, record.title) == ("jrct:jRCTa990190228", "脊髄損傷の架空の研究")
    assert (trial.status, trial.phases, trial.enrollment) == (TrialStatus.ACTIVE_NOT_RECRUITING, ("PHASE1",), 4)
    assert trial.conditions == ("脊髄損傷",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Phase I/II", ("PHASE1", "PHASE2")),
        ("Phase 2-3", ("PHASE2", "PHASE3")),
        ("Phase 0", ("EARLY_PHASE1",)),
        ("Not applicable", ()),
        ("N/A", ()),
        ("", ()),
        ("Human pharmacology (Phase I): no\nTherapeutic exploratory (Phase II): yes", ("PHASE2",)),
        ("3", ("PHASE3",)),
        ("IV", ("PHASE4",)),
        ("Early Phase 1", ("EARLY_PHASE1",)),
        ("Early Phase 1/Phase 2", ("EARLY_PHASE1", "PHASE2")),
        ("Phase IIa", ("PHASE2",)),
        ("1b/2a", ("PHASE1", "PHASE2")),
        ("Phase Ib/IIa", ("PHASE1", "PHASE2")),
        ("Phase I,II", ("PHASE1", "PHASE2")),
        ("Phase 1, 2 and 3", ("PHASE1", "PHASE2", "PHASE3")),
        ("Phase Ⅰ", ("PHASE1",)),
        ("第Ⅰ相", ("PHASE1",)),
        ("1/2相", ("PHASE1", "PHASE2")),
        ("2期", ("PHASE2",)),
        ("2期間", ()),
        ("A (Phase I): no<br>B (Phase II): yes<br>C - (Phase III): no<br>D (Phase IV): no", ("PHASE2",)),
        ("A (Phase I): no B (Phase II): yes C - (Phase III): no D (Phase IV): no", ("PHASE2",)),
        ("Phase II; blinded: no", ("PHASE2",)),
        ("Not applicable; I am 4 years", ()),
        ("Phase I (first in human), 3 centres", ("PHASE1",)),
        ("Phase 1, 3 centres", ("PHASE1",)),
    ],
)
def test_phases(text: str, expected: tuple[str, ...]) -> None:
    assert phases_in(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Randomised:no", ""),
        ("Randomised: no", ""),
        ("Randomised: not applicable", ""),
        ("Controlled: yes<br>Randomised: yes", "RANDOMIZED"),
        ("Randomisation: yes", "RANDOMIZED"),
        ("Allocation: Randomized. Masking: none", "RANDOMIZED"),
        ("Randomisation: no; non randomized", "NON_RANDOMIZED"),
        ("Not randomised", "NON_RANDOMIZED"),
        ("Single arm", ""),
    ],
)
def test_allocation(text: str, expected: str) -> None:
    assert allocation_in(text) == expected


@pytest.mark.parametrize(
    ("number", "others", "kept"),
    [
        ("JPRN-jRCTa990200111", "jRCTa990190228 (parent study); UMIN000099998", ("UMIN000099998",)),
        ("ISRCTN99000001", "ISRCTN99000002, NCT99100004", ("NCT99100004",)),
        ("EUCTR2099-000001-10-DE", "EUCTR2099-000001-10-ES EUCTR2099-000002-10-ES", ("EUCTR2099-000001-10-ES",)),
        ("CTIS2029-500001-12-00", "2029-500001-12-01; 2029-500009-12-00", ("2029-500001-12-01",)),
    ],
)
def test_another_number_of_the_same_registry_is_another_trial(number: str, others: str, kept: tuple[str, ...]) -> None:
    record = make_registration(Entry(number=number, title="Follow-up", other_numbers=others), "ictrp")
    assert record.identifiers.registrations == (trial_number(number), *kept)
    assert record.trial is not None
    assert all(part in others for part in record.trial.secondary_ids), "a reader still sees them all"
    assert record.trial.secondary_ids


def test_an_ended_trial_may_have_ended_early() -> None:
    trial = make_registration(Entry(number="2029-500001-12-00", title="Ended", status="Ended"), "ctis").trial
    assert trial is not None
    assert (trial.status, trial.status_raw) == (None, "Ended")


def test_words_dates_and_numbers() -> None:
    assert code("Active, not recruiting") == "ACTIVE_NOT_RECRUITING"
    assert code("Observational [Patient Registry]") == "OBSERVATIONAL"
    assert code("Case-Control") == "CASE_CONTROL"
    assert phases("N/A") == ["NA"]
    assert phases("Early Phase 1") == ["EARLY_PHASE1"]
    assert masking("None (Open Label)") == {"masking": "NONE", "whoMasked": []}
    assert masking("") == {}
    dates = {
        text: found.iso() if (found := read_date(text)) else "" for text in ("20240131", "31.01.2024", "2024/1/31")
    }
    assert set(dates.values()) == {"2024-01-31"}
    assert read_day_first("03/04/2024") == "2024-04-03"
    assert read_day_first("April 2024") == "April 2024"
    assert trial_number("CTIS2099-500001-12-00") == "2099-500001-12-00"
