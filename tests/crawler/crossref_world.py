"""Crossref's works over invented ones, and notices about them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from tests.crawler.worlds import PagedWorld, json_answer
from tests.loopback import Answer, Asked

_DATES = re.compile(r"from-index-date:([\d-]+),until-index-date:([\d-]+)")


def date(day: str) -> dict[str, Any]:
    return {"date-parts": [[int(part) for part in day.split("-")]]}


@dataclass
class CrossrefWorld(PagedWorld):
    """The last page has a cursor too, which leads to an empty one."""

    source: ClassVar[str] = "crossref"
    path: ClassVar[str] = "/works"
    notices: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Number → work with ``update-to``, indexed on the first of May 2024."""
    limit: str = ""
    """Requests a second that the answers' headers allow."""

    def settings(self, base_url: str) -> dict[str, Any]:
        rate = {"requests_per_second": 500.0, "since": "2024-01-01"}
        return {"base_url": base_url, "page_size": 3, "updates": [], **rate}

    def uid(self, number: str) -> str:
        return f"crossref:10.5555/{number}"

    def window_of(self, asked: Asked) -> tuple[str, str]:
        found = _DATES.search(asked.parameters["filter"])
        assert found
        return found[1], found[2]

    def page(self, asked: Asked) -> Answer:
        fields = asked.parameters
        assert fields["mailto"] == "tests@example.org"
        low, high = self.window_of(asked)
        if "is-update:true" in fields["filter"]:
            found = sorted(self.notices) if low <= "2024-05-01" <= high else []
        else:
            assert "type:journal-article" in fields["filter"]
            found = self.between(low, high)
        page, cursor = self.cut(found, fields["cursor"], int(fields["rows"]))
        cursor = cursor or (f"at-{len(found)}" if page and not self.unhelpful else "")
        items = [self.notices.get(number) or self._work(number) for number in page]
        message = {"total-results": self.count(found), "items": items, "next-cursor": cursor}
        answer = json_answer({"status": "ok", "message-type": "work-list", "message": message})
        limits = (("X-Rate-Limit-Limit", self.limit), ("X-Rate-Limit-Interval", "1s"))
        return replace(answer, headers=limits if self.limit else ())

    def _work(self, number: str) -> dict[str, Any]:
        changed, title = self.works[number]
        return {
            "DOI": f"10.5555/{number}",
            "type": "journal-article",
            "title": title if number == self.broken else [title],
            "issued": {"date-parts": [[None]]},
            "published-print": date("2023-05-01"),
            "deposited": date(changed.isoformat()),
            "is-referenced-by-count": 3,
        }
