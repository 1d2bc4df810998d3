"""Codes of languages: providers give two letters (ISO 639-1), records hold three (ISO 639-2/B, as PubMed)."""

from __future__ import annotations

from typing import Final

_THREE: Final = {
    "ar": "ara",
    "cs": "cze",
    "da": "dan",
    "de": "ger",
    "en": "eng",
    "es": "spa",
    "fa": "per",
    "fi": "fin",
    "fr": "fre",
    "hu": "hun",
    "it": "ita",
    "ja": "jpn",
    "ko": "kor",
    "nl": "dut",
    "no": "nor",
    "pl": "pol",
    "pt": "por",
    "ru": "rus",
    "sv": "swe",
    "tr": "tur",
    "uk": "ukr",
    "zh": "chi",
}


def three_letters(code: str) -> str:
    """``eng`` for ``en``, ``en-GB`` or ``eng``; one that is not known stays as it is."""
    plain = code.strip().lower().replace("_", "-").split("-")[0]
    return _THREE.get(plain, plain)
