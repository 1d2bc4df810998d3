"""WHO ICTRP: the fields of its exports, in XML and in tables.

Fields: https://trialsearch.who.int (Export results to XML); the names below are those of its elements.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from crawler.parsers.registry_entry import Entry

SOURCE: Final = "ictrp"


def entry_of(row: Mapping[str, str]) -> Entry:
    """The entry of a trial.

    Args:
        row: Name of the element, in lower case with blanks as ``_``, → text.
    """

    def text(*names: str) -> str:
        return next((row[name] for name in names if row.get(name)), "")

    contact = " ".join(filter(None, (text("contact_firstname"), text("contact_lastname"))))
    return Entry(
        number=text("trialid"),
        registry=text("source_register"),
        title=text("public_title"),
        scientific_title=text("scientific_title"),
        acronym=text("acronym"),
        # Whether there are other records is a yes or a no; their numbers stand here.
        other_numbers=text("secondary_id", "secondary_ids"),
        status=text("recruitment_status"),
        phase=text("phase"),
        study_type=text("study_type"),
        design=text("study_design"),
        enrollment=text("target_size"),
        conditions=text("condition"),
        interventions=text("intervention"),
        primary_outcomes=text("primary_outcome"),
        secondary_outcomes=text("secondary_outcome"),
        inclusion=text("inclusion_criteria"),
        exclusion=text("exclusion_criteria"),
        minimum_age=text("inclusion_agemin"),
        maximum_age=text("inclusion_agemax"),
        sex=text("inclusion_gender"),
        countries=text("countries"),
        sponsor=text("primary_sponsor"),
        contacts=tuple(name for name in contact.split(";")[:1] if name.strip()),
        registered=text("date_registration3", "date_registration"),
        start=text("date_enrollement", "date_enrolment"),
        updated=text("last_refreshed_on"),
        results=text("results_yes_no").lower().startswith("y") or bool(text("results_url_link")),
        url=text("web_address"),
    )
