"""ClinicalTrials.gov's XML of before 2024: brought into the shape of API version 2, then read as that.

Its tables of results are not read; that there are results is.
"""

from __future__ import annotations

from typing import Any, Final

from lxml import etree

from crawler.parsers.clinicaltrials_words import code, date, filled, masking, phases
from crawler.parsers.xml_text import text_of

_VOLUNTEERS: Final = {"accepts healthy volunteers": True, "yes": True, "no": False}
_OUTCOMES: Final = {"primaryOutcomes": "primary", "secondaryOutcomes": "secondary", "otherOutcomes": "other"}


def as_version_2(root: etree._Element) -> dict[str, Any]:
    """A study as version 2 of the API would give it, as far as the older file says."""
    study = _Study(root)
    protocol = {
        "identificationModule": _identification(study),
        "statusModule": _status(study),
        "sponsorCollaboratorsModule": _sponsors(study),
        "descriptionModule": filled(
            {
                "briefSummary": study.block("brief_summary/textblock"),
                "detailedDescription": study.block("detailed_description/textblock"),
            }
        ),
        "conditionsModule": {"conditions": study.texts("condition"), "keywords": study.texts("keyword")},
        "designModule": _design(study),
        "armsInterventionsModule": {"armGroups": _arms(study), "interventions": _interventions(study)},
        "outcomesModule": {name: _outcomes(study, f"{role}_outcome") for name, role in _OUTCOMES.items()},
        "eligibilityModule": _eligibility(study),
        "contactsLocationsModule": {"overallOfficials": _officials(study), "locations": _locations(study)},
        "referencesModule": {"references": _references(study), "seeAlsoLinks": _links(study)},
    }
    meshes = {
        "conditionBrowseModule": {"meshes": [{"term": term} for term in study.texts("condition_browse/mesh_term")]},
        "interventionBrowseModule": {
            "meshes": [{"term": term} for term in study.texts("intervention_browse/mesh_term")]
        },
    }
    results = root.find("clinical_results") is not None or bool(study.text("results_first_posted"))
    return {"protocolSection": protocol, "derivedSection": meshes, "hasResults": results}


class _Study:
    """An element with the texts below it."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root

    def text(self, path: str) -> str:
        """One text, white space folded."""
        return text_of(self.root.find(path))

    def texts(self, path: str) -> list[str]:
        """All texts of a path that are not empty."""
        return [text for element in self.root.findall(path) if (text := text_of(element))]

    def block(self, path: str) -> str:
        """A text with its lines: paragraphs and lists stay apart."""
        element = self.root.find(path)
        lines = ("".join(str(part) for part in element.itertext()) if element is not None else "").splitlines()
        paragraphs = "\n".join(line.strip() for line in lines).strip().split("\n\n")
        return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs if paragraph.strip())

    def date(self, path: str) -> dict[str, str]:
        """A date with its type."""
        element = self.root.find(path)
        return date(text_of(element), element.get("type") or "") if element is not None else {}

    def all(self, path: str) -> list[_Study]:
        """The elements of a path."""
        return [_Study(element) for element in self.root.findall(path)]


def _identification(study: _Study) -> dict[str, Any]:
    return filled(
        {
            "nctId": study.text("id_info/nct_id"),
            "nctIdAliases": study.texts("id_info/nct_alias"),
            "orgStudyIdInfo": {"id": study.text("id_info/org_study_id")},
            "secondaryIdInfos": [{"id": number} for number in study.texts("id_info/secondary_id")],
            "briefTitle": study.text("brief_title"),
            "officialTitle": study.text("official_title"),
            "acronym": study.text("acronym"),
        }
    )


def _status(study: _Study) -> dict[str, Any]:
    return filled(
        {
            "overallStatus": code(study.text("overall_status")),
            "lastKnownStatus": code(study.text("last_known_status")),
            "whyStopped": study.text("why_stopped"),
            "startDateStruct": study.date("start_date"),
            "primaryCompletionDateStruct": study.date("primary_completion_date"),
            "completionDateStruct": study.date("completion_date"),
            # Files of before 2017 have the older names of both dates.
            "studyFirstPostDateStruct": study.date("study_first_posted") or study.date("firstreceived_date"),
            "lastUpdatePostDateStruct": study.date("last_update_posted") or study.date("lastchanged_date"),
            "resultsFirstPostDateStruct": study.date("results_first_posted"),
        }
    )


def _sponsors(study: _Study) -> dict[str, Any]:
    party = "responsible_party"
    return filled(
        {
            "leadSponsor": filled({"name": study.text("sponsors/lead_sponsor/agency")}),
            "collaborators": [{"name": name} for name in study.texts("sponsors/collaborator/agency")],
            "responsibleParty": filled(
                {
                    "type": code(study.text(f"{party}/responsible_party_type")),
                    "investigatorFullName": study.text(f"{party}/investigator_full_name"),
                    "investigatorTitle": study.text(f"{party}/investigator_title"),
                    "investigatorAffiliation": study.text(f"{party}/investigator_affiliation"),
                    "oldNameTitle": study.text(f"{party}/name_title"),
                    "oldOrganization": study.text(f"{party}/organization"),
                }
            ),
        }
    )


def _design(study: _Study) -> dict[str, Any]:
    info = "study_design_info"
    enrollment = study.root.find("enrollment")
    return filled(
        {
            "studyType": code(study.text("study_type")),
            "phases": phases(study.text("phase")),
            "enrollmentInfo": filled(
                {
                    "count": text_of(enrollment),
                    "type": code((enrollment.get("type") or "") if enrollment is not None else ""),
                }
            ),
            "designInfo": filled(
                {
                    "allocation": code(study.text(f"{info}/allocation")),
                    "interventionModel": code(study.text(f"{info}/intervention_model")),
                    "primaryPurpose": code(study.text(f"{info}/primary_purpose")),
                    "observationalModel": code(study.text(f"{info}/observational_model")),
                    "timePerspective": code(study.text(f"{info}/time_perspective")),
                    "maskingInfo": masking(study.text(f"{info}/masking")),
                }
            ),
        }
    )


def _arms(study: _Study) -> list[dict[str, Any]]:
    given = study.all("intervention")
    return [
        filled(
            {
                "label": arm.text("arm_group_label"),
                "type": code(arm.text("arm_group_type")),
                "description": arm.block("description"),
                "interventionNames": [
                    f"{one.text('intervention_type')}: {one.text('intervention_name')}"
                    for one in given
                    if arm.text("arm_group_label") in one.texts("arm_group_label")
                ],
            }
        )
        for arm in study.all("arm_group")
    ]


def _interventions(study: _Study) -> list[dict[str, Any]]:
    return [
        filled(
            {
                "name": one.text("intervention_name"),
                "type": code(one.text("intervention_type")),
                "description": one.block("description"),
                "otherNames": one.texts("other_name"),
            }
        )
        for one in study.all("intervention")
    ]


def _outcomes(study: _Study, path: str) -> list[dict[str, Any]]:
    return [
        filled(
            {
                "measure": one.text("measure"),
                "description": one.block("description"),
                "timeFrame": one.text("time_frame"),
            }
        )
        for one in study.all(path)
    ]


def _eligibility(study: _Study) -> dict[str, Any]:
    volunteers = study.text("eligibility/healthy_volunteers")
    return filled(
        {
            "eligibilityCriteria": study.block("eligibility/criteria/textblock"),
            "sex": code(study.text("eligibility/gender")).replace("BOTH", "ALL"),
            "minimumAge": _age(study.text("eligibility/minimum_age")),
            "maximumAge": _age(study.text("eligibility/maximum_age")),
            "studyPopulation": study.block("eligibility/study_pop/textblock"),
            "healthyVolunteers": _VOLUNTEERS.get(volunteers.lower(), volunteers),
        }
    )


def _age(text: str) -> str:
    return "" if text.upper() == "N/A" else text


def _officials(study: _Study) -> list[dict[str, Any]]:
    return [
        filled({"name": one.text("last_name"), "affiliation": one.text("affiliation")})
        for one in study.all("overall_official")
    ]


def _locations(study: _Study) -> list[dict[str, Any]]:
    return [
        filled(
            {
                "facility": one.text("facility/name"),
                "city": one.text("facility/address/city"),
                "state": one.text("facility/address/state"),
                "country": one.text("facility/address/country"),
                "status": code(one.text("status")),
            }
        )
        for one in study.all("location")
    ]


def _references(study: _Study) -> list[dict[str, Any]]:
    return [
        filled({"pmid": one.text("PMID"), "citation": one.text("citation"), "type": type})
        for path, type in (("reference", "BACKGROUND"), ("results_reference", "RESULT"))
        for one in study.all(path)
    ]


def _links(study: _Study) -> list[dict[str, Any]]:
    return [filled({"url": one.text("url"), "label": one.text("description")}) for one in study.all("link")]
