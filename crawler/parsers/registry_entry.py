"""Entries of trial registries other than ClinicalTrials.gov: one way from their fields to a registration.

Their words for states, phases and sexes differ; what is not surely one of ours stays as the registry wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import msgspec

from crawler.parsers.clinicaltrials_words import code
from crawler.parsers.registry_words import allocation_in, phases_in
from records.dates import PartialDate, make_date, parse_date
from records.errors import ParseError
from records.identifiers import Identifiers, find_registrations, without_network
from records.record import Author, Kind, Record
from records.trial import Intervention, Location, Outcome, Trial, TrialStatus

_STATES: Final = {
    "authorised, recruitment pending": TrialStatus.NOT_YET_RECRUITING,
    "authorised, recruiting": TrialStatus.RECRUITING,
    "complete": TrialStatus.COMPLETED,
    "not yet recruiting": TrialStatus.NOT_YET_RECRUITING,
    "ongoing, recruiting": TrialStatus.RECRUITING,
    "ongoing, recruitment ended": TrialStatus.ACTIVE_NOT_RECRUITING,
    "open to recruitment": TrialStatus.RECRUITING,
    "pending": TrialStatus.NOT_YET_RECRUITING,
    "temporarily halted": TrialStatus.SUSPENDED,
    "temporary halt": TrialStatus.SUSPENDED,
    "募集前": TrialStatus.NOT_YET_RECRUITING,
    "募集中": TrialStatus.RECRUITING,
    "募集中断": TrialStatus.SUSPENDED,
    "募集終了": TrialStatus.ACTIVE_NOT_RECRUITING,
    "研究終了": TrialStatus.COMPLETED,
}
"""The registries' words, lower case. ``Not recruiting`` may be before or after, ``Ended`` (CTIS) as planned or early:
these say too little, and are none of these."""
_SEXES: Final = {
    "all": "ALL", "both": "ALL", "both males and females": "ALL", "male and female": "ALL",
    "female": "FEMALE", "females": "FEMALE", "male": "MALE", "males": "MALE",
    "男性・女性": "ALL", "女性": "FEMALE", "男性": "MALE",
}  # fmt: skip
_DAY_FIRST: Final = re.compile(r"^(\d{1,2})[/.](\d{1,2})[/.](\d{4})\b")
_YEAR_FIRST: Final = re.compile(r"^(\d{4})[/.年](\d{1,2})[/.月](\d{1,2})(?!\d)")
_COMPACT: Final = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_MARKUP: Final = re.compile(r"<br\s*/?>|&lt;br\s*/?&gt;", re.IGNORECASE)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One trial, its values as the registry's export has them."""

    number: str
    """The registry's own number, with or without the name of a network: ``JPRN-jRCTa000000000``."""
    registry: str = ""
    """Name of the registry."""
    title: str = ""
    scientific_title: str = ""
    acronym: str = ""
    other_numbers: str = ""
    """Any text with numbers of the same trial."""
    status: str = ""
    phase: str = ""
    study_type: str = ""
    design: str = ""
    enrollment: str = ""
    conditions: str = ""
    interventions: str = ""
    primary_outcomes: str = ""
    secondary_outcomes: str = ""
    inclusion: str = ""
    exclusion: str = ""
    minimum_age: str = ""
    maximum_age: str = ""
    sex: str = ""
    countries: str = ""
    sponsor: str = ""
    contacts: tuple[str, ...] = ()
    """Names of the scientists in charge."""
    registered: str = ""
    start: str = ""
    completion: str = ""
    updated: str = ""
    results: bool = False
    url: str = ""


def make_registration(entry: Entry, source: str) -> Record:
    """The record of an entry. Raises `ParseError` if it has no number or no title."""
    number = trial_number(entry.number)
    title, *further = [*dict.fromkeys(filter(None, (entry.title, entry.scientific_title, entry.acronym)))] or [""]
    if not number:
        raise ParseError("the entry has no trial number")
    if not title:
        raise ParseError(f"{number}: the entry has no title")
    others = [other for other in find_registrations(entry.other_numbers) if not _is_other_trial(other, number)]
    return Record(
        source=source,
        source_id=number,
        kind=Kind.REGISTRATION,
        title=title,
        alternative_titles=tuple(further),
        authors=tuple(Author(family=name) for name in dict.fromkeys(entry.contacts)),
        identifiers=Identifiers(registrations=tuple(dict.fromkeys((number, *others)))),
        published=read_date(entry.registered),
        revised=read_date(entry.updated),
        container_title=entry.registry,
        trial=_trial(entry),
        url=entry.url,
    )


def trial_number(text: str) -> str:
    """A number without the name of its network: ``JPRN-jRCTa000000000`` is ``jRCTa000000000``."""
    bare = without_network(text.strip())
    return next(iter(find_registrations(bare)), "") or bare


def read_date(text: str) -> PartialDate | None:
    """A date as registries write them: ``20240131``, ``2024/01/31``, ``31/01/2024``, ``31 January 2024``.

    Of ``03/04/2024`` only the year is sure where it is not known whose it is.
    """
    text = text.strip()
    if match := _COMPACT.match(text) or _YEAR_FIRST.match(text):
        return make_date(*(int(part) for part in match.groups()), raw=text)
    if match := _DAY_FIRST.match(text):
        day, month, year = (int(part) for part in match.groups())
        return make_date(year, month, day, raw=text) if day > 12 else make_date(year, raw=text)
    return parse_date(text)


def read_day_first(text: str) -> str:
    """``03/04/2024`` of a registry that is known to put the day first, as ISO; anything else as it is."""
    match = _DAY_FIRST.match(text.strip())
    found = make_date(int(match[3]), int(match[2]), int(match[1])) if match else None
    return found.iso() if found and found.day else text


def _is_other_trial(other: str, number: str) -> bool:
    """Whether it is another number of the same registry: another trial, a parent study for instance.

    EUCTR has one number for each country of a trial, CTIS one for each submission: these differ in their last part.
    """
    return _registry(other) == _registry(number) and _of_trial(other) != _of_trial(number)


def _registry(number: str) -> str:
    """Its letters; CTIS has none."""
    return (re.match(r"[a-z]*", number.lower()) or [""])[0]


def _of_trial(number: str) -> str:
    shared = re.match(r"(?:euctr)?\d{4}-\d{6}-\d{2}", number.lower())
    return shared.group() if shared else number.lower()


def _trial(entry: Entry) -> Trial:
    outcomes = [(entry.primary_outcomes, "primary"), (entry.secondary_outcomes, "secondary")]
    criteria = [("Inclusion criteria", entry.inclusion), ("Exclusion criteria", entry.exclusion)]
    return Trial(
        status=_status(entry.status),
        status_raw=entry.status,
        study_type=next((kind for kind in ("INTERVENTIONAL", "OBSERVATIONAL") if kind in entry.study_type.upper()), ""),
        phases=phases_in(entry.phase),
        enrollment=int(entry.enrollment) if re.fullmatch(r"\d{1,7}", entry.enrollment.strip()) else None,
        allocation=allocation_in(entry.design),
        conditions=tuple(_several(entry.conditions)),
        interventions=tuple(map(_intervention, _several(entry.interventions))),
        outcomes=tuple(Outcome(measure=one, role=role) for text, role in outcomes for one in _several(text)),
        eligibility="\n\n".join(f"{name}:\n{_plain(text)}" for name, text in criteria if text.strip()),
        sex=_SEXES.get(entry.sex.strip().lower(), ""),
        minimum_age=entry.minimum_age,
        maximum_age=entry.maximum_age,
        start=read_date(entry.start),
        completion=read_date(entry.completion),
        first_posted=read_date(entry.registered),
        last_update_posted=read_date(entry.updated),
        has_results=entry.results,
        locations=tuple(Location(country=country) for country in _several(entry.countries)),
        lead_sponsor=entry.sponsor,
        secondary_ids=tuple(_several(entry.other_numbers)),
    )


def _status(text: str) -> TrialStatus | None:
    words = " ".join(text.lower().split())
    known = code(text)
    return _STATES.get(words) or (TrialStatus(known) if known in TrialStatus.__members__ else None)


def _intervention(text: str) -> Intervention:
    type, divided, name = text.partition(":")
    if divided and len(type.split()) <= 2 and name.strip():
        return Intervention(name=name.strip(), type=code(type))
    return Intervention(name=text)


def _plain(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in _MARKUP.sub("\n", text).splitlines() if line.strip())


def _several(text: str) -> Iterable[str]:
    return [part for line in _plain(text).splitlines() for raw in line.split(";") if (part := raw.strip(" .")) != ""]
