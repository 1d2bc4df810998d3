"""CSL-JSON, as Zotero, Pandoc and DOI resolvers write it.

https://github.com/citation-style-language/schema, ``csl-data.json``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from crawler.items import Item, Payload, Rejected
from crawler.parsers.json_names import own_names
from crawler.parsers.markup import abstract_sections, plain_text
from crawler.parsers.orcid import orcid_of
from crawler.parsers.references import Reference, listed, reference_item
from records.errors import ParseError
from records.record import Author, Kind, PublicationStatus

_KINDS: Final = {
    "article-journal": Kind.ARTICLE,
    "journal-article": Kind.ARTICLE,
    "paper-conference": Kind.ARTICLE,
    "article": Kind.PREPRINT,
    "posted-content": Kind.PREPRINT,
    "book": Kind.BOOK,
    "chapter": Kind.BOOK,
    "book-chapter": Kind.BOOK,
    "article-newspaper": Kind.PRESS,
    "article-magazine": Kind.PRESS,
    "post": Kind.PRESS,
    "post-weblog": Kind.PRESS,
    "thesis": Kind.BOOK,
    "webpage": Kind.PRESS,
}
_FOREIGN: Final = frozenset(
    {b"authorships", b"abstract_inverted_index", b"message", b"protocolSection", b"externalIds"}
)
"""Names that say that an object is an answer of OpenAlex, Crossref, ClinicalTrials.gov or Semantic Scholar."""
_GENRES: Final = {"preprint": Kind.PREPRINT, "trial registration": Kind.REGISTRATION, "notice": Kind.NOTICE}


class CslJson:
    """An array of items, or a single one; the whole file is held."""

    name = "csl-json"
    description = "CSL-JSON from Zotero, Pandoc and DOI resolvers"

    def sniff(self, head: bytes, path: Path) -> bool:
        """By the names that an item has itself: answers of providers' interfaces have them further down, or others."""
        if not re.match(rb"\s*[\[{]", head):
            return False
        names = set(own_names(head))
        return {b"type", b"title"} <= names and not names & _FOREIGN

    def read(self, stream: BinaryIO, *, source: str, path: str) -> Iterator[Item]:
        """One record an item. An item without title and abstract is kept in quarantine."""
        content = stream.read()
        try:
            items = msgspec.json.decode(content, type=list[msgspec.Raw] | dict[str, msgspec.Raw])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ParseError(f"no JSON: {error}", where=path) from error
        for number, raw in enumerate(items if isinstance(items, list) else [msgspec.Raw(content)], start=1):
            yield _item(bytes(raw), source, f"{path}#{number}")


def _item(raw: bytes, source: str, where: str) -> Item:
    payload = Payload(content=raw, media_type="application/vnd.citationstyles.csl+json", url=where)
    try:
        found = msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Rejected(source=source, reason=f"{where}: {error}", payload=payload)
    reference = _reference(found)
    return reference_item(reference, source, payload, what="item", where=where)


def _reference(found: dict[str, Any]) -> Reference:
    def text(*names: str) -> str:
        for name in names:
            value = found.get(name)
            value = value[0] if isinstance(value, list) and value else value
            if isinstance(value, str | int) and str(value).strip():
                return str(value).strip()
        return ""

    notes = text("note")
    status = text("status")
    return Reference(
        title=plain_text(text("title")),
        abstract=abstract_sections(text("abstract")),
        authors=tuple(_authors(found.get("author"))),
        doi=text("DOI"),
        pmid=text("PMID") or _from_note(notes, "PMID"),
        pmcid=text("PMCID") or _from_note(notes, "PMCID"),
        registrations=f"{text('number')} {notes}",
        date=_date(found.get("issued")) or _date(found.get("published")),
        container_title=plain_text(text("container-title")),
        issn=tuple(re.findall(r"\d{4}-\d{3}[\dXx]", str(found.get("ISSN", "")))),
        volume=text("volume"),
        issue=text("issue"),
        pages=text("page"),
        publisher=text("publisher"),
        languages=listed(text("language")),
        keywords=listed(text("keyword")),
        kind=_GENRES.get(text("genre").lower()) or _KINDS.get(text("type")),
        status=PublicationStatus(status) if status in set(PublicationStatus) else None,
        notes=notes,
        url=text("URL"),
    )


def _authors(found: object) -> Iterator[Author]:
    for one in found if isinstance(found, list) else ():
        if not isinstance(one, dict):
            continue
        if group := one.get("literal") or one.get("name"):
            yield Author(collective=str(group))
        elif one.get("family") or one.get("given"):
            particle = str(one.get("non-dropping-particle", ""))
            family = " ".join(part for part in (particle, str(one.get("family", ""))) if part)
            yield Author(family=family, given=str(one.get("given", "")), orcid=orcid_of(str(one.get("ORCID", ""))))


def _date(found: object) -> str:
    if not isinstance(found, dict):
        return ""
    parts = found.get("date-parts")
    if isinstance(parts, list) and parts and isinstance(parts[0], list):
        numbers = [str(part).zfill(2) for part in parts[0] if str(part or "").strip().isdigit()]
        return "-".join(numbers[:3])
    return str(found.get("raw") or found.get("literal") or "")


def _from_note(note: str, name: str) -> str:
    """Zotero keeps further numbers in the note: ``PMID: 1``."""
    match = re.search(rf"\b{name}: ?(\w+)", note)
    return match[1] if match else ""


FORMAT: Final = CslJson()
