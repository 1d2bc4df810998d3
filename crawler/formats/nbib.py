"""MEDLINE text (``.nbib``, ``pubmed-….txt``), as PubMed and other programs export it.

https://www.nlm.nih.gov/bsd/mms/medlineelements.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final

from crawler.items import Fetched, Item, Payload, Rejected
from crawler.parsers.references import Reference, make_record, person
from crawler.parsers.text_lines import lines_of
from records.record import Author, Relation, RelationType, Section

_TAG: Final = re.compile(r"^([A-Z][A-Z0-9]{1,3}) *- ?(.*)$")
_LABEL: Final = re.compile(r"(?:(?<=\s)|^)([A-Z][A-Z &/,()-]{3,60}): ")
_ID: Final = re.compile(r"^(\S+) \[(\w+)\]$")
_PMID: Final = re.compile(r"PMID: ?(\d+)")
_RELATIONS: Final = {
    "CIN": RelationType.COMMENT_IN,
    "CON": RelationType.COMMENT_ON,
    "ECI": RelationType.CONCERN_RAISED_BY,
    "ECF": RelationType.RAISES_CONCERN_ABOUT,
    "EIN": RelationType.CORRECTED_BY,
    "EFR": RelationType.CORRECTS,
    "RIN": RelationType.RETRACTED_BY,
    "ROF": RelationType.RETRACTS,
    "RPF": RelationType.REPUBLISHES,
    "RPI": RelationType.REPUBLISHED_AS,
    "UIN": RelationType.UPDATED_BY,
    "UOF": RelationType.UPDATES,
}
Fields = Mapping[str, list[str]]


class Nbib:
    """MEDLINE text; entries are divided by empty lines."""

    name = "nbib"
    description = "MEDLINE text (.nbib) as PubMed exports it"

    def sniff(self, head: bytes, path: Path) -> bool:
        """By a PMID or another of its tags in the first line."""
        first = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:200]
        return bool(re.match(rb"(?:PMID|OWN |TI  |FAU |STAT|DCOM)- ", first))

    def read(self, stream: BinaryIO, *, source: str, path: str) -> Iterator[Item]:
        """One record an entry. An entry without title and abstract is kept in quarantine."""
        entry: list[str] = []
        began = 1
        for number, line in enumerate(lines_of(stream), start=1):
            if line.strip():
                entry.append(line)
            elif entry:
                yield _item(entry, source, f"{path}:{began}")
                entry = []
            began = began if entry else number + 1
        if entry:
            yield _item(entry, source, f"{path}:{began}")


def _item(entry: list[str], source: str, where: str) -> Item:
    payload = Payload(content="\n".join(entry).encode(), media_type="text/plain", url=where)
    fields = _fields(entry)
    if not fields.get("TI") and not fields.get("AB") and not fields.get("BTI"):
        return Rejected(source=source, reason=f"{where}: the entry has neither title nor abstract", payload=payload)
    return Fetched(record=make_record(_reference(fields), source), payload=payload)


def _fields(entry: list[str]) -> Fields:
    fields: dict[str, list[str]] = {}
    values: list[str] | None = None
    for line in entry:
        tag = _TAG.match(line)
        if tag:
            values = fields.setdefault(tag[1], [])
            values.append(tag[2].strip())
        elif values is not None:
            values[-1] = f"{values[-1]} {line.strip()}".strip()
    return fields


def _reference(fields: Fields) -> Reference:
    def first(*tags: str) -> str:
        return next((fields[tag][0] for tag in tags if fields.get(tag)), "")

    ids = {match[2]: match[1] for tag in ("LID", "AID") for value in fields.get(tag, ()) if (match := _ID.match(value))}
    return Reference(
        title=first("TI", "BTI"),
        alternative_titles=tuple(fields.get("TT", ())),
        abstract=_sections(first("AB")),
        authors=tuple(_authors(fields)),
        doi=ids.get("doi", ""),
        pmid=first("PMID"),
        pmcid=first("PMC"),
        registrations=" ".join(value.replace("/", " ") for value in fields.get("SI", ())),
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
        publication_types=tuple(fields.get("PT", ())),
        mesh_headings=tuple(value.replace("*", "") for value in fields.get("MH", ())),
        keywords=tuple(value.lstrip("*") for value in fields.get("OT", ())),
        relations=tuple(_relations(fields)),
        notes=" ".join(fields.get("GN", ())),
        url=f"https://pubmed.ncbi.nlm.nih.gov/{first('PMID')}/" if first("PMID").isdigit() else "",
    )


def _authors(fields: Fields) -> Iterator[Author]:
    for name in fields.get("FAU") or fields.get("AU") or ():
        yield person(name) if "," in name else Author(family=name.rpartition(" ")[0], given=name.rpartition(" ")[2])
    for name in fields.get("CN", ()):
        yield Author(collective=name)


def _relations(fields: Fields) -> Iterator[Relation]:
    for tag, type in _RELATIONS.items():
        for value in fields.get(tag, ()):
            pmid = _PMID.search(value)
            yield Relation(type=type, target=f"pmid:{pmid[1]}" if pmid else "", raw=_PMID.sub("", value).strip())


def _sections(text: str) -> tuple[Section, ...]:
    """Labelled parts of an abstract; a text that does not begin with a label has none."""
    parts = _LABEL.split(" ".join(text.split()))
    if len(parts) < 3 or parts[0].strip():
        return (Section(text=" ".join(text.split())),) if text.strip() else ()
    pairs = zip(parts[1::2], parts[2::2], strict=True)
    return tuple(Section(label=label, text=body.strip()) for label, body in pairs if body.strip())


FORMAT: Final = Nbib()
