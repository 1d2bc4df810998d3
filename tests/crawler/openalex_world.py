"""OpenAlex's works over invented ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from tests.crawler.worlds import PagedWorld, json_answer
from tests.loopback import Answer, Asked

KEY = "invented+openalex/key"
_DATES = re.compile(r"from_updated_date:([\d-]+),to_updated_date:([\d-]+)")


@dataclass
class OpenalexWorld(PagedWorld):
    """The last page has no cursor."""

    source: ClassVar[str] = "openalex"
    path: ClassVar[str] = "/works"

    def settings(self, base_url: str) -> dict[str, Any]:
        rate = {"requests_per_second": 500.0, "since": "2024-01-01"}
        return {"base_url": base_url, "page_size": 3, "api_key": KEY, "date": "updated", **rate}

    def uid(self, number: str) -> str:
        return f"openalex:W{number}"

    def window_of(self, asked: Asked) -> tuple[str, str]:
        found = _DATES.search(asked.parameters["filter"])
        assert found
        return found[1], found[2]

    def page(self, asked: Asked) -> Answer:
        fields = asked.parameters
        assert fields["api_key"] == KEY
        found = self.between(*self.window_of(asked))
        page, cursor = self.cut(found, fields["cursor"], int(fields["per-page"]))
        meta = {"count": self.count(found), "per_page": 3, "next_cursor": cursor or None}
        return json_answer({"meta": meta, "results": [self._work(number) for number in page]})

    def _work(self, number: str) -> dict[str, Any]:
        _, title = self.works[number]
        return {
            "id": f"https://openalex.org/W{number}",
            "title": [] if number == self.broken else title,
            "publication_date": "2023-05-01",
            "abstract_inverted_index": {"In": [0], "rats.": [1]},
        }
