"""What makes two spellings the same name: case, plural, hyphens, Greek letters, British and American English.

Names of the vocabulary and texts go through the same function, so a folded word need not be a word.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple, TypeAlias

from records.remembered import Remembered

BREAK: Final = ","
"""Stands for any punctuation between two words over which no name reaches, unless the name has it too."""

_WORD: Final = re.compile(r"[^\W_]+(?:\+|\(\+\)|⁺)?")
_JOINS: Final = frozenset(" -\u2010\u2011\u2012\u2013\u2014\u2212\u00a0\u2009\u202f\n\t/")
"""What may stand between the words of a name."""
_POSSESSIVE: Final = frozenset("'’")
_GREEK: Final = {
    ord(letter): name
    for letters, name in (
        ("αΑ", "alpha"),
        ("βΒß", "beta"),
        ("γΓ", "gamma"),
        ("δΔ", "delta"),
        ("εΕ", "epsilon"),
        ("ζ", "zeta"),
        ("η", "eta"),
        ("θ", "theta"),
        ("κ", "kappa"),
        ("λ", "lambda"),
        ("μµ", "mu"),
        ("π", "pi"),
        ("σς", "sigma"),
        ("τ", "tau"),
        ("φ", "phi"),
        ("ω", "omega"),
    )
    for letter in letters
}
_IRREGULAR: Final = {
    "bacteria": "bacterium",
    "calves": "calf",
    "children": "child",
    "feet": "foot",
    "ganglia": "ganglion",
    "geese": "goose",
    "halves": "half",
    "hooves": "hoof",
    "leaves": "leaf",
    "men": "man",
    "mice": "mouse",
    "nuclei": "nucleus",
    "oxen": "ox",
    "people": "person",
    "persons": "person",
    "phyla": "phylum",
    "teeth": "tooth",
    "wolves": "wolf",
    "women": "woman",
    "testes": "testis",
    "penes": "penis",
    "viruses": "virus",
    "species": "species",
    "series": "series",
    "diabetes": "diabetes",
    "corpora": "corpus",
    "viscera": "viscus",
    "foetus": "fetus",
}
_SINGULAR_ENDINGS: Final = ("ss", "us", "is", "as", "os", "itis")
_LATIN_PLURALS: Final = (
    ("blasti", "blastus"),
    ("cytoses", "cytosis"),
    ("oses", "osis"),
    ("cyses", "cysis"),
    ("physes", "physis"),
    ("ices", "ex"),
    ("yses", "ysis"),
    ("pathies", "pathy"),
)
_SPELLINGS: Final = (
    ("ae", "e"),
    ("oe", "e"),
    ("tumour", "tumor"),
    ("fibre", "fiber"),
    ("colour", "color"),
    ("grey", "gray"),
)


Word: TypeAlias = tuple[str, int, int]
"""A word of a text as the matcher sees it: folded, its start, its end. A plain tuple, for texts have hundreds."""


def fold_word(word: str) -> str:
    """One word without what does not matter: ``Astrocytes`` → ``astrocyte``, ``β`` → ``beta``."""
    return _FOLDED[word]


def _fold(word: str) -> str:
    word = word.rstrip("+)(⁺")
    if not word.isascii():
        word = unicodedata.normalize("NFKD", word.translate(_GREEK))
        word = "".join(letter for letter in word if not unicodedata.combining(letter))
    return _respell(_singular(word.lower()))


_FOLDED: Final = Remembered(_fold)


def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 3 or not word.endswith(("s", "blasti")):
        return word
    for plural, singular in _LATIN_PLURALS:
        if word.endswith(plural) and len(word) > len(plural) + 1:
            return word[: -len(plural)] + singular
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    if word.endswith(_SINGULAR_ENDINGS):
        return word
    return word[:-1]


def _respell(word: str) -> str:
    if len(word) > 4:
        for british, american in _SPELLINGS:
            if british in word:
                word = word.replace(british, american)
    return word


class _Piece(NamedTuple):
    """What stands between two blanks and is more than a word: ``(MSC-derived``."""

    words: tuple[Word, ...]
    """Places are those in the piece."""
    end: int
    """Where the last word ends."""


def words_of(text: str) -> list[Word]:
    """The folded words of ``text``; a word that is `BREAK` stands wherever a name cannot reach across."""
    words: list[Word] = []
    offset = end = 0
    add = words.append
    for written in text.split(" "):
        piece = _PIECES[written]
        if isinstance(piece, str):
            if offset - end != 1:
                _mark_break(words, text, end, offset)
            end = offset + len(written)
            add((piece, offset, end))
        elif piece.words:
            start = offset + piece.words[0][1]
            if start - end != 1:
                _mark_break(words, text, end, start)
            words += [(folded, offset + first, offset + last) for folded, first, last in piece.words]
            end = offset + piece.end
        offset += len(written) + 1
    return words


def _mark_break(words: list[Word], text: str, end: int, start: int) -> None:
    if words and not _joins(text[end:start]):
        words.append((BREAK, end, start))


def _read(written: str) -> _Piece | str:
    """What stands between two blanks: of a word that stands alone its folded form."""
    return fold_word(written) if written.isalpha() else _split(written)


def _split(written: str) -> _Piece:
    words: list[Word] = []
    end = 0
    for found in _WORD.finditer(written):
        start, last = found.span()
        gap, word = written[end:start], found.group()
        if words and gap in _POSSESSIVE and word == "s":
            end = last
            continue
        _mark_break(words, written, end, start)
        end = last
        words.append((fold_word(word), start, last))
    return _Piece(tuple(words), end)


_PIECES: Final = Remembered(_read)


def _joins(gap: str) -> bool:
    return 0 < len(gap) <= 3 and _JOINS.issuperset(gap)


def fold(name: str) -> str:
    """A name as one folded string: its words with one blank between them."""
    return " ".join(folded for folded, _, _ in words_of(name))
