"""BibTeX, read with pybtex, an entry at a time: a broken one harms no other."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from crawler.items import Fetched, Item, Payload, Rejected
from crawler.parsers.references import Reference, make_record, plain_section
from crawler.parsers.text_lines import lines_of
from records.record import Author, Kind

if TYPE_CHECKING:
    from pybtex.database import Entry, Person

_START: Final = re.compile(r"^\s*@\s*(\w+)\s*[{(]")
_SILENT: Final = frozenset({"comment", "preamble"})
_BRACES: Final = re.compile(r"(?<!\\)[{}]")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DOTLESS: Final = re.compile(r"\\([\"'`^~=.uv])\s*\{?\\([ij])\b\s*\}?")
"""An accent on an i without its dot, which is written as one with."""
_SIGNS: Final = {"textbraceleft": "{", "textbraceright": "}", "textbackslash": "\\", "textasciitilde": "~"}
_NAMED: Final = re.compile(rf"\\({'|'.join(_SIGNS)}) ?")
_CONTAINERS: Final = ("journal", "journaltitle", "booktitle", "howpublished")
_KINDS: Final = {
    "article": Kind.ARTICLE,
    "book": Kind.BOOK,
    "inbook": Kind.BOOK,
    "incollection": Kind.BOOK,
    "inproceedings": Kind.ARTICLE,
    "unpublished": Kind.PREPRINT,
}


class Bibtex:
    """BibTeX and biblatex; macros (``@string``) hold for what follows them."""

    name = "bibtex"
    description = "BibTeX"

    def sniff(self, head: bytes, path: Path) -> bool:
        """By an entry at the beginning of a line."""
        return bool(re.search(rb"(?m)^\s*@\s*(?:[A-Za-z]+)\s*\{\s*[^\s,{}]+\s*,", head[:20_000]))

    def read(self, stream: BinaryIO, *, source: str, path: str) -> Iterator[Item]:
        """One record an entry. What pybtex does not read is kept in quarantine."""
        macros: list[str] = []
        for began, name, text in _entries(stream):
            if name == "string":
                macros.append(text)
            elif name not in _SILENT:
                yield _item(text, macros, source, f"{path}:{began}")


def _entries(stream: BinaryIO) -> Iterator[tuple[int, str, str]]:
    """First line, type and text of each."""
    began, name, lines = 0, "", list[str]()
    for number, line in enumerate(lines_of(stream), start=1):
        start = _START.match(line)
        if start:
            if name:
                yield began, name, "\n".join(lines)
            began, name, lines = number, start[1].lower(), []
        lines.append(line)
    if name:
        yield began, name, "\n".join(lines)


def _item(text: str, macros: list[str], source: str, where: str) -> Item:
    from pybtex.database import parse_string
    from pybtex.exceptions import PybtexError

    payload = Payload(content=text.encode(), media_type="application/x-bibtex", url=where)
    months = "".join(f"@string{{{month} = {{{month}}}}}\n" for month in _MONTHS)
    try:
        entries = list(parse_string("\n".join([months, *macros, text]), "bibtex").entries.values())
    except (PybtexError, ValueError, RecursionError) as error:
        return Rejected(source=source, reason=f"{where}: {' '.join(str(error).split())}", payload=payload)
    if len(entries) != 1:
        return Rejected(source=source, reason=f"{where}: the entry is not closed", payload=payload)
    reference = _reference(entries[0])
    if not reference.title and not reference.abstract:
        return Rejected(source=source, reason=f"{where}: the entry has neither title nor abstract", payload=payload)
    return Fetched(record=make_record(reference, source), payload=payload)


def _reference(entry: Entry) -> Reference:
    raw = {name.lower(): str(value) for name, value in entry.fields.items()}
    fields = {name: plain(value) for name, value in raw.items()}
    ids = " ".join(fields.get(name, "") for name in ("note", "annote", "number", "eprint"))
    of_pubmed = fields.get("eprinttype", fields.get("archiveprefix", "")).lower() in ("pubmed", "pmid")
    return Reference(
        title=fields.get("title", ""),
        abstract=plain_section(fields.get("abstract", "")),
        authors=tuple(_author(person) for person in entry.persons.get("author", ())),
        doi=raw.get("doi", "").replace("\\", ""),
        pmid=fields.get("pmid", fields.get("eprint", "") if of_pubmed else ""),
        pmcid=fields.get("pmcid", fields.get("pmc", "")),
        registrations=ids,
        date=fields.get("date", "") or _date(fields),
        year=fields.get("year", "")[:4],
        container_title=next((fields[name] for name in _CONTAINERS if name in fields), ""),
        issn=tuple(part.strip() for part in fields.get("issn", "").split(";") if part.strip()),
        volume=fields.get("volume", ""),
        issue=fields.get("number", fields.get("issue", "")),
        pages=fields.get("pages", "").replace("--", "-"),
        publisher=fields.get("publisher", ""),
        languages=tuple(filter(None, (fields.get("language", fields.get("langid", "")),))),
        keywords=tuple(part.strip() for part in re.split(r"[;,]", fields.get("keywords", "")) if part.strip()),
        kind=_KINDS.get(entry.type.lower()),
        notes=fields.get("note", ""),
        url=raw.get("url", "").replace("\\", ""),
    )


def plain(text: str) -> str:
    """LaTeX as plain text: accents and signs resolved, braces gone."""
    import latexcodec  # noqa: F401 - registers the codec

    try:
        text = _DOTLESS.sub(r"\\\1{\2}", text)
        text = str(codecs.decode(cast("bytes", text), "ulatex")) if "\\" in text else text
    except ValueError:
        text = text.replace("\\", "")
    text = _BRACES.sub("", text).replace("~", " ")
    return " ".join(_NAMED.sub(lambda match: _SIGNS[match[1]], text).split())


def _author(person: Person) -> Author:
    family = plain(" ".join([*person.prelast_names, *person.last_names, *person.lineage_names]))
    given = plain(" ".join([*person.first_names, *person.middle_names]))
    # A name in braces is no person's.
    is_group = not given and str(person).startswith("{")
    return Author(collective=family) if is_group else Author(family=family, given=given)


def _date(fields: Mapping[str, str]) -> str:
    year, month = fields.get("year", "")[:4], fields.get("month", "")[:3].lower()
    number = _MONTHS.index(month) + 1 if month in _MONTHS else int(month) if month.isdigit() else 0
    return f"{year}-{number:02}" if year.isdigit() and 0 < number < 13 else year


FORMAT: Final = Bibtex()
