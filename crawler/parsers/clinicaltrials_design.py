"""ClinicalTrials.gov, version 2: what is done to whom, where and to what end."""

from __future__ import annotations

from typing import Any, Final

from crawler.parsers.clinicaltrials_text import markup
from crawler.parsers.json_tree import Node
from records.trial import Arm, Intervention, Location, Outcome

_OUTCOMES: Final = (("primaryOutcomes", "primary"), ("secondaryOutcomes", "secondary"), ("otherOutcomes", "other"))


def conditions_and_design(protocol: Node) -> dict[str, Any]:
    """The fields of `Trial` that the design, arms, outcomes, eligibility and locations modules give."""
    return {
        "conditions": protocol.node("conditionsModule").texts("conditions"),
        "arms": _arms(protocol),
        "interventions": _interventions(protocol),
        "outcomes": _outcomes(protocol.node("outcomesModule")),
        "locations": _locations(protocol),
        **_design(protocol.node("designModule")),
        **_eligibility(protocol.node("eligibilityModule")),
    }


def _design(design: Node) -> dict[str, Any]:
    info = design.node("designInfo")
    masking = info.node("maskingInfo")
    enrollment = design.node("enrollmentInfo")
    return {
        "study_type": design.text("studyType"),
        "phases": design.texts("phases"),
        "enrollment": enrollment.integer("count"),
        "enrollment_type": enrollment.text("type"),
        "allocation": info.text("allocation"),
        "intervention_model": info.text("interventionModel"),
        "masking": masking.text("masking"),
        "who_masked": masking.texts("whoMasked"),
        "primary_purpose": info.text("primaryPurpose"),
        "observational_model": info.text("observationalModel"),
        "time_perspective": info.text("timePerspective"),
    }


def _eligibility(eligibility: Node) -> dict[str, Any]:
    volunteers = eligibility.value.get("healthyVolunteers")
    unclear = isinstance(volunteers, str)
    return {
        "eligibility": markup(eligibility, "eligibilityCriteria"),
        "sex": eligibility.text("sex"),
        "minimum_age": eligibility.text("minimumAge"),
        "maximum_age": eligibility.text("maximumAge"),
        "study_population": markup(eligibility, "studyPopulation"),
        # The older files say it in words, which need not be a yes or a no.
        "healthy_volunteers": None if unclear else eligibility.flag("healthyVolunteers"),
        "healthy_volunteers_raw": volunteers if unclear else "",
    }


def _arms(protocol: Node) -> tuple[Arm, ...]:
    return tuple(
        Arm(
            label=group.text("label"),
            type=group.text("type"),
            description=markup(group, "description"),
            interventions=group.texts("interventionNames"),
        )
        for group in protocol.node("armsInterventionsModule").nodes("armGroups")
    )


def _interventions(protocol: Node) -> tuple[Intervention, ...]:
    return tuple(
        Intervention(
            name=intervention.text("name"),
            type=intervention.text("type"),
            description=markup(intervention, "description"),
            other_names=intervention.texts("otherNames"),
        )
        for intervention in protocol.node("armsInterventionsModule").nodes("interventions")
    )


def _outcomes(module: Node) -> tuple[Outcome, ...]:
    return tuple(
        Outcome(
            measure=outcome.text("measure"),
            description=markup(outcome, "description"),
            time_frame=outcome.text("timeFrame"),
            role=role,
        )
        for name, role in _OUTCOMES
        for outcome in module.nodes(name)
    )


def _locations(protocol: Node) -> tuple[Location, ...]:
    return tuple(
        Location(
            facility=place.text("facility"),
            city=place.text("city"),
            state=place.text("state"),
            country=place.text("country"),
            status=place.text("status"),
        )
        for place in protocol.node("contactsLocationsModule").nodes("locations")
    )
