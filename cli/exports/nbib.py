"""MEDLINE text (``.nbib``), as PubMed itself exports it.

https://www.nlm.nih.gov/bsd/mms/medlineelements.html
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import IO, Final

from cli.exports import honest_title, one_line, warnings
from records.dates import PartialDate
from records.record import Author, Kind, Record, Relation, RelationType

NAME: Final = "nbib"
DESCRIPTION: Final = "MEDLINE text, as PubMed exports it"
SUFFIX: Final = ".nbib"

_WIDTH: Final = 88
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TYPES: Final = {Kind.PREPRINT: "Preprint", Kind.PRESS: "News", Kind.REGISTRATION: "Trial Registration"}
_RELATIONS: Final = {
    RelationType.COMMENT_IN: "CIN",
    RelationType.COMMENT_ON: "CON",
    RelationType.CONCERN_RAISED_BY: "ECI",
    RelationType.CORRECTED_BY: "EIN",
    RelationType.CORRECTS: "EFR",
    RelationType.RAISES_CONCERN_ABOUT: "ECF",
    RelationType.REPUBLISHED_AS: "RPI",
    RelationType.REPUBLISHES: "RPF",
    RelationType.RETRACTED_BY: "RIN",
    RelationType.RETRACTS: "ROF",
    RelationType.UPDATED_BY: "UIN",
    RelationType.UPDATES: "UOF",
}


def write(records: Iterable[Record], stream: IO[str]) -> int:
    """Write one entry a record, an empty line before each."""
    count = 0
    for count, record in enumerate(records, start=1):  # noqa: B007 - the count is the answer
        stream.write("\n")
        for tag, value in _lines(record):
            stream.write(_wrapped(tag, one_line(value)))
    return count


def _lines(record: Record) -> Iterator[tuple[str, str]]:
    ids, date = record.identifiers, record.published
    found: list[tuple[str, str]] = [
        ("PMID", ids.pmid),
        *(("IS", issn) for issn in record.issn),
        ("VI", record.volume),
        ("IP", record.issue),
        ("DP", _date(date)),
        ("TI", honest_title(record)),
        ("PG", record.pages),
        ("LID", f"{ids.doi} [doi]" if ids.doi else ""),
        ("AB", record.text_of("abstract")),
        *(line for author in record.authors for line in _author(author)),
        *(("LA", language) for language in record.languages),
        *(("SI", _registration(number)) for number in ids.registrations),
        *(("GR", f"{grant.grant_id}//{grant.agency}/{grant.country}") for grant in record.funding if grant.grant_id),
        *(("PT", type) for type in record.publication_types or (_TYPES.get(record.kind, ""),)),
        ("TT", record.alternative_titles[0] if record.alternative_titles else ""),
        ("JT", record.container_title),
        *((_RELATIONS[link.type], _relation(link)) for link in record.relations if link.type in _RELATIONS),
        *(("MH", heading) for heading in record.mesh_headings),
        *(("OT", word) for word in record.keywords),
        ("GN", ". ".join(warnings(record))),
        ("PMC", ids.pmcid),
        ("AID", f"{ids.doi} [doi]" if ids.doi else ""),
        # The last of every entry, by which a reader knows that the file does not break off in it.
        ("SO", _source(record) or record.uid),
    ]
    return ((tag, value) for tag, value in found if value.strip())


def _author(author: Author) -> list[tuple[str, str]]:
    if author.collective:
        return [("CN", author.collective)]
    full = ", ".join(part for part in (author.family, author.given) if part)
    initials = "".join(part[0] for part in author.given.replace("-", " ").split())
    lines = [("FAU", full), ("AU", f"{author.family} {initials}".strip())]
    lines += [("AUID", f"ORCID: {author.orcid}")] if author.orcid else []
    return lines + [("AD", place) for place in author.affiliations]


def _registration(number: str) -> str:
    return f"ClinicalTrials.gov/{number}" if number.startswith("NCT") else number


def _relation(link: Relation) -> str:
    scheme, _, value = link.target.partition(":")
    shown = {"pmid": f"PMID: {value}", "doi": f"doi: {value}"}.get(scheme, link.target)
    return " ".join(part for part in (link.raw, shown) if part)


def _source(record: Record) -> str:
    """``J Example. 2022 Feb 11;3(2):10-21. doi: 10.5555/x.``, as far as it is known."""
    volume = record.volume + (f"({record.issue})" if record.issue else "")
    place = ";".join(part for part in (_date(record.published), volume) if part)
    place = ":".join(part for part in (place, record.pages) if part)
    doi = f"doi: {record.identifiers.doi}" if record.identifiers.doi else ""
    return " ".join(f"{part}." for part in (record.container_title.rstrip("."), place, doi) if part)


def _date(date: PartialDate | None) -> str:
    if not date:
        return ""
    parts = (str(date.year), _MONTHS[date.month - 1] if date.month else "", str(date.day or ""))
    return " ".join(part for part in parts if part)


def _wrapped(tag: str, value: str) -> str:
    lines = textwrap.wrap(value, _WIDTH - 6, break_long_words=False, break_on_hyphens=False)
    return f"{tag:<4}- " + "\n      ".join(lines) + "\n"
