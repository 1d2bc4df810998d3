"""E-utilities over invented articles, as ESearch and EFetch answer."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field

from tests.loopback import Answer, Asked

TODAY = dt.datetime.now(dt.UTC).date()
ARTICLE = """\
<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="1">{pmid}</PMID>
<DateRevised><Year>{revised:%Y}</Year><Month>{revised:%m}</Month><Day>{revised:%d}</Day></DateRevised>
<Article PubModel="Print"><Journal><JournalIssue CitedMedium="Print"><PubDate><Year>2020</Year></PubDate></JournalIssue>
<Title>Annals of Invented Medicine</Title></Journal><ArticleTitle>{title}</ArticleTitle>
<PublicationTypeList><PublicationType UI="D016428">Journal Article</PublicationType></PublicationTypeList>
</Article></MedlineCitation></PubmedArticle>"""


@dataclass
class Paper:
    """An article with the dates that PubMed searches by."""

    pmid: str
    entered: dt.date
    revised: dt.date
    title: str = "Invented cells in an invented cord"

    def xml(self) -> str:
        return ARTICLE.format(pmid=self.pmid, revised=self.revised, title=self.title)


@dataclass
class EutilsWorld:
    """The papers, and how the provider gives them."""

    papers: dict[str, Paper] = field(default_factory=dict)
    withheld: set[str] = field(default_factory=set)
    """PMIDs that a search names and no fetch brings."""
    with_history: bool = True

    def add(self, pmid: str, day: dt.date, **more: object) -> Paper:
        paper = Paper(pmid, entered=day, revised=day, **more)  # type: ignore[arg-type]
        self.papers[pmid] = paper
        return paper

    def answer(self, asked: Asked) -> Answer | None:
        if asked.path.endswith("/esearch.fcgi"):
            return self._esearch(asked.parameters)
        if asked.path.endswith("/efetch.fcgi") and asked.method == "POST":
            return self._efetch(asked.parameters)
        return None

    def _found(self, datetype: str, low: str, high: str) -> list[str]:
        dates = {pmid: paper.revised if datetype == "mdat" else paper.entered for pmid, paper in self.papers.items()}
        return [pmid for pmid, date in dates.items() if low <= f"{date:%Y/%m/%d}" <= high]

    def _esearch(self, asked: dict[str, str]) -> Answer:
        window = [asked.get(name, "") for name in ("datetype", "mindate", "maxdate")]
        found = self._found(*window)
        page = [] if asked.get("rettype") == "count" else found[: min(int(asked.get("retmax", 20)), 10_000)]
        result: dict[str, object] = {"count": str(len(found)), "retmax": str(len(page)), "idlist": page}
        if asked.get("usehistory") == "y" and self.with_history:
            result |= {"querykey": "1", "webenv": "|".join(window)}
        return Answer(json.dumps({"esearchresult": result}).encode(), "application/json; charset=UTF-8")

    def _efetch(self, asked: dict[str, str]) -> Answer:
        pmids = asked["id"].split(",") if "id" in asked else self._found(*asked["WebEnv"].split("|"))
        start = int(asked.get("retstart", 0))
        page = [pmid for pmid in pmids[start : start + int(asked.get("retmax", 10_000))] if pmid not in self.withheld]
        articles = "\n".join(self.papers[pmid].xml() for pmid in page)
        return Answer(f'<?xml version="1.0" ?>\n<PubmedArticleSet>\n{articles}\n</PubmedArticleSet>'.encode())
