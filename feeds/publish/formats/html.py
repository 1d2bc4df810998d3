"""A page a topic, and one that lists them: no scripts, nothing from elsewhere."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from feeds.publish.types import Channel, Site

NAME: Final = "HTML"
SUFFIX: Final = ".html"
MEDIA_TYPE: Final = "text/html; charset=utf-8"
INDEX: Final = "index.html"


def render(channel: Channel, site: Site) -> bytes:
    """The page of a topic."""
    return _page("topic.html.j2", channel=channel, site=site)


def render_index(site: Site) -> bytes:
    """The page that lists all topics."""
    return _page("index.html.j2", site=site)


def _page(template: str, **values: Any) -> bytes:
    page: str = _environment().get_template(template).render(**values)
    return page.encode() + b"\n"


@cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("feeds.publish", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
