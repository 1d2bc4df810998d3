"""Newsrooms with feeds of every kind, and the pages behind them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

from tests.loopback import Answer, Asked

STORIES = {
    "rats": "Stem cell graft helps injured rats",
    "trial": "Trial of cells for spinal cord injury begins",
    "fish": "Spinal cord of fish mends itself",
    "cup": "Football cup goes to penalties",
}
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta property="og:title" content="{title}"><meta property="og:site_name" content="Invented Newsroom">
<script type="application/ld+json">{{"@type": "NewsArticle", "datePublished": "2024-04-18"}}</script></head>
<body><nav><a href="/">Home</a></nav><article><h1>{title}</h1>
<p>The long report on {name} tells in its first paragraph what the researchers of an invented institute have done.</p>
<p>The paper, <a href="https://doi.org/10.5555/invented.{name}">in a journal</a>, has PMID: 99100001, and the trial is
registered as NCT99000004. The second paragraph goes on for a while, so that there is a text to be found.</p>
</article><footer><p>All rights reserved.</p></footer></body></html>"""


@dataclass
class PressWorld:
    """Stories by their feed, and what robots.txt says."""

    feeds: dict[str, list[str]] = field(
        default_factory=lambda: {"rss": ["rats"], "atom": ["trial"], "rdf": ["fish"], "json": ["cup"]}
    )
    robots: str = "User-agent: *\nDisallow: /private/\n"
    gone: set[str] = field(default_factory=set)
    note: str = ""
    """Stands in every item of the RSS feed: another one changes the items."""

    def answer(self, asked: Asked) -> Answer | None:
        name = asked.path.rsplit("/", 1)[-1]
        if name == "robots.txt":
            return Answer(self.robots.encode(), "text/plain")
        if asked.path.startswith("/feeds/"):
            return self._feed(name, asked.headers)
        if name not in STORIES or name in self.gone:
            return None
        return Answer(PAGE.format(title=STORIES[name], name=name).encode(), "text/html; charset=utf-8")

    def _feed(self, name: str, headers: dict[str, str]) -> Answer:
        host = headers["Host"]
        links = [(story, f"http://{host}/news/{story}") for story in self.feeds[name]]
        content = getattr(self, f"_{name}")(links).encode()
        tag = f'"{hashlib.sha256(content).hexdigest()[:12]}"'
        date = "Wed, 01 May 2024 08:00:00 GMT"
        known = headers.get("If-None-Match"), headers.get("If-Modified-Since")
        marks = (("ETag", tag), ("Last-Modified", date))
        if known == (tag, date):
            return Answer(b"", status=304, headers=marks)
        return Answer(content, "application/json" if name == "json" else "application/xml", headers=marks)

    def _rss(self, links: list[tuple[str, str]]) -> str:
        items = "".join(
            f"<item><title>{STORIES[name]}</title><link>{link}?utm_source=rss</link><guid>{name}</guid>"
            "<pubDate>Fri, 03 Oct 2025 08:00:00 +0000</pubDate>"
            f"<description>In short: {name}.{self.note}</description></item>"
            for name, link in links
        )
        return f'<rss version="2.0"><channel><title>Invented Daily</title>{items}</channel></rss>'

    def _atom(self, links: list[tuple[str, str]]) -> str:
        entries = "".join(
            f'<entry><id>{name}</id><title>{STORIES[name]}</title><link href="{link}"/><author><name>Robin Marsh</name>'
            "</author><updated>2025-10-04T08:00:00Z</updated></entry>"
            for name, link in links
        )
        return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Invented University</title>{entries}</feed>'

    def _rdf(self, links: list[tuple[str, str]]) -> str:
        items = "".join(
            f'<item rdf:about="{link}"><title>{STORIES[name]}</title><link>{link}</link></item>' for name, link in links
        )
        return (
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
            f"<channel><title>Invented Review</title></channel>{items}</rdf:RDF>"
        )

    def _json(self, links: list[tuple[str, str]]) -> str:
        items = [{"id": name, "url": link, "title": STORIES[name]} for name, link in links]
        return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Invented Wire", "items": items})
