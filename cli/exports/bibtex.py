"""BibTeX, written with pybtex: UTF-8, as biber and every present BibTeX tool read it.

Entry types and fields follow the BibTeX manual (Patashnik, 1988) and biblatex (``eprint``, ``doi``, ``langid``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING, Final

from cli.exports import honest_title, one_line, warnings
from records.record import Author, Kind, Record

if TYPE_CHECKING:
    from pybtex.database import Entry

NAME: Final = "bibtex"
DESCRIPTION: Final = "BibTeX for LaTeX, JabRef and Zotero"
SUFFIX: Final = ".bib"

TYPES: Final = {
    Kind.ARTICLE: "article",
    Kind.BOOK: "book",
    Kind.NOTICE: "article",
    Kind.PREPRINT: "unpublished",
    Kind.PRESS: "misc",
    Kind.REGISTRATION: "misc",
}
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SPECIAL: Final = re.compile(r"[\\{}$~^\"]")
"""Beside those that pybtex escapes: & % _ #."""
_ESCAPED: Final = {
    "\\": r"\textbackslash{}",
    # Braces have to be balanced, escaped ones too.
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    '"': "''",
    "$": r"\$",
}
_CAPITALS: Final = re.compile(r"\b\w*[A-Z]\w*[A-Z0-9]\w*\b|\b[A-Z]\b|(?<=\s)[A-Z][a-z]+(?=[\s,.:;]|$)")


def write(records: Iterable[Record], stream: IO[str]) -> int:
    """Write one entry a record, one at a time; keys are unique within the file and the same at every export."""
    from pybtex.database import BibliographyData

    used: set[str] = set()
    count = 0
    for count, record in enumerate(records, start=1):  # noqa: B007 - the count is the answer
        key = _unused(citation_key(record), used)
        stream.write(BibliographyData({key: entry(record)}).to_string("bibtex") + "\n")
    return count


def citation_key(record: Record) -> str:
    """``family`` ``year`` ``firstword``, in ASCII; the uid where nothing else is known."""
    author = record.authors[0] if record.authors else Author()
    year = str(record.published.year) if record.published else ""
    words = [word for word in re.findall(r"[a-z0-9]+", _ascii(record.title)) if len(word) > 3]
    key = "".join([_letters(author.family or author.collective), year, *words[:1]])
    return key or _letters(record.uid)


def entry(record: Record) -> Entry:
    """The record as pybtex's entry; what is empty is left out."""
    from pybtex.database import Entry

    fields = {name: value for name, value in _fields(record) if value}
    persons = [person for person in map(_person, record.authors) if person]
    if persons:
        fields = {"author": " and ".join(persons), **fields}
    return Entry(TYPES[record.kind], fields=fields)


def _fields(record: Record) -> Iterator[tuple[str, str]]:
    ids, date = record.identifiers, record.published
    yield "title", _title(honest_title(record))
    yield ("journal" if TYPES[record.kind] == "article" else "howpublished"), escape(record.container_title)
    yield "year", str(date.year) if date else ""
    yield "month", _MONTHS[date.month - 1] if date and date.month else ""
    # biblatex's own, which alone holds a day.
    yield "date", date.iso() if date and date.day else ""
    yield "volume", escape(record.volume)
    yield "number", escape(record.issue)
    yield "pages", escape(re.sub(r"(?<=\w)[-–](?=\w)", "--", record.pages))
    yield "publisher", escape(record.publisher)
    yield "doi", _verbatim(ids.doi)
    yield "eprint", ids.pmid
    yield "eprinttype", "pubmed" if ids.pmid else ""
    yield "pmcid", ids.pmcid
    yield "issn", escape("; ".join(record.issn))
    yield "language", escape("; ".join(record.languages))
    yield "keywords", escape("; ".join((*record.keywords, *record.mesh_headings)))
    yield "note", escape(". ".join(warnings(record)))
    yield "url", _verbatim(record.url)
    yield "abstract", escape(record.text_of("abstract"))


def escape(text: str) -> str:
    """Text in one line with LaTeX's own characters escaped."""
    return _SPECIAL.sub(lambda match: _ESCAPED[match.group()], one_line(text))


def _verbatim(text: str) -> str:
    """An address, which LaTeX sets as it is; what would end the field is percent-encoded."""
    return re.sub(r'["{}\\\s]', lambda match: f"%{ord(match.group()):02X}", text)


def _title(text: str) -> str:
    """Styles put titles in lower case: names and acronyms are kept as they are by braces."""
    return re.sub(_CAPITALS, lambda match: "{" + match.group() + "}", escape(text))


def _person(author: Author) -> str:
    if author.collective:
        return "{" + escape(author.collective) + "}"
    family = escape(author.family)
    # "and" would begin another author, a comma another part of the name.
    guarded = "{" + family + "}" if re.search(r"\band\b|,", family) else family
    given = escape(author.given.replace(",", " "))
    return f"{guarded}, {given}" if given else guarded


def _unused(key: str, used: set[str]) -> str:
    number, chosen = 1, key
    while chosen in used:
        number += 1
        chosen = f"{key}-{number}"
    used.add(chosen)
    return chosen


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", _ascii(text))


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
