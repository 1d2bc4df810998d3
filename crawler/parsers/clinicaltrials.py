"""ClinicalTrials.gov, API version 2: bytes → records. Names follow the registry's data structure.

Specification: https://clinicaltrials.gov/data-api/about-api/study-data-structure
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from crawler.items import Fetched, Payload, Rejected
from crawler.parsers.clinicaltrials_design import conditions_and_design
from crawler.parsers.clinicaltrials_results import results_text
from crawler.parsers.clinicaltrials_text import markup
from crawler.parsers.json_tree import Node, decode_as
from records.dates import parse_date
from records.errors import ParseError
from records.identifiers import Identifiers, find_dois, find_registrations, normalise_pmid
from records.record import Author, Funding, Kind, Record, Relation, RelationType, Section
from records.trial import Trial, TrialStatus

SOURCE: Final = "clinicaltrials"
CONTAINER: Final = "ClinicalTrials.gov"
MEDIA_TYPE: Final = "application/json"
STUDY_URL: Final = "https://clinicaltrials.gov/study/"
_NCT: Final = re.compile(r"NCT\d{8}")
_DATES: Final = {
    "start": "startDateStruct",
    "primary_completion": "primaryCompletionDateStruct",
    "completion": "completionDateStruct",
    "first_posted": "studyFirstPostDateStruct",
    "last_update_posted": "lastUpdatePostDateStruct",
    "results_first_posted": "resultsFirstPostDateStruct",
}
_TYPED_DATES: Final = ("start", "primary_completion", "completion")
_REFERENCE_RELATIONS: Final = {
    # The sponsor says that this paper reports the results.
    "RESULT": RelationType.RESULTS_REPORTED_BY,
    # The registry found the trial's number in the paper's PubMed record.
    "DERIVED": RelationType.REGISTRATION_OF,
}
_GRANT_TYPES: Final = frozenset({"NIH", "FDA", "VA", "CDC", "AHRQ", "SAMHSA", "OTHER_GRANT"})


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page of ``/studies``."""

    items: tuple[Fetched | Rejected, ...]
    """In the page's order."""
    next_page_token: str = ""
    """Empty on the last page."""
    total_count: int | None = None
    """How many studies match, where it was asked for (first page)."""


class _RawPage(msgspec.Struct, rename="camel"):
    studies: list[msgspec.Raw]
    next_page_token: str | None = None
    total_count: int | None = None


class _Version(msgspec.Struct, rename="camel"):
    data_timestamp: str


def parse_version(content: bytes) -> str:
    """The ``dataTimestamp`` of ``/version``: it moves when the registry's data do."""
    version: _Version = decode_as(content, _Version, "/version")
    return version.data_timestamp


def parse_page(content: bytes, *, url: str = "") -> Page:
    """A page of ``/studies``; a study that cannot be read is rejected alone.

    Args:
        content: The answer's body.
        url: Where it came from, kept with each study.
    """
    page: _RawPage = decode_as(content, _RawPage, "/studies")
    return Page(
        items=tuple(parse_item(bytes(study), url=url) for study in page.studies),
        next_page_token=page.next_page_token or "",
        total_count=page.total_count,
    )


def parse_document(content: bytes, *, url: str = "") -> Iterator[Fetched | Rejected]:
    """One study, a list of studies, or a page of the API; each study with its own bytes."""
    text = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"["):
        yield from (parse_item(bytes(study), url=url) for study in decode_as(text, list[msgspec.Raw], "studies"))
    elif "studies" in decode_as(text, dict[str, msgspec.Raw], "study"):
        yield from parse_page(text, url=url).items
    else:
        yield parse_item(text.rstrip(), url=url)


def parse_item(content: bytes, *, url: str = "") -> Fetched | Rejected:
    """One study with its bytes, or what is wrong with it."""
    payload = Payload(content=content, media_type=MEDIA_TYPE, url=url)
    try:
        return Fetched(record=parse_study(content), payload=payload)
    except ParseError as error:
        return Rejected(source=SOURCE, reason=str(error), payload=payload)


def parse_study(content: bytes | dict[str, Any]) -> Record:
    """One study as version 2 of the API gives it. Raises `ParseError` that names the study and the field."""
    value = content if isinstance(content, dict) else decode_as(content, dict[str, Any], "study")
    number = _nct_number(value)
    study = Node(value, where=number)
    protocol = study.node("protocolSection")
    identification = protocol.node("identificationModule")
    dates = _dates(protocol.node("statusModule"))
    title, *further = _titles(identification)
    description = protocol.node("descriptionModule")
    summary = markup(description, "briefSummary")
    references, cited = _references(protocol.node("referencesModule"))
    body = (markup(description, "detailedDescription"), results_text(study.node("resultsSection")))
    sponsors = protocol.node("sponsorCollaboratorsModule")
    return Record(
        source=SOURCE,
        source_id=number,
        kind=Kind.REGISTRATION,
        title=title,
        alternative_titles=tuple(further),
        abstract=(Section(text=summary),) if summary else (),
        body="\n\n".join(part for part in body if part),
        authors=_authors(protocol),
        identifiers=_identifiers(identification, number),
        published=dates["first_posted"],
        revised=dates["last_update_posted"],
        container_title=CONTAINER,
        mesh_headings=_mesh(study.node("derivedSection")),
        keywords=protocol.node("conditionsModule").texts("keywords"),
        relations=references,
        funding=_funding(identification, sponsors),
        trial=_trial(study, dates),
        url=STUDY_URL + number,
        cited=cited,
    )


def _nct_number(value: dict[str, Any]) -> str:
    number = Node(value).node("protocolSection", "identificationModule").text("nctId")
    if _NCT.fullmatch(number):
        return number
    field = "protocolSection.identificationModule.nctId"
    raise ParseError(f"'NCT' and eight digits expected, found {number!r}" if number else "missing", where=field)


def _titles(identification: Node) -> tuple[str, ...]:
    """Brief, official title and acronym: the first one present is the title."""
    names = (identification.text(name) for name in ("briefTitle", "officialTitle", "acronym"))
    titles = tuple(dict.fromkeys(name for name in names if name))
    if not titles:
        raise identification.wrong("briefTitle", "a title", None)
    return titles


def _dates(status: Node) -> dict[str, Any]:
    return {field: parse_date(status.node(name).text("date")) for field, name in _DATES.items()}


def _trial(study: Node, dates: dict[str, Any]) -> Trial:
    protocol = study.node("protocolSection")
    status = protocol.node("statusModule")
    sponsors = protocol.node("sponsorCollaboratorsModule")
    identification = protocol.node("identificationModule")
    raw = status.text("overallStatus")
    collaborators = (collaborator.text("name") for collaborator in sponsors.nodes("collaborators"))
    return Trial(
        status=TrialStatus(raw) if raw in TrialStatus.__members__ else None,
        status_raw=raw,
        last_known_status=status.text("lastKnownStatus"),
        why_stopped=markup(status, "whyStopped"),
        has_results=bool(study.flag("hasResults") or study.node("resultsSection")),
        lead_sponsor=sponsors.node("leadSponsor").text("name"),
        collaborators=tuple(name for name in collaborators if name),
        responsible_party=_responsible_party(sponsors.node("responsibleParty")),
        secondary_ids=_secondary_ids(identification),
        **dates,
        **_date_types(status),
        **conditions_and_design(protocol),
    )


def _date_types(status: Node) -> dict[str, Any]:
    return {f"{field}_type": status.node(_DATES[field]).text("type") for field in _TYPED_DATES}


def _responsible_party(party: Node) -> str:
    names = ("investigatorFullName", "investigatorTitle", "investigatorAffiliation", "oldNameTitle", "oldOrganization")
    return ", ".join(text for name in names if (text := party.text(name))) or party.text("type")


def _secondary_ids(identification: Node) -> tuple[str, ...]:
    numbers = [identification.node("orgStudyIdInfo").text("id"), *identification.texts("nctIdAliases")]
    numbers += [info.text("id") for info in identification.nodes("secondaryIdInfos")]
    return tuple(dict.fromkeys(number for number in numbers if number))


def _identifiers(identification: Node, number: str) -> Identifiers:
    registrations = [number, *identification.texts("nctIdAliases")]
    infos = [identification.node("orgStudyIdInfo"), *identification.nodes("secondaryIdInfos")]
    for info in infos:
        text = info.text("id")
        if info.text("type") == "EUDRACT_NUMBER" and not text.upper().startswith("EUCTR"):
            text = f"EUCTR{text}"
        # Another NCT number is another registration, a parent study for instance, and not a name of this one.
        registrations += [found for found in find_registrations(text) if not found.startswith("NCT")]
    return Identifiers(registrations=tuple(dict.fromkeys(registrations)))


def _authors(protocol: Node) -> tuple[Author, ...]:
    """The officials of the study, else its responsible investigator: whom a citation names."""
    officials = [
        (official.text("name"), official.text("affiliation"))
        for official in protocol.node("contactsLocationsModule").nodes("overallOfficials")
    ]
    if not officials:
        party = protocol.node("sponsorCollaboratorsModule", "responsibleParty")
        officials = [(party.text("investigatorFullName"), party.text("investigatorAffiliation"))]
    people = dict.fromkeys(official for official in officials if official[0])
    return tuple(Author(family=name, affiliations=(place,) if place else ()) for name, place in people)


def _mesh(derived: Node) -> tuple[str, ...]:
    terms = (
        mesh.text("term")
        for module in ("conditionBrowseModule", "interventionBrowseModule")
        for mesh in derived.node(module).nodes("meshes")
    )
    return tuple(dict.fromkeys(term for term in terms if term))


def _funding(identification: Node, sponsors: Node) -> tuple[Funding, ...]:
    agencies = [sponsors.node("leadSponsor").text("name")]
    agencies += [collaborator.text("name") for collaborator in sponsors.nodes("collaborators")]
    grants = [
        Funding(agency=info.text("domain") or info.text("type").replace("_", " "), grant_id=info.text("id"))
        for info in identification.nodes("secondaryIdInfos")
        if info.text("type") in _GRANT_TYPES
    ]
    return (*(Funding(agency=agency) for agency in dict.fromkeys(agencies) if agency), *grants)


def _references(module: Node) -> tuple[tuple[Relation, ...], tuple[str, ...]]:
    """Papers of this trial as relations; everything else that it refers to as cited identifiers."""
    relations, cited = [], []
    for reference in module.nodes("references"):
        citation = reference.text("citation")
        pmid = normalise_pmid(reference.text("pmid"))
        dois = find_dois(citation)
        target = f"pmid:{pmid}" if pmid else f"doi:{dois[0]}" if dois else ""
        type_ = _REFERENCE_RELATIONS.get(reference.text("type"))
        if type_ and (target or citation):
            relations.append(Relation(type=type_, target=target, raw=citation))
        elif target:
            cited.append(target)
    for link in module.nodes("seeAlsoLinks"):
        cited += [f"doi:{doi}" for doi in find_dois(link.text("url"))]
    return tuple(relations), tuple(dict.fromkeys(cited))
