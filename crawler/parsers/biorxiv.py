"""bioRxiv's and medRxiv's API in JSON → records (https://api.biorxiv.org): ``/details`` and ``/pubs``.

An entry is one version of a preprint; all versions of one DOI are one record, which is what the newest of them says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from crawler.items import Fetched, Payload, Rejected
from crawler.parsers.json_tree import Node, decode_as
from crawler.parsers.marks import unmarked
from crawler.parsers.markup import abstract_sections, plain_text
from crawler.parsers.pages import Page, PageOf
from records.dates import PartialDate, parse_date
from records.errors import ParseError
from records.identifiers import Identifiers, doi_url, normalise_doi
from records.record import Author, Funding, Kind, PublicationStatus, Record, Relation, RelationType

SOURCE: Final = "biorxiv"
_ABSENT: Final = frozenset({"", "NA", "N/A", "null", "none"})
_NOTHING: Final = ("no posts found", "no articles found", "no papers found")


class _Answer(msgspec.Struct):
    messages: list[dict[str, Any]]
    collection: list[msgspec.Raw] = []


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """A preprint that became a paper, as ``/pubs`` gives it."""

    preprint: str
    """DOI."""
    paper: str
    """DOI."""
    title: str
    abstract: str


def parse_page(content: bytes, *, url: str = "") -> Page:
    """An answer of ``/details``; an entry that cannot be read is rejected alone. The cursor is left to the caller.

    Raises:
        ParseError: It is something else, or says that something went wrong.
    """
    answer, total = _open(content)
    entries = [bytes(entry) for entry in answer.collection]
    items = tuple(parse_item(entry, url=url) for entry in entries)
    return Page(items=items, total=total, names=tuple(_names(entries)))


def parse_item(content: bytes, *, url: str = "") -> Fetched | Rejected:
    """One version with its bytes, or what is wrong with it."""
    payload = Payload(content=content, media_type="application/json", url=url)
    try:
        record = preprint_record([_entry(content)])
    except ParseError as error:
        return Rejected(source=SOURCE, reason=str(error), payload=payload)
    return Fetched(record=record, payload=payload)


def parse_versions(content: bytes, *, url: str = "", paper: str = "") -> Fetched | None:
    """The preprint of ``/details/SERVER/DOI``, from all its versions; ``None`` if there are none.

    Args:
        content: The answer's body.
        url: Where it came from.
        paper: DOI of the paper that it became, where that is known from elsewhere.

    Raises:
        ParseError: It is something else, or a version has a field of the wrong type.
    """
    answer, _ = _open(content)
    versions = [_entry(bytes(entry)) for entry in answer.collection]
    if not versions:
        return None
    payload = Payload(content=content, media_type="application/json", url=url)
    return Fetched(record=preprint_record(versions, paper=paper), payload=payload)


def parse_published(content: bytes) -> PageOf[Published]:
    """What ``/pubs`` says. Raises `ParseError` as `parse_page` does."""
    answer, total = _open(content)
    found = tuple(_published(bytes(entry)) for entry in answer.collection)
    return PageOf(items=found, total=total)


def _published(content: bytes) -> Published:
    entry = _entry(content)
    return Published(
        preprint=normalise_doi(entry.text("preprint_doi") or entry.text("biorxiv_doi")),
        paper=normalise_doi(entry.text("published_doi")),
        title=plain_text(entry.text("preprint_title")),
        abstract=entry.text("preprint_abstract"),
    )


def version_of(item: Fetched) -> int:
    """Which version an item of `parse_page` is."""
    return _version(_entry(item.payload.content))


def preprint_record(versions: Sequence[Node], *, paper: str = "") -> Record:
    """One preprint. Raises `ParseError` that names it and the field.

    Args:
        versions: Some or all of its versions, in any order.
        paper: DOI of the paper that it became, where that is known from elsewhere.
    """
    ordered = sorted(versions, key=_version)
    newest = ordered[-1]
    doi = normalise_doi(newest.text("doi"))
    if not doi:
        raise newest.wrong("doi", "a DOI", newest.value.get("doi"))
    title, mark = unmarked(plain_text(newest.text("title")))
    if not title:
        raise newest.wrong("title", "a title", newest.value.get("title"))
    first = ordered[0]
    published_as = _stated(newest, "published") or paper
    return Record(
        source=SOURCE,
        source_id=doi,
        kind=Kind.PREPRINT,
        title=title,
        abstract=abstract_sections(newest.text("abstract")),
        authors=tuple(_authors(newest)),
        identifiers=Identifiers(doi=doi),
        # A later version alone does not say when the first one appeared.
        published=parse_date(first.text("date")) if _version(first) == 1 else None,
        revised=_date(newest),
        container_title=newest.text("server") or "bioRxiv",
        publication_types=tuple(filter(None, (newest.text("type"),))),
        keywords=tuple(filter(None, (_stated(newest, "category"),))),
        status=mark or _status(newest),
        publication_stage=f"version {_version(newest)}",
        relations=tuple(_relations(published_as)),
        funding=tuple(_funding(newest)),
        url=doi_url(doi),
        full_text_urls=tuple(filter(None, (_stated(newest, "jatsxml"),))),
        licence=_stated(newest, "license"),
    )


def _open(content: bytes) -> tuple[_Answer, int | None]:
    answer: _Answer = decode_as(content, _Answer, "the preprint server")
    message = Node(answer.messages[0] if answer.messages else {}, where="messages[0]")
    said = message.text("status")
    if not answer.collection and said.lower() != "ok" and not said.lower().startswith(_NOTHING):
        raise ParseError(f"the server says {said!r} instead of an answer")
    return answer, message.integer("total") if answer.collection else 0


def _entry(content: bytes) -> Node:
    value: dict[str, Any] = decode_as(content, dict[str, Any], "a preprint")
    return Node(
        value, where=str(value.get("doi") or value.get("preprint_doi") or value.get("biorxiv_doi") or "preprint")
    )


def _names(entries: Iterable[bytes]) -> Iterator[str]:
    for entry in entries:
        value = decode_as(entry, dict[str, Any], "a preprint")
        yield f"{value.get('doi')} {value.get('version')}"


def _version(entry: Node) -> int:
    return entry.integer("version") or 1


def _stated(entry: Node, name: str) -> str:
    text = entry.text(name)
    return "" if text.strip() in _ABSENT else text


def _date(entry: Node) -> PartialDate | None:
    return parse_date(entry.text("date"))


def _status(entry: Node) -> PublicationStatus:
    withdrawn = entry.text("type").lower().startswith("withdraw")
    return PublicationStatus.WITHDRAWN if withdrawn else PublicationStatus.CURRENT


def _relations(published_as: str) -> Iterator[Relation]:
    doi = normalise_doi(published_as)
    if doi:
        yield Relation(type=RelationType.PREPRINT_OF, target=f"doi:{doi}")


def _authors(entry: Node) -> Iterator[Author]:
    """``Marsh, R.; Hill, K.``; the institution is that of the corresponding author."""
    institution = _stated(entry, "author_corresponding_institution")
    corresponding = entry.text("author_corresponding").lower().split()[-1:]
    for name in entry.text("authors").split(";"):
        family, _, given = (part.strip() for part in name.strip().partition(","))
        is_corresponding = institution and family.lower().split()[-1:] == corresponding
        if family:
            yield Author(family=family, given=given, affiliations=(institution,) if is_corresponding else ())


def _funding(entry: Node) -> Iterator[Funding]:
    """A text, or a list of funders with their awards."""
    if not isinstance(entry.value.get("funder"), list):
        agency = _stated(entry, "funder")
        if agency:
            yield Funding(agency=agency)
        return
    for funder in entry.nodes("funder"):
        yield Funding(agency=funder.text("name"), grant_id=_stated(funder, "award"))
