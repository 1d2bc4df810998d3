"""EU CTIS: the table that its public search downloads (CSV). Days come before months there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from crawler.parsers.registry_entry import Entry, read_day_first

CONTAINER: Final = "Clinical Trials Information System (EU)"
URL: Final = "https://euclinicaltrials.eu/ctis-public/view/"
_COUNTRY: Final = re.compile(r"(?:^|[,;\n])\s*([^,:;\n]+):")


def entry_of(row: Mapping[str, str]) -> Entry:
    """The entry of a row: heading, in lower case with blanks as ``_``, → cell."""
    number = row.get("trial_number", "")
    start = row.get("start_date", "")
    return Entry(
        number=number,
        registry=CONTAINER,
        title=row.get("title_of_the_trial", ""),
        other_numbers=row.get("protocol_code", ""),
        status=row.get("overall_trial_status", ""),
        phase=row.get("trial_phase", ""),
        study_type="Interventional",
        enrollment=row.get("number_of_participants_enrolled", ""),
        conditions=row.get("medical_conditions", ""),
        interventions=row.get("product", ""),
        primary_outcomes=row.get("primary_endpoint", "") or row.get("primary_endpoints", ""),
        sex=row.get("gender", "").replace(", ", " and "),
        minimum_age=row.get("age_group", ""),
        countries="; ".join(_COUNTRY.findall(row.get("location(s)_and_recruitment_status", ""))),
        sponsor=row.get("sponsor/co-sponsors", ""),
        registered=read_day_first(row.get("decision_date", "") or start),
        start=read_day_first(start),
        completion=read_day_first(row.get("global_end_of_the_trial", "") or row.get("end_date", "")),
        updated=read_day_first(row.get("last_updated", "")),
        results=row.get("trial_results", "").lower().startswith("y"),
        url=f"{URL}{number}" if number else "",
    )
