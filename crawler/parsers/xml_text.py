"""Readable text of XML with markup: PubMed titles and abstracts hold HTML-like tags and MathML."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

_SPACE: Final = re.compile(r"\s+")
_SUPERSCRIPT: Final = str.maketrans("0123456789+-−n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻ⁿ")


def text_of(element: etree._Element | None) -> str:
    """The element's text, white space folded; ``""`` for none.

    Superscript digits are written as such, so that 10<sup>6</sup> reads 10⁶ and never 106; subscripts are written
    plainly (H<sub>2</sub>O reads H2O), as people type them in a search.
    """
    if element is None:
        return ""
    if len(element) == 0:
        return _SPACE.sub(" ", element.text or "").strip()
    return _SPACE.sub(" ", "".join(_pieces(element))).strip()


def _pieces(element: etree._Element) -> list[str]:
    parts = [element.text or ""]
    for child in element:
        if not isinstance(child.tag, str):
            parts.append(child.tail or "")
            continue
        name = child.tag.rsplit("}", 1)[-1]
        inner = "".join(_pieces(child))
        parts.append(_marked(name, child, inner))
        parts.append(child.tail or "")
    return parts


def _marked(name: str, element: etree._Element, inner: str) -> str:
    if name == "sup":
        return raised(inner)
    if name in ("msup", "msub", "mfrac") and len(element) == 2:
        base, other = ("".join(_pieces(part)).strip() for part in element)
        return {"msup": base + raised(other), "msub": base + other, "mfrac": f"{base}/{other}"}[name]
    return inner


def raised(text: str) -> str:
    """Superscript: digits and signs as Unicode superscripts, anything else after ``^``."""
    stripped = text.strip()
    if stripped and all(character in "0123456789+-−n" for character in stripped):
        return stripped.translate(_SUPERSCRIPT)
    return f"^{stripped}" if stripped else ""
