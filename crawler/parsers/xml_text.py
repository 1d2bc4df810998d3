"""Readable text of XML with markup: PubMed titles and abstracts hold HTML-like tags and MathML.

Superscript digits and signs become Unicode superscripts, so that 10<sup>6</sup> reads 10⁶ and never 106; other
superscripts keep a caret (Olig2<sup>Cre</sup> reads Olig2^Cre). Subscripts are written plainly (H<sub>2</sub>O reads
H2O), as people type them in a search. A fraction reads a/b, a root √(a).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lxml import etree

_SUPERSCRIPTS: Final = {
    ord(plain): raised for plain, raised in zip("0123456789+-−–=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿ", strict=True)
}
_RAISED_AS_IT_IS: Final = frozenset(
    {"st", "nd", "rd", "th", "®", "™", "©", "*", "†", "‡", "§", "¶", "'", "′", "″", "°"}
)
_SILENT: Final = frozenset({"annotation", "annotation-xml", "mphantom", "tex-math"})
_SPACED: Final = frozenset({"mspace", "mtd", "mtr", "p", "br", "list-item", "title"})


def text_of(element: etree._Element | None) -> str:
    """The element's text, white space folded; ``""`` for none."""
    if element is None:
        return ""
    text = _flat(element) if len(element) else element.text
    if not text:
        return ""
    if text.isascii() and "  " not in text and "\n" not in text and "\t" not in text and "\r" not in text:
        return text.strip()  # most texts, and five times faster
    return " ".join(text.split())


def raised(text: str) -> str:
    """A superscript."""
    text = "".join(text.split())
    if not text or text in _RAISED_AS_IT_IS:
        return text
    unicode = text.translate(_SUPERSCRIPTS)
    if not any(character.isascii() for character in unicode.replace(",", "").replace(".", "")):
        return unicode
    return f"^{text}" if text.isalnum() else f"^({text})"


def _flat(element: etree._Element) -> str:
    parts = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str):
            parts.append(_marked(child))
        if child.tail:
            parts.append(child.tail)
    return "".join(parts)


def _marked(element: etree._Element) -> str:
    name = str(element.tag).rpartition("}")[2]
    if name == "sup":
        return raised(_flat(element))
    layout = _LAYOUTS.get(name)
    if layout:
        return layout([_marked(part) for part in element if isinstance(part.tag, str)])
    if name in _SILENT:
        return ""
    return f" {_flat(element)} " if name in _SPACED else _flat(element)


def _grouped(text: str) -> str:
    text = text.strip()
    return text if len(text) < 2 or text.replace(".", "").isalnum() else f"({text})"


def _superscript(parts: list[str]) -> str:
    return parts[0].strip() + raised("".join(parts[1:])) if parts else ""


def _fraction(parts: list[str]) -> str:
    return "/".join(map(_grouped, parts))


def _both(parts: list[str]) -> str:
    return "".join(part.strip() for part in parts[:2]) + raised("".join(parts[2:]))


def _root(parts: list[str]) -> str:
    return (raised(parts[1]) if len(parts) == 2 else "") + f"√{_grouped(parts[0])}" if parts else ""


def _multiscripts(parts: list[str]) -> str:
    """Base, then pairs of sub- and superscript; those after ``mprescripts`` stand before the base."""
    base, *scripts = parts or [""]
    before = scripts.index(_PRESCRIPTS) if _PRESCRIPTS in scripts else len(scripts)
    after, ahead = scripts[:before], scripts[before + 1 :]
    return _pairs(ahead) + base.strip() + _pairs(after)


def _pairs(scripts: list[str]) -> str:
    return "".join(script.strip() if number % 2 == 0 else raised(script) for number, script in enumerate(scripts))


_PRESCRIPTS: Final = "\ufdd0"  # a noncharacter: it stands in no text
_LAYOUTS: Final[dict[str, Callable[[list[str]], str]]] = {
    "mfenced": lambda parts: f"({', '.join(part.strip() for part in parts)})",
    "mfrac": _fraction,
    "mmultiscripts": _multiscripts,
    "mover": _superscript,
    "mprescripts": lambda parts: _PRESCRIPTS,
    "mroot": _root,
    "msqrt": lambda parts: f"√{_grouped(''.join(parts))}",
    "msubsup": _both,
    "msup": _superscript,
    "munderover": _both,
}
