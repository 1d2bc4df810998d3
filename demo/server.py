"""A loopback server that answers as the providers do, from the sample payloads.

It serves the E-utilities (``/eutils``), ClinicalTrials.gov version 2 (``/api/v2``) and three press feeds with their
pages (``/press``). The sample world has two days: on the second a trial paper appears, a study is retracted and
registrations change.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

SAMPLES: Final = files("demo") / "samples"
_PMID: Final = re.compile(r"<PMID[^>]*>(\d+)</PMID>")
_DATE: Final = re.compile(r"<Year>(\d+)</Year><Month>(\d+)</Month><Day>(\d+)</Day>")
_MEDIA: Final = {"html": "text/html; charset=utf-8", "rss": "application/rss+xml", "atom": "application/atom+xml"}


class World:
    """The sample payloads as they stand on one day.

    Args:
        day: 1 or 2.
    """

    def __init__(self, day: int) -> None:
        self.day = day

    @cached_property
    def articles(self) -> dict[str, str]:
        """PMID → its ``PubmedArticle`` element; a later day's version replaces an earlier one."""
        found: dict[str, str] = {}
        for day in range(1, self.day + 1):
            text = (SAMPLES / f"pubmed-day{day}.xml").read_text(encoding="utf-8")
            for element in re.findall(r"<PubmedArticle>.*?</PubmedArticle>", text, re.DOTALL):
                found[_PMID.findall(element)[0]] = element
        return found

    @cached_property
    def studies(self) -> list[dict[str, Any]]:
        """Studies, oldest update first."""
        found: dict[str, dict[str, Any]] = {}
        for day in range(1, self.day + 1):
            page = json.loads((SAMPLES / f"clinicaltrials-day{day}.json").read_text(encoding="utf-8"))
            found |= {study["protocolSection"]["identificationModule"]["nctId"]: study for study in page["studies"]}
        return sorted(found.values(), key=last_update)

    @cached_property
    def news(self) -> frozenset[str]:
        """PMIDs and NCT numbers that are new or changed on day 2: for a provider they carry today's date."""
        if self.day == 1:
            return frozenset()
        articles = (SAMPLES / "pubmed-day2.xml").read_text(encoding="utf-8")
        studies = (SAMPLES / "clinicaltrials-day2.json").read_text(encoding="utf-8")
        return frozenset(re.findall(r"<MedlineCitation[^>]*>\s*<PMID[^>]*>(\d+)", articles)) | frozenset(
            re.findall(r'"nctId": "(NCT\d+)"', studies)
        )

    def find_articles(self, parameters: dict[str, str]) -> list[str]:
        """PMIDs whose entrez (``edat``) or revision (``mdat``) date lies in the asked window."""
        revised = parameters.get("datetype") == "mdat"
        low = _day(parameters.get("mindate", "1000"))
        high = _day(parameters.get("maxdate", "3000/12/31"))
        return [pmid for pmid in self.articles if low <= self._article_date(pmid, revised=revised) <= high]

    def _article_date(self, pmid: str, *, revised: bool) -> tuple[int, ...]:
        is_new = pmid in self.news and pmid not in World(1).articles
        if is_new or (revised and pmid in self.news):
            return _today()
        return _date_in(self.articles[pmid], "DateRevised" if revised else 'PubMedPubDate PubStatus="entrez"')

    def study_date(self, study: dict[str, Any]) -> str:
        """``LastUpdatePostDate`` as the provider's filter sees it, ISO."""
        number: str = study["protocolSection"]["identificationModule"]["nctId"]
        return dt.datetime.now(dt.UTC).date().isoformat() if number in self.news else last_update(study)


def last_update(study: dict[str, Any]) -> str:
    """``LastUpdatePostDate`` of a study, ISO."""
    date: str = study["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"]["date"]
    return date


def _date_in(element: str, block: str) -> tuple[int, ...]:
    start = element.index(f"<{block}")
    match = _DATE.search(element, start)
    return tuple(int(part) for part in match.groups()) if match else (0,)


def _today() -> tuple[int, ...]:
    return tuple(dt.datetime.now(dt.UTC).timetuple()[:3])


def _day(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("/"))


class Handler(BaseHTTPRequestHandler):
    """Routes requests to the sample world of ``server.world``."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a request without a body."""
        url = urlsplit(self.path)
        self._route(url.path, dict(parse_qsl(url.query)))

    def do_POST(self) -> None:
        """Answer a form."""
        form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self._route(urlsplit(self.path).path, dict(parse_qsl(form)))

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet: the spiders report."""

    def _route(self, path: str, parameters: dict[str, str]) -> None:
        world = self.server.world
        if path == "/robots.txt":
            self._send("User-agent: *\nAllow: /\n", "text/plain")
        elif path.endswith("/esearch.fcgi"):
            self._send(*esearch(world, parameters))
        elif path.endswith("/efetch.fcgi"):
            self._send(efetch(world, parameters), "text/xml; charset=UTF-8")
        elif path == "/api/v2/version":
            stamp = f"2026-{8 + world.day:02d}-20T09:00:05"
            self._send(json.dumps({"apiVersion": "2.0.5", "dataTimestamp": stamp}), "application/json")
        elif path == "/api/v2/studies":
            self._send(json.dumps(studies_page(world, parameters)), "application/json")
        elif path.startswith("/press/"):
            self._press(path.removeprefix("/press/"))
        else:
            self._send("not found", "text/plain", status=404)

    def _press(self, name: str) -> None:
        feed = SAMPLES / "press" / f"day{self.server.world.day}" / name
        page = SAMPLES / "press" / name
        source = feed if feed.is_file() else page
        if "/" in name or not source.is_file():
            self._send("not found", "text/plain", status=404)
            return
        text = source.read_text(encoding="utf-8").replace("{base}", self.server.base_url)
        self._send(text, _MEDIA.get(name.rsplit(".", 1)[-1], "application/json"))

    def _send(self, text: str, media_type: str, *, status: int = 200) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def esearch(world: World, parameters: dict[str, str]) -> tuple[str, str]:
    """An ESearch answer: ``(body, media type)``."""
    found = world.find_articles(parameters)
    start, size = int(parameters.get("retstart", 0)), int(parameters.get("retmax", 20))
    page = [] if parameters.get("rettype") == "count" else found[start : start + size]
    # The history server's key is the window itself, so that any later fetch can be answered.
    key = ",".join(parameters.get(name, "") for name in ("datetype", "mindate", "maxdate"))
    if parameters.get("retmode") == "json":
        result = {
            "count": str(len(found)),
            "retmax": str(len(page)),
            "retstart": str(start),
            "querykey": "1",
            "webenv": key,
            "idlist": page,
        }
        return json.dumps({"header": {"type": "esearch", "version": "0.3"}, "esearchresult": result}), (
            "application/json; charset=UTF-8"
        )
    ids = "".join(f"<Id>{pmid}</Id>" for pmid in page)
    return (
        '<?xml version="1.0" encoding="UTF-8" ?>\n<eSearchResult>'
        f"<Count>{len(found)}</Count><RetMax>{len(page)}</RetMax><RetStart>{start}</RetStart>"
        f"<QueryKey>1</QueryKey><WebEnv>{escape(key)}</WebEnv><IdList>{ids}</IdList></eSearchResult>\n"
    ), "text/xml; charset=UTF-8"


def efetch(world: World, parameters: dict[str, str]) -> str:
    """An EFetch answer: a ``PubmedArticleSet``."""
    if "id" in parameters:
        pmids = parameters["id"].split(",")
    else:
        names = ("datetype", "mindate", "maxdate")
        window = dict(zip(names, parameters["WebEnv"].split(","), strict=True))
        pmids = world.find_articles({name: value for name, value in window.items() if value})
    start = int(parameters.get("retstart", 0))
    page = pmids[start : start + int(parameters.get("retmax", 10_000))]
    articles = "\n".join(world.articles[pmid] for pmid in page if pmid in world.articles)
    return f'<?xml version="1.0" ?>\n<PubmedArticleSet>\n{articles}\n</PubmedArticleSet>\n'


def studies_page(world: World, parameters: dict[str, str]) -> dict[str, Any]:
    """A page of ``/studies``."""
    window = re.search(r"RANGE\[([^,\]]+),\s*([^\]]+)\]", parameters.get("filter.advanced", ""))
    low, high = window.groups() if window else ("MIN", "MAX")
    found = [
        study
        for study in world.studies
        if (low == "MIN" or world.study_date(study) >= low) and (high == "MAX" or world.study_date(study) <= high)
    ]
    start, size = int(parameters.get("pageToken", 0)), int(parameters.get("pageSize", 10))
    page: dict[str, Any] = {"studies": found[start : start + size]}
    if parameters.get("countTotal") == "true" and not start:
        page["totalCount"] = len(found)
    if start + size < len(found):
        page["nextPageToken"] = str(start + size)
    return page


class Server(ThreadingHTTPServer):
    """The sample providers on a free loopback port; ``day`` may be set while it runs."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.world = World(1)

    @property
    def base_url(self) -> str:
        """``http://127.0.0.1:PORT``."""
        return f"http://127.0.0.1:{self.server_port}"

    def go_to(self, day: int) -> None:
        """Let it be day 1 or day 2."""
        self.world = World(day)


@contextmanager
def running() -> Iterator[Server]:
    """A server that answers until the block ends."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, name="sample-providers", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
