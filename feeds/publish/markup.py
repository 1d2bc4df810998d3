"""What the XML formats share."""

from __future__ import annotations

from html import escape
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from feeds.publish.types import Entry


def child(parent: Element, tag: str, text: str = "", /, **attributes: str) -> Element:
    """Append an element with text; attributes by their names."""
    element = SubElement(parent, tag, attributes)
    element.text = text or None
    return element


def to_bytes(root: Element) -> bytes:
    """The document as UTF-8 with its declaration."""
    ElementTree.indent(root)
    written: Any = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return bytes(written) + b"\n"


def lines(entry: Entry) -> list[str]:
    """An entry's text, a line each: what it is, who and where, what it says, why it is here."""
    said = f"“{entry.excerpt}”" if entry.excerpt else ""
    return [
        line for line in (" · ".join(entry.badge), entry.facts, said, f"In this topic because it {entry.why}.") if line
    ]


def paragraphs(entry: Entry) -> str:
    """The same as HTML."""
    return "".join(f"<p>{escape(line)}</p>" for line in lines(entry))
