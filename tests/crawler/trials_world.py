"""ClinicalTrials.gov's API, version 2, over invented studies."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.loopback import Answer, Asked


def study(number: str, updated: str, status: str = "RECRUITING") -> dict[str, Any]:
    return {
        "protocolSection": {
            "identificationModule": {"nctId": number, "briefTitle": f"Invented cells, study {number[-2:]}"},
            "statusModule": {
                "overallStatus": status,
                "studyFirstPostDateStruct": {"date": "2020-01-01", "type": "ACTUAL"},
                "lastUpdatePostDateStruct": {"date": updated, "type": "ACTUAL"},
            },
        }
    }


@dataclass
class TrialsWorld:
    """The studies, and how far the registry's data go."""

    studies: dict[str, dict[str, Any]] = field(default_factory=dict)
    timestamp: str = "2025-06-30T09:00:05"
    unhelpful: str = ""
    """``repeats``: the last page points to the first one; ``endless``: always to another, with the same studies."""
    delay_s: float = 0.01
    """``Crawl-delay`` of robots.txt; the real one is 1."""
    claimed: int = 0
    """Studies that the registry counts, and does not give."""

    def add(self, number: str, updated: str, status: str = "RECRUITING") -> None:
        self.studies[number] = study(number, updated, status)

    def answer(self, asked: Asked) -> Answer | None:
        if asked.path == "/robots.txt":
            return Answer(b"User-agent: *\nCrawl-delay: %g\n" % self.delay_s, "text/plain")
        if asked.path.endswith("/version"):
            return _json({"apiVersion": "2.0.5", "dataTimestamp": self.timestamp})
        return _json(self._page(asked.parameters)) if asked.path.endswith("/studies") else None

    def _page(self, asked: dict[str, str]) -> dict[str, Any]:
        low = re.search(r"AREA\[LastUpdatePostDate\]RANGE\[([\d-]+),MAX\]", asked.get("filter.advanced", ""))
        found = sorted((one for one in self.studies.values() if not low or _updated(one) >= low[1]), key=_updated)
        size = min(int(asked.get("pageSize", 10)), 1000)
        token = asked.get("pageToken", "")
        start = int(token.split("-")[1]) if token else 0
        page: dict[str, Any] = {"studies": found[start : start + size]}
        if not token and asked.get("countTotal") == "true":
            page["totalCount"] = len(found) + self.claimed
        if start + size < len(found):
            page["nextPageToken"] = f"page-{start + size}"
        elif self.unhelpful:
            turn = int(token.split("-")[2]) + 1 if token.count("-") == 2 else 1
            page["nextPageToken"] = "page-0" if self.unhelpful == "repeats" else f"page-{start}-{turn}"
        return page


def _updated(study: dict[str, Any]) -> str:
    date: str = study["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"]["date"]
    return date


def _json(value: object) -> Answer:
    return Answer(json.dumps(value).encode(), "application/json; charset=utf-8")
