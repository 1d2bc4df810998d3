"""MEDLINE text (``.nbib``, ``pubmed-….txt``), as PubMed and other programs export it.

https://www.nlm.nih.gov/bsd/mms/medlineelements.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from crawler.items import Item, Payload, Rejected
from crawler.parsers.names import persons
from crawler.parsers.orcid import orcid_of
from crawler.parsers.pubmed_links import Links, relation_type, status_of
from crawler.parsers.references import Reference, reference_item
from crawler.parsers.text_lines import whole_lines_of
from records.identifiers import normalise_doi
from records.record import Author, Funding, Relation, Section

_TAG: Final = re.compile(r"^([A-Z][A-Z0-9]{1,3}) *- ?(.*)$")
_LABEL: Final = re.compile(r"(?:(?<=\s)|^)([A-Z][A-Z &/,()-]{3,60}): ")
_ID: Final = re.compile(r"^(\S+) \[(\w+)\]$")
_PMID: Final = re.compile(r"PMID: ?(\d+)")
_DOI: Final = re.compile(r"\s*\bdoi: ?(\S+)$", re.IGNORECASE)
_ACRONYM: Final = re.compile(r"^(?:[A-Z]{2,4}_?)?$")
_CODES: Final = {
    "CIN": "CommentIn",
    "CON": "CommentOn",
    "CRF": "CorrectedandRepublishedFrom",
    "CRI": "CorrectedandRepublishedIn",
    "ECF": "ExpressionOfConcernFor",
    "ECI": "ExpressionOfConcernIn",
    "EFR": "ErratumFor",
    "EIN": "ErratumIn",
    "ORI": "OriginalReportIn",
    "PRIN": "PartialRetractionIn",
    "PROF": "PartialRetractionOf",
    "RIN": "RetractionIn",
    "ROF": "RetractionOf",
    "RPF": "RepublishedFrom",
    "RPI": "RepublishedIn",
    "RRF": "RetractedandRepublishedFrom",
    "RRI": "RetractedandRepublishedIn",
    "SPIN": "SummaryForPatientsIn",
    "UIN": "UpdateIn",
    "UOF": "UpdateOf",
}
"""Tag → the ``RefType`` that PubMed's XML has for it."""
_OPENING: Final = frozenset(
    (
        *("PMID", "OWN", "STAT", "DCOM", "LR", "IS", "VI", "IP", "DP", "TI", "BTI", "PG", "LID", "AB", "FAU", "AU"),
        *("CN", "LA", "SI", "GR", "PT", "TT", "JT", "TA", "GN", "PMC", "AID", "DEP", "MH", "OT", *_CODES),
    )
)
"""Tags with which an entry may begin; RIS begins with ``TY``."""
_LAST: Final = "SO"
"""The tag that ends each entry of PubMed's own files."""
Lines = list[tuple[str, str]]


class Nbib:
    """MEDLINE text; entries are divided by empty lines."""

    name = "nbib"
    description = "MEDLINE text (.nbib) as PubMed exports it"

    def sniff(self, head: bytes, path: Path) -> bool:
        """By one of its tags, in MEDLINE's width, in the first line."""
        first = re.match(rb"([A-Z]{2,4}) {0,2}- ", head.removeprefix(b"\xef\xbb\xbf").lstrip()[:200])
        return first is not None and len(first[0]) == 6 and first[1].decode() in _OPENING

    def read(self, stream: BinaryIO, *, source: str, path: str) -> Iterator[Item]:
        """One record an entry. An entry without title and abstract is kept in quarantine.

        PubMed ends each entry with its source; where others do and the last does not, the file breaks off in it.
        """
        entry: list[str] = []
        began, whole, sourced = 1, True, False
        for number, line in enumerate(whole_lines_of(stream), start=1):
            whole = line.endswith("\n")
            if line.strip():
                entry.append(line.rstrip("\r\n"))
            elif entry:
                sourced = sourced or _is_sourced(entry)
                yield _item(entry, source, f"{path}:{began}")
                entry = []
            began = began if entry else number + 1
        if entry and not _is_sourced(entry) and (sourced or not whole):
            reason = f"{path}:{began}: cut short: its last entry is not whole"
            yield Rejected(source=source, reason=reason, payload=_payload(entry, f"{path}:{began}"), incomplete=True)
        elif entry:
            yield _item(entry, source, f"{path}:{began}")


def _is_sourced(entry: list[str]) -> bool:
    return any(line.startswith(f"{_LAST:<4}- ") for line in entry)


def _payload(entry: list[str], where: str) -> Payload:
    return Payload(content="\n".join(entry).encode(), media_type="text/plain", url=where)


def _item(entry: list[str], source: str, where: str) -> Item:
    reference = _reference(_lines(entry))
    return reference_item(reference, source, _payload(entry, where), what="entry", where=where)


def _lines(entry: list[str]) -> Lines:
    """Tags with their values, in order, folded lines joined."""
    found: Lines = []
    for line in entry:
        tag = _TAG.match(line)
        if tag:
            found.append((tag[1], tag[2].strip()))
        elif found:
            name, value = found[-1]
            found[-1] = (name, f"{value} {line.strip()}".strip())
    return found


def _reference(lines: Lines) -> Reference:
    fields: dict[str, list[str]] = {}
    for tag, value in lines:
        fields.setdefault(tag, []).append(value)

    def first(*tags: str) -> str:
        return next((fields[tag][0] for tag in tags if fields.get(tag)), "")

    ids = {match[2]: match[1] for tag in ("LID", "AID") for value in fields.get(tag, ()) if (match := _ID.match(value))}
    types = tuple(fields.get("PT", ()))
    relations = tuple(_relations(lines, preprint="Preprint" in types))
    links = Links(relations=relations, types=frozenset(_CODES[tag] for tag in fields if tag in _CODES), cited=())
    return Reference(
        title=first("TI", "BTI"),
        alternative_titles=tuple(fields.get("TT", ())),
        abstract=_sections(first("AB")),
        authors=_authors(lines),
        doi=ids.get("doi", ""),
        pmid=first("PMID"),
        pmcid=first("PMC"),
        registrations=" ".join(fields.get("SI", ())),
        other_ids=(f"pii:{ids['pii']}",) if "pii" in ids else (),
        date=first("DEP", "DP"),
        year=first("DP")[:4],
        container_title=first("JT", "TA"),
        issn=tuple(value.split()[0] for value in fields.get("IS", ()) if value),
        volume=first("VI"),
        issue=first("IP"),
        pages=first("PG"),
        publisher=first("PB"),
        languages=tuple(value.lower() for value in fields.get("LA", ())),
        publication_types=types,
        mesh_headings=tuple(value.replace("*", "") for value in fields.get("MH", ())),
        keywords=tuple(value.lstrip("*") for value in fields.get("OT", ())),
        relations=relations,
        funding=tuple(filter(None, map(_grant, fields.get("GR", ())))),
        status=status_of(types, links),
        notes=" ".join(fields.get("GN", ())),
        url=f"https://pubmed.ncbi.nlm.nih.gov/{first('PMID')}/" if first("PMID").isdigit() else "",
    )


def _authors(lines: Lines) -> tuple[Author, ...]:
    """In order; what is said of an author comes behind the name."""
    names = "FAU" if any(tag == "FAU" for tag, _ in lines) else "AU"
    found: list[Author] = []
    for tag, value in lines:
        if tag == names:
            found += persons([value])
        elif tag == "CN":
            found.append(Author(collective=value))
        elif tag in ("AUID", "AD") and found:
            found[-1] = _further(found[-1], tag, value)
    return tuple(found)


def _further(author: Author, tag: str, value: str) -> Author:
    if tag == "AUID":
        return msgspec.structs.replace(author, orcid=orcid_of(value.partition(":")[2]) or author.orcid)
    return msgspec.structs.replace(author, affiliations=(*author.affiliations, value))


def _grant(value: str) -> Funding | None:
    """``number/acronym/agency/country``; the acronym may be left out, and the number may have strokes."""
    parts = [part.strip() for part in value.split("/")]
    if len(parts) < 3:
        parts += ["", ""][: 3 - len(parts)]
    *number, agency, country = parts
    if len(number) > 1 and _ACRONYM.match(number[-1]):
        number.pop()
    return Funding(grant_id="/".join(number), agency=agency, country=country) if any(parts) else None


def _relations(lines: Lines, *, preprint: bool) -> Iterator[Relation]:
    for tag, value in lines:
        if tag not in _CODES:
            continue
        pmid, doi = _PMID.search(value), _DOI.search(value)
        raw = _PMID.sub("", value).strip()
        target = f"pmid:{pmid[1]}" if pmid else ""
        if not pmid and doi and normalise_doi(doi[1]):
            raw, target = value[: doi.start()], f"doi:{normalise_doi(doi[1])}"
        type_ = relation_type(_CODES[tag], raw, preprint=preprint)
        if type_ is not None:
            yield Relation(type=type_, target=target, raw=raw)


def _sections(text: str) -> tuple[Section, ...]:
    """Labelled parts of an abstract; a text that does not begin with a label has none."""
    parts = _LABEL.split(" ".join(text.split()))
    if len(parts) < 3 or parts[0].strip():
        return (Section(text=" ".join(text.split())),) if text.strip() else ()
    pairs = zip(parts[1::2], parts[2::2], strict=True)
    return tuple(Section(label=label, text=body.strip()) for label, body in pairs if body.strip())


FORMAT: Final = Nbib()
