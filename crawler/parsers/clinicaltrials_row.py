"""Rows of ClinicalTrials.gov's CSV exports, of the older and of today's site, in the shape of API version 2."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from crawler.parsers.clinicaltrials_words import code, date, filled, masking, phases

_AGES: Final = re.compile(r"\s*\(.*\)\s*$")
_RANGE: Final = re.compile(r"^(.*?)\s+to\s+(.*)$")
_OLDER: Final = re.compile(r"^(.*?)\s+and older$", re.IGNORECASE)
_UP_TO: Final = re.compile(r"^up to\s+(.*)$", re.IGNORECASE)


def as_version_2(row: Mapping[str, str]) -> dict[str, Any]:
    """A row as version 2 of the API would give it.

    Args:
        row: Heading, in lower case, → cell. Either export's headings are known.
    """
    design = _pairs(row.get("study designs") or row.get("study design", ""))
    sponsors = _several(row.get("sponsor/collaborators", "")) or _sponsors(row)
    minimum, maximum = _ages(row.get("age", ""))
    protocol = {
        "identificationModule": filled(
            {
                "nctId": row.get("nct number", "").strip(),
                "briefTitle": row.get("study title") or row.get("title", ""),
                "acronym": row.get("acronym", ""),
                "secondaryIdInfos": [{"id": number} for number in _several(row.get("other ids", ""))],
            }
        ),
        "statusModule": filled(
            {
                "overallStatus": code(row.get("study status") or row.get("status", "")),
                "startDateStruct": date(row.get("start date", "")),
                "primaryCompletionDateStruct": date(row.get("primary completion date", "")),
                "completionDateStruct": date(row.get("completion date", "")),
                "studyFirstPostDateStruct": date(row.get("first posted", "")),
                "lastUpdatePostDateStruct": date(row.get("last update posted", "")),
                "resultsFirstPostDateStruct": date(row.get("results first posted", "")),
            }
        ),
        "sponsorCollaboratorsModule": {
            "leadSponsor": filled({"name": next(iter(sponsors), "")}),
            "collaborators": [{"name": name} for name in sponsors[1:]],
        },
        "descriptionModule": filled({"briefSummary": row.get("brief summary", "")}),
        "conditionsModule": {"conditions": _several(row.get("conditions", ""))},
        "designModule": filled(
            {
                "studyType": code(row.get("study type", "")),
                "phases": phases(row.get("phases", "")),
                "enrollmentInfo": filled({"count": row.get("enrollment", "").strip()}),
                "designInfo": filled(
                    {
                        "allocation": code(design.get("allocation", "")),
                        "interventionModel": code(design.get("intervention model", "")),
                        "primaryPurpose": code(design.get("primary purpose", "")),
                        "observationalModel": code(design.get("observational model", "")),
                        "timePerspective": code(design.get("time perspective", "")),
                        "maskingInfo": masking(design.get("masking", "")),
                    }
                ),
            }
        ),
        "armsInterventionsModule": {"interventions": _interventions(row.get("interventions", ""))},
        "outcomesModule": _outcomes(row),
        "eligibilityModule": filled(
            {
                "sex": code(row.get("sex") or row.get("gender", "")),
                "minimumAge": minimum,
                "maximumAge": maximum,
            }
        ),
        "contactsLocationsModule": {"locations": [{"facility": place} for place in _several(row.get("locations", ""))]},
    }
    results = row.get("study results", "").strip().lower() in ("has results", "yes")
    return {"protocolSection": protocol, "hasResults": results}


def _several(text: str) -> list[str]:
    return [part.strip() for part in text.split("|") if part.strip()]


def _pairs(text: str) -> dict[str, str]:
    """``Allocation: N/A|Masking: None (Open Label)``."""
    parts = (part.partition(":") for part in _several(text))
    return {name.strip().lower(): value.strip() for name, _, value in parts}


def _sponsors(row: Mapping[str, str]) -> list[str]:
    return [*_several(row.get("sponsor", "")), *_several(row.get("collaborators", ""))]


def _interventions(text: str) -> list[dict[str, str]]:
    """``Biological: Cells|Drug: Placebo``."""
    parts = (part.partition(":") for part in _several(text))
    return [filled({"name": (name or type).strip(), "type": code(type) if name else ""}) for type, _, name in parts]


def _outcomes(row: Mapping[str, str]) -> dict[str, Any]:
    """Today's export tells primary from other outcomes; the older one does not, so there they have no role."""
    if any(row.get(f"{role} outcome measures") for role in ("primary", "secondary", "other")):
        return {
            f"{role}Outcomes": [{"measure": measure} for measure in _several(row.get(f"{role} outcome measures", ""))]
            for role in ("primary", "secondary", "other")
        }
    return {"otherOutcomes": [{"measure": measure} for measure in _several(row.get("outcome measures", ""))]}


def _ages(text: str) -> tuple[str, str]:
    """``18 Years to 65 Years   (Adult)``."""
    ages = " ".join(_AGES.sub("", text).split())
    if match := _RANGE.match(ages):
        return match[1], match[2]
    if match := _OLDER.match(ages):
        return match[1], ""
    match = _UP_TO.match(ages)
    return ("", match[1]) if match else ("", "")
