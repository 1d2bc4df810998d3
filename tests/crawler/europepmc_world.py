"""Europe PMC's search over invented results."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from tests.crawler.worlds import PagedWorld, json_answer
from tests.loopback import Answer, Asked

_DATES = re.compile(r"UPDATE_DATE:\[(\S+) TO (\S+)\]")


@dataclass
class EuropepmcWorld(PagedWorld):
    """Its end is the cursor just used, given once more."""

    source: ClassVar[str] = "europepmc"
    path: ClassVar[str] = "/search"

    def settings(self, base_url: str) -> dict[str, Any]:
        return {"base_url": f"{base_url}/rest", "page_size": 3, "requests_per_second": 500.0, "since": "2024-01-01"}

    def uid(self, number: str) -> str:
        return f"europepmc:MED:{number}"

    def window_of(self, asked: Asked) -> tuple[str, str]:
        found = _DATES.search(asked.parameters["query"])
        assert found
        return found[1], found[2]

    def page(self, asked: Asked) -> Answer:
        fields = asked.parameters
        assert (fields["resultType"], fields["format"]) == ("core", "json")
        found = self.between(*self.window_of(asked))
        page, cursor = self.cut(found, fields["cursorMark"], int(fields["pageSize"]))
        answer: dict[str, Any] = {"version": "6.9", "hitCount": self.count(found)}
        answer["nextCursorMark"] = cursor or fields["cursorMark"]
        return json_answer(answer | {"resultList": {"result": [self._result(number) for number in page]}})

    def _result(self, number: str) -> dict[str, Any]:
        changed, title = self.works[number]
        return {
            "id": number,
            "source": "MED",
            "pmid": number,
            "title": [] if number == self.broken else title,
            "dateOfRevision": changed.isoformat(),
            "firstPublicationDate": "2024-01-15",
        }
