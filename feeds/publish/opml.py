"""OPML 2.0: the list of all feeds, for a feed reader to take in at once."""

from __future__ import annotations

from email.utils import format_datetime
from typing import Final
from xml.etree.ElementTree import Element

from feeds.publish.markup import child, to_bytes
from feeds.publish.types import Site

NAME: Final = "topics.opml"
MEDIA_TYPE: Final = "text/x-opml"


def render(site: Site) -> bytes:
    """The list, one outline a topic; of a site that knows its address."""
    opml = Element("opml", {"version": "2.0"})
    head = child(opml, "head")
    child(head, "title", site.title)
    if moments := [channel.updated for channel in site.channels if channel.entries]:
        child(head, "dateModified", format_datetime(max(moments)))
    body = child(opml, "body")
    for channel in site.channels:
        base = f"{site.base_url}{channel.name}"
        attributes = {"type": "rss", "text": channel.title, "title": channel.title, "description": channel.description}
        child(body, "outline", **attributes, xmlUrl=f"{base}.atom", htmlUrl=f"{base}.html")
    return to_bytes(opml)
