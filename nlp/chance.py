"""Whether a change may be chance: a p-value of .05 or more behind it, "n.s.", an interval on both sides of nought."""

from __future__ import annotations

import re
from typing import Final

_REACH: Final = 200
"""Code points behind a change in which its p-value stands."""
_NEXT: Final = re.compile(
    r";(?![^()]*\))(?!\s*(?:all |both )?p\b)|, (?:whereas|while|although|but(?! (?:all )?p\b))", re.IGNORECASE
)
"""What follows is another comparison's, but not "improved; P > 0.05" or "higher, but P > 0.05"."""
_NUMBER: Final = r"[01]?[.·,]\d+|[01](?![\d.,·]*\d)"
_P_VALUE: Final = re.compile(
    r"[(,;\[](?P<between>[^()]{0,60}?)(?<![\w-])(?:"
    rf"[p𝑃𝑝](?:[- ]?values?)?\s*(?:(?:was|were|is|of|:)\s*)?(?P<sign>[<≤=>≥]\s?=?|&[lg]t;|)\s*(?P<value>{_NUMBER})"
    r"|(?:p\s*[=:]\s*)?(?P<named>n\.?\s?s\b\.?)(?=\s*[),;.\]]|\s*$))"
    rf"|\b(?:but|with|at)(?: an?| all| the)? p(?:[- ]?values?)?\s*(?P<sign2>[=>≥]|of\b|above\b|over\b)\s*"
    rf"(?P<value2>{_NUMBER})",
    re.IGNORECASE,
)
_HINT: Final = re.compile(r"\b[pP]\b|\b[pP][- ]?[vV]al|[𝑃𝑝]|[nN]\.? ?[sS]\b")
"""Without one of these the slower pattern need not be tried."""
_INTERVAL: Final = re.compile(
    r"\b(?:CIs?|confidence intervals?)\b[\s:,=()\[\]%\d]{0,8}?[\s:,=(\[]"
    r"(?P<low>[-−–]?\d+(?:[.·]\d+)?)\s*%?\s*(?:to|and|[,;–—−-])\s*(?P<high>\+?[-−–]?\d+(?:[.·]\d+)?)",
    re.IGNORECASE,
)
_NUMERICALLY: Final = re.compile(
    r"\b(?:numerically|nominally)\b(?! and (?:\w+ly )?signific| and statistic)", re.IGNORECASE
)
_MINUS: Final = ("-", "−", "–")
_LIMIT: Final = 0.05


def may_be_chance(before: str, after: str) -> bool:
    """Whether a change is none to rely on: "improved by 6 points (p = 0.14)", "numerically higher".

    Args:
        before: The clause as far as the change.
        after: The sentence behind it.
    """
    if _NUMERICALLY.search(before[-25:]) or _NUMERICALLY.search(after[:25]):
        return True
    near = after[:_REACH]
    cut = _NEXT.search(near)
    own = near[: cut.start()] if cut else near
    return _p_is_large(own) or _spans_nought(own)


def _p_is_large(text: str) -> bool:
    """Whether the first p-value is .05 or more, above a limit that is that of chance, or "n.s."."""
    found = _P_VALUE.search(text) if _HINT.search(text) else None
    if found is None or "<" in (found["between"] or "") or "≤" in (found["between"] or ""):
        return False
    if found["named"]:
        return True
    sign = found["sign"] or found["sign2"] or "="
    value = _number(found["value"] or found["value2"])
    if sign[0] in ">≥" or sign.lower() in ("&gt;", "above", "over"):
        return value >= _LIMIT / 5
    return value > _LIMIT if sign[0] in "<≤&" else value >= _LIMIT


def _spans_nought(text: str) -> bool:
    """Whether the first confidence interval goes from less to more: "95% CI −0.4 to 2.6"."""
    found = _INTERVAL.search(text)
    if found is None:
        return False
    return found["low"].startswith(_MINUS) and not found["high"].lstrip("+").startswith(_MINUS)


def _number(written: str) -> float:
    return float(written.replace("·", ".").replace(",", "."))
