"""Atom 1.0 (RFC 4287)."""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element

from feeds.publish.markup import child, paragraphs, to_bytes
from feeds.publish.types import Channel, Entry, Site

NAME: Final = "Atom"
SUFFIX: Final = ".atom"
MEDIA_TYPE: Final = "application/atom+xml"
_NAMESPACE: Final = "http://www.w3.org/2005/Atom"


def render(channel: Channel, site: Site) -> bytes:
    """The feed."""
    feed = Element("feed", {"xmlns": _NAMESPACE, "xml:lang": "en"})
    child(feed, "id", channel.id)
    child(feed, "title", f"{site.title}: {channel.title}")
    if channel.description:
        child(feed, "subtitle", channel.description)
    child(feed, "updated", channel.updated.isoformat(timespec="seconds"))
    child(child(feed, "author"), "name", site.title)
    if site.base_url:
        child(feed, "link", rel="self", type=MEDIA_TYPE, href=f"{site.base_url}{channel.name}{SUFFIX}")
        child(feed, "link", rel="alternate", type="text/html", href=f"{site.base_url}{channel.name}.html")
    child(feed, "generator", "Cordwatch")
    for entry in channel.entries:
        _entry(feed, entry)
    return to_bytes(feed)


def _entry(feed: Element, entry: Entry) -> None:
    element = child(feed, "entry")
    child(element, "id", entry.id)
    child(element, "title", entry.title, type="text")
    child(element, "updated", entry.updated.isoformat(timespec="seconds"))
    child(element, "published", entry.announced.isoformat(timespec="seconds"))
    if entry.url:
        child(element, "link", rel="alternate", href=entry.url)
    child(element, "category", term=entry.kind)
    if entry.status != "current":
        child(element, "category", term=entry.status)
    # An entry without a link must have content (RFC 4287, 4.1.2), so all have it.
    child(element, "content", paragraphs(entry), type="html")
