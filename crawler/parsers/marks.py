"""Marks that publishers set before the title of a work that does not stand."""

from __future__ import annotations

import re
from typing import Final

from records.record import PublicationStatus

# In capitals alone: "Retracted: …" is how some publishers call the notice.
_MARK: Final = re.compile(r"^(RETRACTED|WITHDRAWN)(?: [A-Z]+)?\s*[:–—-]\s*")


def unmarked(title: str) -> tuple[str, PublicationStatus | None]:
    """The title without its mark, and what the mark says; ``None`` where there is none."""
    mark = _MARK.match(title)
    return (title[mark.end() :], PublicationStatus(mark[1].lower())) if mark else (title, None)
