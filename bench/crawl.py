"""How a crawl keeps to its limits: ``python -m bench.crawl [--records 10000 --records 100000] [--rate 10]``.

A loopback server answers as NCBI's E-utilities do, with invented articles (`bench.corpus`, `bench.pubmed_xml`) spread
over days, and the crawler reads them with the PubMed spider, its history server, slices and pages. Server and
crawl are processes of their own. By number of records: how many came, records a second, peak memory of the crawl.
``politeness`` is a crawl under a limit of requests a second, answered after ``--latency`` seconds: ``share`` is the
requests a second that the server saw over those allowed, and ``shortest_s`` the least time between two requests.
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import click

import config
from bench.corpus import records
from bench.pubmed_xml import article_xml

FIRST_PMID: Final = 50_000_001
_A_DAY: Final = 4_000
_TEXTS: Final = 200
_FIRST_DAY: Final = dt.date(2020, 1, 1)


class Eutils(ThreadingHTTPServer):
    """ESearch and EFetch over ``count`` articles, ``_A_DAY`` of them a day.

    Args:
        count: PMIDs go from `FIRST_PMID` on.
        latency_s: How long each answer takes, seconds.
    """

    daemon_threads = True

    def __init__(self, count: int, latency_s: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.count, self.latency_s = count, latency_s
        self.times: list[float] = []
        self._texts = [(record.identifiers.pmid, article_xml(record)) for record in records(_TEXTS)]

    def search(self, form: dict[str, str]) -> bytes:
        """Of a window by entry: what revised records there are came with the window already."""
        low, high = (_numbers(form[name], self.count) for name in ("mindate", "maxdate"))
        found = range(low.start, high.stop) if form["datetype"] == "edat" else range(0)
        shown = found[: int(form.get("retmax", 20))] if form.get("rettype") != "count" else ()
        result: dict[str, Any] = {"count": str(len(found)), "idlist": [str(FIRST_PMID + number) for number in shown]}
        result |= {"querykey": "1", "webenv": f"{found.start}-{found.stop}"}
        return json.dumps({"esearchresult": result}).encode()

    def fetch(self, form: dict[str, str]) -> bytes:
        """A page of a search."""
        start, stop = map(int, form["WebEnv"].split("-"))
        page = range(start, stop)[int(form["retstart"]) :][: int(form["retmax"])]
        return f"<PubmedArticleSet>{''.join(map(self._article, page))}</PubmedArticleSet>".encode()

    def _article(self, number: int) -> str:
        pmid, text = self._texts[number % _TEXTS]
        return text.replace(f">{pmid}<", f">{FIRST_PMID + number}<").replace(f".{pmid}<", f".{FIRST_PMID + number}<")


class _Handler(BaseHTTPRequestHandler):
    server: Eutils
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self.server.times.append(time.monotonic())
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        is_search = urlsplit(self.path).path.endswith("/esearch.fcgi")
        content = self.server.search(form) if is_search else self.server.fetch(form)
        time.sleep(self.server.latency_s)
        self.send_response(200)
        self.send_header("Content-Type", "application/json" if is_search else "text/xml")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


def _numbers(day: str, count: int) -> range:
    """The articles of a day, by number."""
    number = (dt.date.fromisoformat(day.replace("/", "-")) - _FIRST_DAY).days * _A_DAY
    return range(*(min(max(one, 0), count) for one in (number, number + _A_DAY)))


def _serve(count: int, latency_s: float, told: Connection) -> None:
    server = Eutils(count, latency_s)
    told.send(f"http://127.0.0.1:{server.server_port}")
    # The crawl has ended when the other side writes; what was seen until then is the answer.
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told.recv()
    told.send(server.times)


@contextmanager
def eutils(count: int, latency_s: float = 0.0) -> Iterator[tuple[str, Connection]]:
    """The server in a process of its own: its address, and a line that gives the times of all requests when asked."""
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_serve, args=(count, latency_s, theirs), daemon=True)
    process.start()
    try:
        yield ours.recv(), ours
    finally:
        process.kill()
        process.join()


def crawling(url: str, home: str, per_second: float, page_size: int) -> dict[str, Any]:
    """One crawl, from the first day until the last."""
    from crawler.run import crawl

    flags = {
        "home": home,
        "crawl.contact": "bench@example.org",
        "pubmed.base_url": url,
        "pubmed.requests_per_second": per_second,
        "pubmed.page_size": page_size,
        "pubmed.since": _FIRST_DAY.isoformat(),
    }
    settings = config.load(environ={}, flags=flags).settings
    began = time.perf_counter()
    (run,) = crawl(["pubmed"], settings, until=_FIRST_DAY + dt.timedelta(days=40)).runs
    took = time.perf_counter() - began
    if not run.complete:
        raise click.ClickException(f"the crawl failed: {'; '.join(run.errors)}")
    return {
        "new": run.new,
        "per_second": round(run.new / took, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _apart(*arguments: Any) -> dict[str, Any]:
    """`crawling` in a process of its own: a reactor starts once, and peak memory is a process's."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(crawling, *arguments).result()


def by_size(count: int, folder: Path) -> dict[str, Any]:
    """A crawl that no limit slows."""
    with eutils(count) as (url, _):
        return _apart(url, str(folder), 10_000.0, 200)


def politeness(rate: float, latency_s: float, folder: Path) -> dict[str, Any]:
    """A crawl of some hundred requests under a limit."""
    count, page_size = 3_000, 20
    with eutils(count, latency_s) as (url, line):
        _apart(url, str(folder), rate, page_size)
        line.send(None)
        times: list[float] = line.recv()
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return {
        "limit": rate,
        "latency_s": latency_s,
        "requests": len(times),
        "share": round(len(gaps) / (times[-1] - times[0]) / rate, 3),
        "shortest_s": round(min(gaps), 3),
    }


@click.command()
@click.option("--records", "sizes", multiple=True, type=int, default=(10_000, 100_000), show_default=True)
@click.option("--rate", default=10.0, show_default=True, help="Requests a second that are allowed.")
@click.option("--latency", default=0.05, show_default=True, help="Seconds that an answer takes.")
def main(sizes: tuple[int, ...], rate: float, latency: float) -> None:
    """Crawl a replayed provider and print the figures as JSON."""
    answer: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="cordwatch-bench-") as work:
        answer["politeness"] = politeness(rate, latency, Path(work) / "polite")
        print(json.dumps(answer["politeness"]), file=sys.stderr)
        for size in sizes:
            answer[str(size)] = by_size(size, Path(work) / str(size))
            print(size, json.dumps(answer[str(size)]), file=sys.stderr)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
