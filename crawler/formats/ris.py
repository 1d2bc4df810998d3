"""RIS, as reference managers and databases write it, read with rispy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from crawler.items import Item, Payload, Rejected
from crawler.parsers.names import persons
from crawler.parsers.references import Reference, accession, listed, plain_section, reference_item
from crawler.parsers.text_lines import lines_of
from records.record import Kind

_BEGIN: Final = re.compile(r"^\s*TY\s*-\s*(.*)$")
_END: Final = re.compile(r"^\s*ER\s*-")
_LINE: Final = re.compile(r"^\s*([A-Z][A-Z0-9])\s*-\s?(.*)$")
_KINDS: Final = {
    "ABST": Kind.ARTICLE,
    "BLOG": Kind.PRESS,
    "BOOK": Kind.BOOK,
    "CHAP": Kind.BOOK,
    "EBOOK": Kind.BOOK,
    "EJOUR": Kind.ARTICLE,
    "ELEC": Kind.PRESS,
    "JFULL": Kind.ARTICLE,
    "JOUR": Kind.ARTICLE,
    "MGZN": Kind.PRESS,
    "NEWS": Kind.PRESS,
    "PREPRINT": Kind.PREPRINT,
    "THES": Kind.BOOK,
    "UNPB": Kind.PREPRINT,
}


class Ris:
    """RIS with the dialects that are about: any blanks around the hyphen, entries that are never ended."""

    name = "ris"
    description = "RIS from reference managers and databases"

    def sniff(self, head: bytes, path: Path) -> bool:
        """By a type in one of the first lines."""
        return bool(re.search(rb"(?m)^\s*TY\s*-\s*[A-Z]{3,8}\s*$", head.replace(b"\x00", b"")[:4_000]))

    def read(self, stream: BinaryIO, *, source: str, path: str) -> Iterator[Item]:
        """One record an entry. An entry without title and abstract is kept in quarantine.

        The last entry has to be ended, unless no entry of several is: the file may break off in it.
        """
        entry: list[str] = []
        began, ended, entries = 1, False, 0
        for number, line in enumerate(lines_of(stream), start=1):
            if _BEGIN.match(line):
                if entry:
                    yield _item(entry, source, f"{path}:{began}")
                entry, began, entries = [], number, entries + 1
            if entry or _BEGIN.match(line):
                entry.append(line)
            if entry and _END.match(line):
                yield _item(entry, source, f"{path}:{began}")
                entry, ended = [], True
        if entry and (ended or entries == 1):
            reason = f"{path}:{began}: cut short: its last entry is never ended"
            yield Rejected(source=source, reason=reason, payload=_payload(entry, f"{path}:{began}"), incomplete=True)
        elif entry:
            yield _item(entry, source, f"{path}:{began}")


def _payload(entry: list[str], where: str) -> Payload:
    return Payload(content="\n".join(entry).encode(), media_type="application/x-research-info-systems", url=where)


def _item(entry: list[str], source: str, where: str) -> Item:
    import rispy

    payload = _payload(entry, where)
    lines = [line for line in map(_strict, entry) if not line.startswith("ER")]
    try:
        (found,) = rispy.loads("\n".join([*lines, "ER  - "]))
    except (ValueError, OSError, KeyError) as error:
        return Rejected(source=source, reason=f"{where}: {error}", payload=payload)
    return reference_item(_reference(found), source, payload, what="entry", where=where)


def _strict(line: str) -> str:
    """The line as the specification has it: two letters, two blanks, a hyphen, a blank."""
    found = _LINE.match(line)
    return f"{found[1]}  - {found[2]}" if found else line


def _reference(found: dict[str, Any]) -> Reference:
    def first(*names: str) -> str:
        for name in names:
            value = found.get(name)
            if value:
                return str(value[0] if isinstance(value, list) else value).strip()
        return ""

    number = first("accession_number")
    pages = "-".join(part for part in (first("start_page"), first("end_page")) if part)
    notes = " ".join([*found.get("notes", ()), *found.get("custom7", ())])
    database = f"{first('name_of_database')} {first('database_provider')}"
    pmid, others = accession(number, database, notes=notes, links=" ".join(found.get("urls", ())))
    return Reference(
        title=first("title", "primary_title", "translated_title"),
        abstract=plain_section(first("abstract", "notes_abstract")),
        authors=persons(found.get("authors") or found.get("first_authors") or ()),
        doi=first("doi") or (first("urls") if "doi.org/" in first("urls") else ""),
        pmid=pmid,
        pmcid=first("custom2") if first("custom2").upper().startswith("PMC") else "",
        other_ids=others,
        registrations=f"{number} {notes}",
        date=first("date", "publication_year").replace("/", "-").rstrip("-"),
        year=first("year", "publication_year")[:4],
        container_title=first("secondary_title", "journal_name", "alternate_title3", "alternate_title2"),
        issn=tuple(filter(None, (first("issn"),))),
        volume=first("volume"),
        issue=first("number"),
        pages=pages,
        publisher=first("publisher"),
        languages=listed(first("language")),
        publication_types=tuple(part.strip() for part in first("type_of_work").split(";") if part.strip()),
        keywords=tuple(str(word).strip() for word in found.get("keywords", ()) if str(word).strip()),
        kind=_KINDS.get(first("type_of_reference")),
        notes=notes,
        url=first("urls", "url"),
    )


FORMAT: Final = Ris()
