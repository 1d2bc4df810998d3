"""LaTeX of bibliographies as plain text, read with latexcodec and what that leaves as it is."""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import Final, cast

from crawler.parsers.xml_text import raised

_DOTLESS: Final = re.compile(r"\\([\"'`^~=.uv])\s*\{?\\([ij])\b\s*\}?")
"""An accent on an i without its dot, which is written as one with."""
_BRACES: Final = re.compile(r"[{}]")
_NAMED: Final = {
    "textbackslash": "\\",
    "textasciicircum": "^",
    "textasciitilde": "~",
    "textbraceleft": "{",
    "textbraceright": "}",
    "textquotedbl": '"',
}
_SIGNS: Final = (*_NAMED.values(), *"$&%#_")
_NAMED_SIGN: Final = re.compile(rf"\\({'|'.join(_NAMED)})(?![A-Za-z])(?:\{{\}}| )?")
_ESCAPED_SIGN: Final = re.compile(r"\\([$&%#_{}])")
_PRIVATE: Final = 0xE000
"""Where signs wait that are meant as they are, until the others of their kind have been read."""
_MATH: Final = re.compile(r"\$([^$]*)\$")
_RAISED: Final = re.compile(r"\^(?:\{([^{}]*)\}|(\\[A-Za-z]+|.))")
_LOWERED: Final = re.compile(r"_(?:\{([^{}]*)\}|(\\[A-Za-z]+|.))")
_SCRIPT: Final = re.compile(r"\\text(super|sub)script\s*\{([^{}]*)\}")
_STYLE: Final = re.compile(
    r"\\(?:emph|ensuremath|mathbf|mathit|mathrm|mbox|text|textbf|textit|textrm|textsc|textsf|texttt)\s*(?=\{)"
)
_GREEK: Final = """
    alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi
    psi omega
"""
_WORDS: Final = {
    "approx": "≈",
    "cdot": "·",
    "circ": "°",
    "degree": "°",
    "ge": "≥",
    "geq": "≥",
    "infty": "∞",
    "le": "≤",
    "leq": "≤",
    "mp": "∓",
    "neq": "≠",
    "pm": "±",
    "rightarrow": "→",
    "sim": "∼",
    "times": "×",
    "to": "→",
    "varepsilon": "ε",
    **{
        name.title() if size == "CAPITAL" else name: unicodedata.lookup(
            f"GREEK {size} LETTER {name.upper().replace('LAMBDA', 'LAMDA')}"
        )
        for name in _GREEK.split()
        for size in ("SMALL", "CAPITAL")
    },
}
_WORD: Final = re.compile(rf"\\(?:text)?({'|'.join(_WORDS)})(?![A-Za-z])(?:\{{\}}| (?=[^\s\d]))?")


def plain(text: str) -> str:
    """Accents, signs, Greek letters and raised text resolved, braces gone."""
    text = _NAMED_SIGN.sub(lambda match: _waiting(_NAMED[match[1]]), text)
    text = _ESCAPED_SIGN.sub(lambda match: _waiting(match[1]), text)
    text = _MATH.sub(lambda match: _formula(match[1]), text)
    text = _SCRIPT.sub(lambda match: raised(match[2]) if match[1] == "super" else match[2], text)
    text = _WORD.sub(lambda match: _WORDS[match[1]], _STYLE.sub("", text))
    text = _BRACES.sub("", _decoded(_DOTLESS.sub(r"\\\1{\2}", text))).replace("~", " ")
    return " ".join("".join(map(_arrived, text)).split())


def _decoded(text: str) -> str:
    import latexcodec  # noqa: F401 - registers the codec

    if "\\" not in text:
        return text
    try:
        return str(codecs.decode(cast("bytes", text), "ulatex"))
    except ValueError:
        return text.replace("\\", "")


def _formula(text: str) -> str:
    text = _WORD.sub(lambda match: _WORDS[match[1]], text)
    text = _RAISED.sub(lambda match: raised(match[1] or match[2] or ""), text)
    return _LOWERED.sub(lambda match: match[1] or match[2] or "", text)


def _waiting(sign: str) -> str:
    return chr(_PRIVATE + _SIGNS.index(sign))


def _arrived(character: str) -> str:
    place = ord(character) - _PRIVATE
    return _SIGNS[place] if 0 <= place < len(_SIGNS) else character
