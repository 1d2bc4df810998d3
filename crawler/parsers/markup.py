"""Abstracts with markup inside JSON: HTML (Europe PMC, feeds) and JATS (Crossref), as plain sections.

Tags are told from the sign ``<`` by their form, so that ``p<0.05`` and ``n < 3`` stay what they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

from lxml import etree

from crawler.parsers.json_tree import clean_text
from crawler.parsers.xml_text import text_of
from records.record import Section

_TAG: Final = re.compile(
    r"""</?[A-Za-z][\w:.-]*(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*/?>|<!--.*?-->""", re.DOTALL
)
_PREFIX: Final = re.compile(r"(</?)(?:jats|mml|m):", re.IGNORECASE)
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_HEADINGS: Final = ("title", "label", "h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS: Final = ("div", "li", "sec", "section", "tr", "td", "th", "list-item", "p", "br")
# Noncharacters: they stand in no text.
_OPEN, _SHUT = "\ufdd1", "\ufdd2"
_WHOLE: Final = frozenset({"abstract", "summary"})
"""Headings that only say what the text is."""


def plain_text(markup: str) -> str:
    """The text without its tags, in one line."""
    return text_of(_tree(markup)) if "<" in markup or "&" in markup else " ".join(clean_text(markup).split())


def abstract_sections(markup: str) -> tuple[Section, ...]:
    """The sections of an abstract, each with the heading that stands above it."""
    if not markup.strip():
        return ()
    root = _tree(markup)
    for heading in list(root.iter(*_HEADINGS)):
        _mark(heading)
    for block in root.iter(*_BLOCKS):
        block.tail = f" {block.tail or ''}"
    return tuple(_sections(text_of(root)))


def _sections(text: str) -> Iterator[Section]:
    first, *others = text.split(_OPEN)
    if first.strip():
        yield Section(text=first.strip())
    above = ""
    for part in others:
        heading, _, body = part.partition(_SHUT)
        label = " ".join(heading.split()).rstrip(":. ")
        if not body.strip():
            # A heading without text stands above the next one.
            above = "" if label.lower() in _WHOLE else label
            continue
        yield Section(text=body.strip(), label="" if label.lower() in _WHOLE else label or above)
        above = ""


def _mark(heading: etree._Element) -> None:
    text = text_of(heading)
    for child in list(heading):
        heading.remove(child)
    heading.text = f" {_OPEN}{text}{_SHUT} " if text else " "


def _tree(markup: str) -> etree._Element:
    """The fragment under one element; what is never closed is closed at the end."""
    if not _TAG.search(markup) and _TAG.search(unescape(markup)):
        markup = unescape(markup)  # escaped once too often, as some publishers deposit it
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    root = etree.fromstring(f"<x>{_well_formed(clean_text(markup))}</x>".encode(), parser)
    if root is None:
        return _plain_element(markup)
    return root


def _plain_element(text: str) -> etree._Element:
    element = etree.Element("x")
    element.text = _TAG.sub(" ", clean_text(text))
    return element


def _well_formed(markup: str) -> str:
    """Tags as they are, without their namespace prefixes; everything between them as text."""
    parts, end = [], 0
    for tag in _TAG.finditer(markup):
        parts += [_escaped(markup[end : tag.start()]), _PREFIX.sub(r"\1", tag.group())]
        end = tag.end()
    return "".join([*parts, _escaped(markup[end:])])


def _escaped(text: str) -> str:
    plain = _ENTITY.sub(lambda entity: unescape(entity.group()), text)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
