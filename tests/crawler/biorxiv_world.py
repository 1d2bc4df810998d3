"""bioRxiv's API over invented preprints."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.crawler.worlds import PagedWorld, json_answer
from tests.loopback import Answer, Asked

PAGE = 3


@dataclass
class BiorxivWorld(PagedWorld):
    """Pages hold three entries, whatever the client may think; a cursor beyond the end brings nothing, with 200."""

    source: ClassVar[str] = "biorxiv"
    path: ClassVar[str] = "/json"
    versions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Number → what its entries say in all its versions, oldest first; others have one."""
    papers: dict[str, str] = field(default_factory=dict)
    """Number → DOI of the paper that it became on its last day."""

    def settings(self, base_url: str) -> dict[str, Any]:
        return {"base_url": base_url, "requests_per_second": 500.0, "since": "2024-01-01", "servers": ["biorxiv"]}

    def uid(self, number: str) -> str:
        return f"biorxiv:10.5555/{number}"

    def window_of(self, asked: Asked) -> tuple[str, str]:
        _, _, _, first, last, *_ = asked.path.split("/")
        return first, last

    def answer(self, asked: Asked) -> Answer | None:
        if asked.path.startswith("/pubs/"):
            return self._pubs(asked)
        if "/10.5555/" in asked.path:
            return json_answer({"messages": [{"status": "ok", "category": "all"}], "collection": self._all(asked)})
        return super().answer(asked)

    def page(self, asked: Asked) -> Answer:
        found = self.between(*self.window_of(asked))
        start = int(asked.path.split("/")[5])
        if self.unhelpful in ("circle", "endless") and start >= PAGE:
            start = 0
        page = [] if self.unhelpful == "early" and start else found[start : start + PAGE]
        if not page:
            return json_answer({"messages": [{"status": "no posts found"}], "collection": []})
        message = {"status": "ok", "cursor": start, "count": len(page), "total": str(self.count(found))}
        return json_answer({"messages": [message], "collection": [self._entry(number) for number in page]})

    def _entry(self, number: str) -> dict[str, Any]:
        return self._first(number) | (self.versions[number][-1] if number in self.versions else {})

    def _first(self, number: str) -> dict[str, Any]:
        day, title = self.works[number]
        return {
            "title": [] if number == self.broken else title,
            "authors": "Marsh, R.; Hill, K.",
            "doi": f"10.5555/{number}",
            "date": day.isoformat(),
            "version": "1",
            "type": "new results",
            "category": "neuroscience",
            "abstract": title,
            "published": "NA",
            "server": "bioRxiv",
        }

    def _all(self, asked: Asked) -> list[dict[str, Any]]:
        number = asked.path.split("/10.5555/")[1].split("/")[0]
        if number not in self.works:
            return []
        return [self._first(number) | version for version in self.versions.get(number, [{}])]

    def _pubs(self, asked: Asked) -> Answer:
        first, last = self.window_of(asked)
        found = [number for number in self.between(first, last) if number in self.papers]
        start = int(asked.path.split("/")[5])
        entries = [
            {
                "biorxiv_doi": f"10.5555/{number}",
                "published_doi": self.papers[number],
                "preprint_title": self.works[number][1],
                "preprint_abstract": "",
            }
            for number in found[start : start + PAGE]
        ]
        if not entries:
            return json_answer({"messages": [{"status": "no posts found"}], "collection": []})
        return json_answer({"messages": [{"status": "ok", "total": len(found)}], "collection": entries})
