"""BibTeX, read with pybtex, an entry at a time: a broken one harms no other."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import msgspec

from crawler.items import Item, Payload, Rejected
from crawler.parsers.latex import plain
from crawler.parsers.pubmed_links import is_preprint_server
from crawler.parsers.references import Reference, listed, plain_section, reference_item
from crawler.parsers.text_lines import lines_of
from records.record import Author, Kind

if TYPE_CHECKING:
    from pybtex.database import Entry, Person

_START: Final = re.compile(r"^\s*@\s*(\w+)\s*[{(]")
_NAME: Final = re.compile(r"\s*@\s*string\s*[{(]\s*([^\s{}(),=#\"]+)\s*=", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\s{}(),=#\"]+")
_OTHER: Final = re.compile(rb"[,;|<{\t]|^\s*[A-Z][A-Z0-9]{1,3} *- ")
"""What stands in a heading of a table, in XML, JSON and formats of tags."""
_WORDS_ABOVE: Final = 6
_SILENT: Final = frozenset({"comment", "preamble"})
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CONTAINERS: Final = ("journal", "journaltitle", "booktitle", "howpublished")
_KINDS: Final = {
    "article": Kind.ARTICLE,
    "book": Kind.BOOK,
    "electronic": Kind.PRESS,
    "inbook": Kind.BOOK,
    "incollection": Kind.BOOK,
    "inproceedings": Kind.ARTICLE,
    "mastersthesis": Kind.BOOK,
    "online": Kind.PRESS,
    "phdthesis": Kind.BOOK,
    "thesis": Kind.BOOK,
    "unpublished": Kind.PREPRINT,
    "www": Kind.PRESS,
}


Macros = list[tuple[str, str]]
"""Name in lower case (empty if it cannot be read) and definition, in the order of the file."""


class Bibtex:
    """BibTeX and biblatex; macros (``@string``) hold for what follows them."""

    name = "bibtex"
    description = "BibTeX"

    def sniff(self, head: bytes, path: Path) -> bool:
        """By an entry at the beginning of a line, before which there is nothing but a few lines of words.

        Such a line may stand within a cell or a value of another format; databases write their names above the first.
        """
        head = head[:20_000]
        entry = re.search(rb"(?m)^\s*@\s*(?:[A-Za-z]+)\s*\{\s*[^\s,{}]+\s*,", head)
        lines = [line for line in head.removeprefix(b"\xef\xbb\xbf").splitlines() if line.strip()]
        above = list(itertools.takewhile(lambda line: not line.lstrip().startswith(b"@"), lines))
        words = [line for line in above if not line.lstrip().startswith(b"%")]
        return entry is not None and len(words) <= _WORDS_ABOVE and not any(map(_OTHER.search, words))

    def read(self, stream: BinaryIO, *, source: str, path: str) -> Iterator[Item]:
        """One record an entry. What pybtex does not read is kept in quarantine."""
        macros = [(month, f"@string{{{month} = {{{month}}}}}") for month in _MONTHS]
        item: Item | None = None
        for began, name, text in _entries(stream):
            if item is not None:
                yield item
            item = None
            if name == "string":
                named = _NAME.match(text)
                macros.append((named[1].casefold() if named else "", text))
            elif name not in _SILENT:
                item = _item(text, _named(text, macros), source, f"{path}:{began}")
        if item is not None:
            yield _last(item)


def _last(item: Item) -> Item:
    """The last entry, in which the file breaks off if it is not closed."""
    if isinstance(item, Rejected) and item.payload.content.count(b"{") > item.payload.content.count(b"}"):
        return msgspec.structs.replace(item, incomplete=True)
    return item


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


def _named(text: str, macros: Macros) -> list[str]:
    """The macros that an entry names, itself or by one of them; a broken one harms no other entry."""
    wanted, found = _words(text), list[str]()
    for name, macro in reversed(macros):
        if not name or name in wanted:
            wanted |= _words(macro)
            found.append(macro)
    return found[::-1]


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def _item(text: str, macros: list[str], source: str, where: str) -> Item:
    from pybtex.database.input.bibtex import Parser
    from pybtex.exceptions import PybtexError

    payload = Payload(content=text.encode(), media_type="application/x-bibtex", url=where)
    try:
        # `pybtex.database.parse_string` looks through every installed package for its parser, at each call.
        entries = list(Parser().parse_string("\n".join([*macros, text])).entries.values())
    except (PybtexError, ValueError, RecursionError) as error:
        return Rejected(source=source, reason=f"{where}: {' '.join(str(error).split())}", payload=payload)
    if len(entries) != 1:
        return Rejected(source=source, reason=f"{where}: the entry is not closed", payload=payload)
    reference = _reference(entries[0])
    return reference_item(reference, source, payload, what="entry", where=where)


def _reference(entry: Entry) -> Reference:
    raw = {name.lower(): str(value) for name, value in entry.fields.items()}
    fields = {name: plain(value) for name, value in raw.items()}
    ids = " ".join(fields.get(name, "") for name in ("note", "annote", "number", "eprint"))
    archive = fields.get("eprinttype", fields.get("archiveprefix", ""))
    of_pubmed = archive.lower() in ("pubmed", "pmid")
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
        languages=listed(fields.get("language", fields.get("langid", ""))),
        keywords=listed(fields.get("keywords", "")),
        kind=Kind.PREPRINT if is_preprint_server(archive) else _KINDS.get(entry.type.lower()),
        notes=fields.get("note", ""),
        url=raw.get("url", "").replace("\\", ""),
    )


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
