"""Turns what a digest holds into pieces of HTML and of plain text. What many readers share is rendered once."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from feeds.digests.changes import ReaderChange
from feeds.digests.chart import Chart
from feeds.digests.content import Content, Why
from feeds.digests.items import WorkItem
from feeds.digests.sources import Trouble
from feeds.digests.styles import CSS, KIND_COLOURS, SHEET
from feeds.mail.draft import Piece, Shared, part_hash

CHART_CID: Final = "chart@cordwatch"
_WIDTH: Final = 72
_KEPT_PIECES: Final = 200_000


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What stands around the items. All text is clean; nothing is escaped yet."""

    subject: str
    summary: str
    """``7 new works, 1 retraction``."""
    date: str
    """In the reader's time zone."""
    topics: tuple[str, ...]
    """Titles."""
    items: int
    left: int
    shared: bool
    """Whether another digest to the address may bring what is left."""
    troubles: tuple[Trouble, ...]
    address: str
    when: str
    """``07:00 Asia/Tokyo, daily``."""
    token: str
    link: str
    """Where to unsubscribe; empty without ``digest.public_url``."""
    mailto: str
    mailbox: str


class Pieces(msgspec.Struct, kw_only=True):
    """The two bodies of a digest, in pieces."""

    html: list[Piece] = []
    text: list[Piece] = []

    def add(self, html: Piece, text: Piece) -> None:
        """Put something at the end of both."""
        self.html.append(html)
        self.text.append(text)


class _Rendered(msgspec.Struct, frozen=True, kw_only=True):
    html: Shared
    text: Shared
    size: int


class Renderer:
    """Renders digests of one run.

    It keeps everything that it has rendered for several readers under its hash in ``parts``.
    """

    def __init__(self) -> None:
        loader = PackageLoader("feeds.digests", "templates")
        self._html = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
        self._html.globals.update(css=CSS, colours=KIND_COLOURS, sheet=Markup(SHEET))  # noqa: S704 - our own constant
        # Plain text has nothing to escape; what could do harm in it was taken out before.
        self._text = Environment(loader=loader, autoescape=False, undefined=StrictUndefined)  # noqa: S701
        self._text.filters["wrapped"] = _wrapped
        self._shared: dict[tuple[str, object], _Rendered] = {}
        self.parts: dict[bytes, bytes] = {}

    def item(self, item: WorkItem) -> _Rendered:
        """A new work."""
        return self._share("item", item.uid, item=item)

    def why(self, why: Why) -> _Rendered:
        """Why it is here."""
        return self._share("why", why, why=why)

    def keep(self, content: bytes) -> bytes:
        """Keep a part; gives its hash."""
        name = part_hash(content)
        self.parts[name] = content
        return name

    def digest(self, page: Page, content: Content, chart: Chart | None, chart_topic: str) -> Pieces:
        """Both bodies of a digest."""
        pieces = Pieces()
        given: dict[str, object] = {"page": page, "chart": chart, "chart_topic": chart_topic, "chart_cid": CHART_CID}
        pieces.add(self._render("html", "head", given), self._render("txt", "head", given))
        waiting = iter(content.items)
        for size in content.stories:
            for rendered in self._story(list(islice(waiting, size))):
                pieces.add(rendered.html, rendered.text)
        shown = sorted(map(_shown, content.changes), key=lambda change: not change["serious"])
        given = {"page": page, "changes": shown}
        pieces.add(self._render("html", "tail", given), self._render("txt", "tail", given))
        return pieces

    def _story(self, works: Sequence[tuple[WorkItem, Why]]) -> Iterator[_Rendered]:
        """A work, and under it those that are about it."""
        for place, (item, why) in enumerate(works):
            if place == 1:
                yield self._share("story", "begin", begin=True)
            yield self.item(item)
            yield self.why(why)
        if len(works) > 1:
            yield self._share("story", "end", begin=False)

    def _share(self, template: str, key: object, **given: object) -> _Rendered:
        found = self._shared.get((template, key))
        if found is None:
            if len(self._shared) > _KEPT_PIECES:
                self._shared.clear()
            html, text = (self._render(form, template, given).encode() for form in ("html", "txt"))
            found = _Rendered(html=Shared(self.keep(html)), text=Shared(self.keep(text)), size=len(html) + len(text))
            self._shared[template, key] = found
        return found

    def _render(self, form: str, template: str, given: Mapping[str, object]) -> str:
        environment = self._html if form == "html" else self._text
        return environment.get_template(f"{template}.{form}.j2").render(given)


def _shown(change: ReaderChange) -> dict[str, object]:
    return {
        "serious": change.is_serious,
        "what": change.what,
        "detail": change.detail,
        "title": change.item.title,
        "url": change.url,
        "told": change.told,
    }


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
