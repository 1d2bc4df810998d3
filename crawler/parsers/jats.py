"""JATS, the XML of journal articles (PMC, publishers, preprint servers): what stands in front of the text.

Specification: https://jats.nlm.nih.gov. The text itself is not taken: findings are read from abstracts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml import etree

from crawler.parsers.orcid import orcid_of
from crawler.parsers.pubmed_links import is_preprint_server
from crawler.parsers.references import Reference
from crawler.parsers.xml_text import text_of
from records.dates import PartialDate, earliest, make_date
from records.identifiers import find_registrations, normalise_doi, normalise_pmid
from records.record import Author, Funding, Kind, Relation, RelationType, Section

_XLINK: Final = "{http://www.w3.org/1999/xlink}href"
_KINDS: Final = {
    "correction": Kind.NOTICE,
    "expression-of-concern": Kind.NOTICE,
    "preprint": Kind.PREPRINT,
    "retraction": Kind.NOTICE,
}
_RELATIONS: Final = {
    "addendum": RelationType.UPDATED_BY,
    "article-reference": RelationType.COMMENT_ON,
    "commentary": RelationType.COMMENT_IN,
    "commentary-article": RelationType.COMMENT_ON,
    "concurrent-pub": None,
    "corrected-article": RelationType.CORRECTS,
    "correction-forward": RelationType.CORRECTED_BY,
    "object-of-concern": RelationType.RAISES_CONCERN_ABOUT,
    "preprint": RelationType.HAS_PREPRINT,
    "retracted-article": RelationType.RETRACTS,
    "retraction-forward": RelationType.RETRACTED_BY,
    "updated-article": RelationType.UPDATES,
}
"""``related-article-type`` → relation; others are left out."""
_FIRST_DATES: Final = ("epub", "epub-ppub", "pub", "publication", "preprint", "ppub", "collection", "epreprint")
"""Kinds of dates of publication; the earliest of these is when the public could read it."""
_SILENT: Final = frozenset({"contrib-group", "institution-id", "label", "sup"})
_NO_ABSTRACTS: Final = frozenset({"executive-summary", "graphical", "key-points", "teaser", "toc", "web-summary"})


def reference_of(article: etree._Element) -> Reference:
    """The fields of an article."""
    meta = _found(article, "front/article-meta")
    journal = _found(article, "front/journal-meta")
    relations = tuple(_relations(meta))
    dated = _date(meta)
    ids = {one.get("pub-id-type"): text_of(one) for one in meta.findall("article-id")}
    abstract = tuple(_abstract(meta))
    container = _text(journal, "journal-title-group/journal-title", "journal-title")
    return Reference(
        title=_title(meta),
        alternative_titles=tuple(text_of(one) for one in meta.findall("title-group/trans-title-group/trans-title")),
        abstract=abstract,
        authors=tuple(_authors(meta)),
        doi=ids.get("doi", ""),
        pmid=ids.get("pmid", ""),
        pmcid=ids.get("pmcid", "") or ids.get("pmc", ""),
        registrations=_registrations(meta, abstract),
        date=dated.written() if dated is not None else "",
        year=str(dated.year) if dated else "",
        container_title=container,
        issn=tuple(dict.fromkeys(text_of(one) for one in journal.findall("issn"))),
        volume=_text(meta, "volume"),
        issue=_text(meta, "issue"),
        pages=_pages(meta),
        publisher=_text(journal, "publisher/publisher-name"),
        publication_types=tuple(filter(None, (article.get("article-type", "").replace("-", " "),))),
        keywords=tuple(dict.fromkeys(text_of(one) for one in meta.iterfind("kwd-group//kwd") if text_of(one))),
        relations=relations,
        funding=tuple(_funding(meta)),
        licence=_licence(meta),
        kind=Kind.PREPRINT if is_preprint_server(container) else _KINDS.get(article.get("article-type", "")),
    )


def _found(root: etree._Element, path: str) -> etree._Element:
    element = root.find(path)
    return etree.Element("absent") if element is None else element


def _text(root: etree._Element, *paths: str) -> str:
    return next((text for path in paths if (text := text_of(root.find(path)))), "")


def _title(meta: etree._Element) -> str:
    title, subtitle = _text(meta, "title-group/article-title"), _text(meta, "title-group/subtitle")
    return f"{title}: {subtitle}" if title and subtitle else title


def _abstract(meta: etree._Element) -> Iterator[Section]:
    """The article's own abstract; summaries for other readers are none."""
    for abstract in meta.findall("abstract"):
        if abstract.get("abstract-type") in _NO_ABSTRACTS:
            continue
        sections = abstract.findall("sec")
        for section in sections or [abstract]:
            label = text_of(section.find("title")) if sections else ""
            parts = [text_of(part) for part in section if part.tag not in ("title", "object-id", "label", "fig")]
            text = " ".join(part for part in parts if part)
            if text:
                yield Section(text=text, label=label.rstrip(" :."))
        return


def _authors(meta: etree._Element) -> Iterator[Author]:
    places = {one.get("id"): _place(one) for one in meta.iter("aff")}
    for one in meta.findall("contrib-group/contrib"):
        if one.get("contrib-type", "author") != "author":
            continue
        name = one.find("name")
        name = one.find("name-alternatives/name") if name is None else name
        group = _place(_found(one, "collab"))
        if name is None and not group:
            continue
        orcid = next(
            (text_of(found) for found in one.findall("contrib-id") if found.get("contrib-id-type") == "orcid"), ""
        )
        linked = [places.get(place.get("rid"), "") for place in one.findall("xref") if place.get("ref-type") == "aff"]
        own = [_place(place) for place in one.findall("aff")]
        yield Author(
            family=_text(name, "surname") if name is not None else "",
            given=_text(name, "given-names") if name is not None else "",
            collective="" if name is not None else group,
            orcid=orcid_of(orcid),
            affiliations=tuple(dict.fromkeys(filter(None, (*linked, *own)))),
        )


def _place(affiliation: etree._Element) -> str:
    """An affiliation without the mark that points at it and without the numbers of its institution."""
    return " ".join(" ".join(_words(affiliation)).split()).replace(" ,", ",")


def _words(element: etree._Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag not in _SILENT:
            yield from _words(child)
        yield child.tail or ""


def _date(meta: etree._Element) -> PartialDate | None:
    found = []
    for date in meta.findall("pub-date"):
        if (date.get("pub-type") or date.get("date-type")) not in _FIRST_DATES:
            continue
        parts = [_text(date, name) for name in ("year", "month", "day")]
        year, month, day = (int(part) if part.isdigit() else 0 for part in parts)
        odd = any(part and not part.isdigit() for part in parts)
        found.append(make_date(year, month, day, raw=" ".join(filter(None, parts)) if odd else ""))
    # 2013 and 8 February 2013: the finer one says more.
    return earliest(found)


def _pages(meta: etree._Element) -> str:
    first, last = _text(meta, "fpage"), _text(meta, "lpage")
    if first:
        return f"{first}-{last}" if last and last != first else first
    return _text(meta, "elocation-id")


def _registrations(meta: etree._Element, abstract: tuple[Section, ...]) -> str:
    """Where the article says under which number it is registered, not just any number that it mentions."""
    labelled = [part.text for part in abstract if "regist" in part.label.lower()]
    objects = [
        text_of(one)
        for name in ("related-object", "ext-link")
        for one in meta.iter(name)
        if find_registrations(text_of(one))
    ]
    return " ".join((*labelled, *objects))


def _relations(meta: etree._Element) -> Iterator[Relation]:
    for one in meta.iter("related-article"):
        type = _RELATIONS.get(one.get("related-article-type", ""))
        named = one.get(_XLINK, "") or text_of(one)
        doi, pmid = normalise_doi(named), normalise_pmid(named)
        if type is not None and named:
            yield Relation(type=type, target=f"doi:{doi}" if doi else f"pmid:{pmid}" if pmid else "", raw=text_of(one))


def _funding(meta: etree._Element) -> Iterator[Funding]:
    for award in meta.iterfind("funding-group/award-group"):
        agency = _text(award, "funding-source//institution", "funding-source")
        numbers = [text_of(one) for one in award.findall("award-id")] or [""]
        yield from (Funding(agency=agency, grant_id=number) for number in numbers if agency or number)


def _licence(meta: etree._Element) -> str:
    licence = meta.find("permissions/license")
    if licence is None:
        return ""
    link = licence.get(_XLINK) or next((one.get(_XLINK, "") for one in licence.iter("ext-link")), "")
    return link or text_of(licence)
