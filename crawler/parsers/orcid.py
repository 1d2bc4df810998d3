"""ORCID iDs in the many ways in which they are written."""

from __future__ import annotations


def orcid_of(raw: str) -> str:
    """``0000-0002-1825-0097`` from an address, a number with hyphens or one without; empty where it is none."""
    digits = "".join(c for c in raw.upper().rsplit("ORCID.ORG/", 1)[-1] if c.isdigit() or c == "X")
    return "-".join(digits[start : start + 4] for start in range(0, 16, 4)) if len(digits) == 16 else ""
