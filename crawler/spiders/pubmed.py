"""PubMed through NCBI's E-utilities (NLM, "E-utilities In-Depth": ESearch, EFetch, history server)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncIterator, Callable, Iterable
from functools import partial
from typing import ClassVar, Final, TypeVar

import msgspec

from config import Settings
from crawler.failures import UnreadableError
from crawler.items import Fetched, Item, Rejected, WindowDone
from crawler.parsers.eutils import SearchResult, error_in, parse_esearch
from crawler.parsers.pubmed import SOURCE, parse_pubmed
from crawler.spiders.base import SourceSpider
from crawler.windows import Coverage, halves
from records.errors import ParseError, SourceError

DATE_TYPES: Final = ("edat", "mdat")
"""New records by the day they entered PubMed, revised ones by the day of their revision."""
FAILURES_BORNE: Final = 3
"""After so many slices without an answer the rest is left to the next crawl."""

_WHOLE: Final = re.compile(rb"<(?:/[A-Za-z]*Set|[A-Za-z]*Set\s*/)>\s*\Z")

T = TypeVar("T")


class PubmedSpider(SourceSpider):
    """Papers, books and notices from PubMed, through NCBI E-utilities.

    The window is divided by date until each slice holds no more than a search may show. A slice is done when every
    PMID of its search has come; the days of finished slices are kept, so that an interrupted crawl, or one with a
    slice that fails, goes on with what is missing. The watermark moves when the window has no gap.
    """

    name = SOURCE
    default_base_url = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
    # E-utilities are made for programs and have rules of their own: rate, tool, email, api_key.
    obeys_robots: ClassVar[bool] = False
    # An EFetch takes longer than the time after which NCBI allows the next one.
    concurrency: ClassVar[int] = 3

    @classmethod
    def requests_per_second(cls, settings: Settings) -> float:
        """What NCBI allows, unless set otherwise: 3, or 10 with a key."""
        return settings.pubmed.requests_per_second or (10.0 if settings.pubmed.api_key else 3.0)

    async def collect(self) -> AsyncIterator[Item]:
        """Read what is new and what was revised, slice by slice."""
        self._unanswered = 0
        self._read = {datetype: self._stored_days(datetype) for datetype in DATE_TYPES}
        for datetype in DATE_TYPES:
            for first, last in self._read[datetype].gaps(self._first_day(datetype), self.until):
                async for item in self._days(datetype, first, last):
                    yield item

    def finish(self) -> Iterable[WindowDone]:
        """Move the watermark to the window's end, where no gap would stay behind it."""
        stored = self.stored.watermark if self._same_query() else ""
        if self.report.failed or (self.since and stored and self.since.isoformat() > stored):
            return
        watermark = max(stored, self.reached(self.until).isoformat())
        yield WindowDone(source=SOURCE, watermark=watermark, state={"query": self._query()})

    def _query(self) -> str:
        query: str = self.cordwatch.pubmed.query
        return query

    def _same_query(self) -> bool:
        """A changed query begins from the first day again."""
        return self.stored.state.get("query", self._query()) == self._query()

    def _stored_days(self, datetype: str) -> Coverage:
        return Coverage.decode(self.stored.state.get(datetype, "")) if self._same_query() else Coverage()

    def _begun(self) -> dt.date:
        """Day on which the first crawl of this query began: what it brought may have been revised since then."""
        text = self.stored.state.get("begun", "") if self._same_query() else ""
        return dt.date.fromisoformat(text) if text else self.until

    def _first_day(self, datetype: str) -> dt.date:
        if self.stored.watermark and self._same_query():
            return self.window_start(self.until)
        if datetype == "edat":
            return self.since or dt.date.fromisoformat(self.cordwatch.pubmed.since)
        return self._begun() - dt.timedelta(days=self.cordwatch.crawl.overlap_days)

    async def _days(self, datetype: str, first: dt.date, last: dt.date) -> AsyncIterator[Item]:
        """Read a range of days, divided as far as needed."""
        if self._unanswered >= FAILURES_BORNE:
            return
        where = f"{datetype} {first} to {last}"
        try:
            found = await self._search(datetype, first, last, rettype="count")
            most = self.cordwatch.pubmed.slice_records
            if found.count >= most and first < last:
                for part in halves(first, last):
                    async for item in self._days(datetype, *part):
                        yield item
                return
            if found.count >= most:
                self.fail(
                    f"{where}: {found.count} records on one day, more than a search shows; make pubmed.query narrower",
                    holds_window=False,
                )
                return
            missing = set[str]()
            if found.count:
                found = await self._search(datetype, first, last, usehistory="y", retmax=str(most))
                async for item in self._records(found, missing):
                    yield item
        except SourceError as error:
            self._unanswered += 1
            self.fail(f"{where}: {error.message}", holds_window=False)
            return
        if missing:
            self.fail(f"{where}: {_some(missing)} of {found.count} records did not come", holds_window=False)
            return
        yield self._progress(datetype, first, last)

    def _progress(self, datetype: str, first: dt.date, last: dt.date) -> WindowDone:
        """Keep which days need not be read again: those that PubMed adds nothing to any more."""
        settled = self.reached(self.until) - dt.timedelta(days=max(self.cordwatch.crawl.overlap_days, 1))
        self._read[datetype].add(first, min(last, settled))
        state = {name: days.encode() for name, days in self._read.items()}
        state |= {"query": self._query(), "begun": self._begun().isoformat()}
        watermark = self.stored.watermark if self._same_query() else ""
        return WindowDone(source=SOURCE, watermark=watermark, state=state)

    async def _records(self, found: SearchResult, missing: set[str]) -> AsyncIterator[Item]:
        """The records of a search; those of its PMIDs that the history server kept back are asked for by name.

        Args:
            found: The search, with its PMIDs and its place on the history server.
            missing: Filled with the PMIDs that did not come.
        """
        size = self.cordwatch.pubmed.page_size
        came: set[str] = set()
        place = {"WebEnv": found.webenv, "query_key": found.query_key, "retmax": str(size)}
        pages = (place | {"retstart": str(start)} for start in range(0, found.count, size))
        async for items in self.in_order(partial(self._fetch_page, page) for page in pages):
            for item in items:
                came.add(_pmid(item))
                yield item
        wanted = [pmid for pmid in found.pmids if pmid not in came]
        for start in range(0, len(wanted), size):
            for item in await self._fetch_page({"id": ",".join(wanted[start : start + size])}):
                came.add(_pmid(item))
                yield item
        missing.update(set(found.pmids) - came)
        if len(found.pmids) < found.count:
            # Without a list of all PMIDs only the number can be held against the search.
            missing.update(f"?{number}" for number in range(found.count - len(came - {""})))

    async def _fetch_page(self, form: dict[str, str]) -> list[Item]:
        """Records of an EFetch; an answer that stays unreadable is quarantined and brings none."""
        url = f"{self.base_url}/efetch.fcgi"
        try:
            items = await self._ask("efetch.fcgi", form | {"retmode": "xml"}, _read_page)
        except UnreadableError as error:
            return [Rejected(source=SOURCE, reason=error.message, payload=error.payload)]
        return [_addressed(item, url) for item in items]

    async def _search(self, datetype: str, first: dt.date, last: dt.date, **more: str) -> SearchResult:
        form = {
            "term": self._query(),
            "datetype": datetype,
            "mindate": f"{first:%Y/%m/%d}",
            "maxdate": f"{last:%Y/%m/%d}",
            "retmode": "json",
            **more,
        }
        return await self._ask("esearch.fcgi", form, parse_esearch)

    async def _ask(self, program: str, form: dict[str, str], read: Callable[[bytes], T]) -> T:
        """What an E-utility answers, asked again while its answer cannot be read.

        By POST: queries are long, and the key stays out of addresses and logs.
        """
        contact = self.cordwatch.crawl.contact
        fields = {
            "db": "pubmed",
            "tool": "cordwatch",
            "email": contact if "@" in contact else "",
            "api_key": self.cordwatch.pubmed.api_key,
            **form,
        }
        request = self.request(
            f"{self.base_url}/{program}", self.parse, form={name: value for name, value in fields.items() if value}
        )
        return await self.fetch_parsed(request, lambda response: read(response.body))


def _read_page(content: bytes) -> list[Item]:
    problem = error_in(content[:2000])
    if problem:
        raise ParseError(problem)
    items = list(parse_pubmed(content))
    if not _WHOLE.search(content[-200:]):
        raise ParseError("the answer is cut short: its last element is never closed")
    return items


def _pmid(item: Item) -> str:
    return item.record.source_id if isinstance(item, Fetched) else item.source_id if isinstance(item, Rejected) else ""


def _addressed(item: Item, url: str) -> Item:
    """Each record with an address of its own, without secrets."""
    if isinstance(item, Fetched):
        own = f"{url}?db=pubmed&id={item.record.source_id}&retmode=xml"
        return msgspec.structs.replace(item, payload=msgspec.structs.replace(item.payload, url=own))
    if isinstance(item, Rejected):
        return msgspec.structs.replace(item, payload=msgspec.structs.replace(item.payload, url=url))
    return item


def _some(pmids: set[str]) -> str:
    named = sorted(pmid for pmid in pmids if not pmid.startswith("?"))
    shown = ", ".join(named[:5]) + (" …" if len(named) > 5 else "")
    return f"{len(pmids)} (PMID {shown})" if named else str(len(pmids))
