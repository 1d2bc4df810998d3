"""What only trial registrations have. Names follow the ClinicalTrials.gov data structure, version 2."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from records.dates import PartialDate


class TrialStatus(StrEnum):
    """Overall recruitment status (ClinicalTrials.gov v2 ``overallStatus``). Compare whole values, never substrings."""

    ACTIVE_NOT_RECRUITING = "ACTIVE_NOT_RECRUITING"
    APPROVED_FOR_MARKETING = "APPROVED_FOR_MARKETING"
    AVAILABLE = "AVAILABLE"
    COMPLETED = "COMPLETED"
    ENROLLING_BY_INVITATION = "ENROLLING_BY_INVITATION"
    NO_LONGER_AVAILABLE = "NO_LONGER_AVAILABLE"
    NOT_YET_RECRUITING = "NOT_YET_RECRUITING"
    RECRUITING = "RECRUITING"
    SUSPENDED = "SUSPENDED"
    TEMPORARILY_NOT_AVAILABLE = "TEMPORARILY_NOT_AVAILABLE"
    TERMINATED = "TERMINATED"
    UNKNOWN = "UNKNOWN"
    WITHDRAWN = "WITHDRAWN"
    WITHHELD = "WITHHELD"


PHASES: Final = ("EARLY_PHASE1", "PHASE1", "PHASE2", "PHASE3", "PHASE4", "NA")
"""Every phase there is (ClinicalTrials.gov v2 ``phases``); ``NA`` where phases do not apply."""


class Intervention(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is given or done."""

    name: str
    """As registered."""
    type: str = ""
    """``BIOLOGICAL``, ``DRUG``, ``PROCEDURE`` …"""
    description: str = ""
    """As registered: often dose and route."""
    other_names: tuple[str, ...] = ()
    """Synonyms as registered."""


class Arm(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A group of participants."""

    label: str
    """As registered."""
    type: str = ""
    """``EXPERIMENTAL``, ``PLACEBO_COMPARATOR`` …"""
    description: str = ""
    """As registered."""
    interventions: tuple[str, ...] = ()
    """Names of what this arm receives."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A registered outcome measure (not a result)."""

    measure: str
    """As registered."""
    description: str = ""
    """As registered."""
    time_frame: str = ""
    """As registered."""
    role: str = ""
    """``primary``, ``secondary`` or ``other``."""


class Location(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where participants are seen."""

    facility: str = ""
    """As registered."""
    city: str = ""
    """As registered."""
    state: str = ""
    """As registered."""
    country: str = ""
    """As registered."""
    status: str = ""
    """Recruitment status of the site."""


class Trial(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The registered plan and state of a trial."""

    status: TrialStatus | None = None
    """Overall recruitment status; ``None`` where the registry gives none that is known."""
    status_raw: str = ""
    """The registry's own word for it."""
    last_known_status: str = ""
    """Status before it became unknown, where ``status`` is ``UNKNOWN``."""
    why_stopped: str = ""
    """As registered."""
    study_type: str = ""
    """``INTERVENTIONAL``, ``OBSERVATIONAL``, ``EXPANDED_ACCESS``."""
    phases: tuple[str, ...] = ()
    """Of `PHASES`."""
    enrollment: int | None = None
    """Number of participants."""
    enrollment_type: str = ""
    """``ACTUAL`` or ``ESTIMATED``."""
    allocation: str = ""
    """``RANDOMIZED``, ``NON_RANDOMIZED`` …"""
    intervention_model: str = ""
    """``SINGLE_GROUP``, ``PARALLEL`` …"""
    masking: str = ""
    """``NONE``, ``DOUBLE`` …"""
    who_masked: tuple[str, ...] = ()
    """``PARTICIPANT``, ``OUTCOMES_ASSESSOR`` …"""
    primary_purpose: str = ""
    """``TREATMENT`` …"""
    observational_model: str = ""
    """``COHORT``, ``CASE_CONTROL`` … of an observational study."""
    time_perspective: str = ""
    """``PROSPECTIVE``, ``RETROSPECTIVE`` … of an observational study."""
    conditions: tuple[str, ...] = ()
    """As registered."""
    interventions: tuple[Intervention, ...] = ()
    """In order."""
    arms: tuple[Arm, ...] = ()
    """In order."""
    outcomes: tuple[Outcome, ...] = ()
    """Primary, then secondary, then other."""
    eligibility: str = ""
    """Inclusion and exclusion criteria as registered."""
    sex: str = ""
    """``ALL``, ``FEMALE``, ``MALE``."""
    minimum_age: str = ""
    """As registered: ``18 Years``."""
    maximum_age: str = ""
    """As registered."""
    study_population: str = ""
    """Whom an observational study draws from, as registered."""
    healthy_volunteers: bool | None = None
    """Whether healthy volunteers are accepted, where said."""
    healthy_volunteers_raw: str = ""
    """What the registry says of it, where that is neither yes nor no."""
    start: PartialDate | None = None
    """Study start."""
    start_type: str = ""
    """``ACTUAL`` or ``ESTIMATED``."""
    primary_completion: PartialDate | None = None
    """Primary completion."""
    primary_completion_type: str = ""
    """``ACTUAL`` or ``ESTIMATED``."""
    completion: PartialDate | None = None
    """Study completion."""
    completion_type: str = ""
    """``ACTUAL`` or ``ESTIMATED``."""
    first_posted: PartialDate | None = None
    """First posted in the registry."""
    last_update_posted: PartialDate | None = None
    """Last update posted in the registry."""
    results_first_posted: PartialDate | None = None
    """Results first posted in the registry."""
    has_results: bool = False
    """Whether results are posted in the registry."""
    locations: tuple[Location, ...] = ()
    """In order."""
    lead_sponsor: str = ""
    """As registered."""
    collaborators: tuple[str, ...] = ()
    """As registered."""
    responsible_party: str = ""
    """As registered."""
    secondary_ids: tuple[str, ...] = ()
    """Other numbers of the same trial, as registered."""
