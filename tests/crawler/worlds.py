"""What the worlds of the paged sources have in common, and the list of them."""

from __future__ import annotations

import datetime as dt
import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.loopback import Answer, Asked


@dataclass
class PagedWorld(ABC):
    """Invented works with the day of their last change, given in pages."""

    source: ClassVar[str]
    path: ClassVar[str]
    """How the path of a page ends."""
    works: dict[str, tuple[dt.date, str]] = field(default_factory=dict)
    """Number → day of the last change, title."""
    unhelpful: str = ""
    """``circle``: pages lead back to the first; ``endless``: the last page leads to itself under ever new names;
    ``early``: the pages end after the first."""
    claimed: int = 0
    """Works that are counted, and not given."""
    broken: str = ""
    """Number of a work with a field of the wrong type."""

    def add(self, number: str, changed: str, title: str = "") -> None:
        self.works[number] = (
            dt.date.fromisoformat(changed),
            title or f"Invented stem cells in spinal cord injury {number}",
        )

    def answer(self, asked: Asked) -> Answer | None:
        if asked.path == "/robots.txt":
            return Answer(b"User-agent: *\nDisallow: /private/\n", "text/plain")
        if not asked.path.endswith(self.path) or "again" in asked.parameters:
            return None
        return self.page(asked)

    def count(self, found: list[str]) -> int:
        """How many works the provider counts."""
        return len(found) + (self.claimed if found else 0)

    def between(self, first: str, last: str) -> list[str]:
        """Numbers of what changed between two days, in the order of change."""
        low, high = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
        found = [(day, number) for number, (day, _) in self.works.items() if low <= day <= high]
        return [number for _, number in sorted(found)]

    def cut(self, found: list[str], cursor: str, size: int) -> tuple[list[str], str]:
        """The numbers on a page, and the cursor of the next one."""
        start = int(cursor.split("-")[1]) if "-" in cursor else 0
        page = found[start : start + size]
        if start + size < len(found):
            return page, "" if self.unhelpful == "early" else f"at-{start + size}"
        if self.unhelpful == "circle":
            return page, "at-0"
        if self.unhelpful == "endless":
            return page, f"at-{start}-{cursor.count('-') + 1 + len(cursor)}"
        return page, ""

    @abstractmethod
    def page(self, asked: Asked) -> Answer:
        """An answer with works."""

    @abstractmethod
    def settings(self, base_url: str) -> dict[str, Any]:
        """The source's section for a provider at this address: pages of three, no waiting."""

    @abstractmethod
    def uid(self, number: str) -> str:
        """The record of a work."""

    @abstractmethod
    def window_of(self, asked: Asked) -> tuple[str, str]:
        """First and last day that a request asks for."""

    def uids(self) -> set[str]:
        return {self.uid(number) for number in self.works}


def json_answer(value: object) -> Answer:
    return Answer(json.dumps(value).encode(), "application/json; charset=utf-8")
