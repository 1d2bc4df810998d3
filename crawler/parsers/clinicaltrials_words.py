"""The words of ClinicalTrials.gov's older files and tables as the codes of API version 2."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

_SPECIAL: Final = {"unknown status": "UNKNOWN", "anticipated": "ESTIMATED", "none (open label)": "NONE"}
_SUFFIX: Final = re.compile(r"\s+assignment$|\s*\[.*\]$", re.IGNORECASE)
_MASKED: Final = re.compile(r"^([^(]*)(?:\((.*)\))?$")


def code(text: str) -> str:
    """A value as version 2 writes it: ``NOT_YET_RECRUITING`` for ``Not yet recruiting``, ``NA`` for ``N/A``."""
    words = _SUFFIX.sub("", " ".join(text.split()))
    special = _SPECIAL.get(words.lower())
    return special or re.sub(r"\W+", "_", words.replace("/", "")).strip("_").upper()


def phases(text: str) -> list[str]:
    """``Phase 1/Phase 2`` and ``PHASE1|PHASE2``: two phases."""
    if text.strip().upper() in ("", "N/A", "NA"):
        return ["NA"] if text.strip() else []
    return [code(part).replace("PHASE_", "PHASE") for part in re.split(r"[/|]", text) if part.strip()]


def masking(text: str) -> dict[str, Any]:
    """``Double (Participant, Investigator)`` → who is masked."""
    match = _MASKED.match(" ".join(text.split()))
    if not match or not match[1].strip():
        return {}
    who = [] if "label" in (match[2] or "").lower() else [code(part) for part in (match[2] or "").split(",")]
    return {"masking": code(match[1]), "whoMasked": [part for part in who if part]}


def date(text: str, type: str = "") -> dict[str, str]:
    """``June 1, 2022`` as a date structure, which `records.dates.parse_date` reads as it is."""
    return {"date": text, "type": code(type)} if text.strip() else {}


def filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is empty: the older files leave much of it out."""
    return {name: value for name, value in values.items() if value not in ("", None, [], {}, ())}
