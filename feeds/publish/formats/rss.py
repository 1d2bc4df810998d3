"""RSS 2.0 with the Atom self link, as the RSS Advisory Board's profile recommends."""

from __future__ import annotations

import re
from email.utils import format_datetime
from typing import Final
from xml.etree.ElementTree import Element

from feeds.publish.markup import child, paragraphs, to_bytes
from feeds.publish.types import Channel, Entry, Site

NAME: Final = "RSS 2.0"
SUFFIX: Final = ".rss"
MEDIA_TYPE: Final = "application/rss+xml"


def render(channel: Channel, site: Site) -> bytes:
    """The feed."""
    rss = Element("rss", {"version": "2.0", "xmlns:atom": "http://www.w3.org/2005/Atom"})
    element = child(rss, "channel")
    child(element, "title", _untagged(f"{site.title}: {channel.title}"))
    # link and description are required, and the link must be the address of a website.
    child(element, "link", f"{site.base_url}{channel.name}.html" if site.base_url else site.home)
    child(element, "description", _untagged(channel.description or channel.title))
    child(element, "language", "en")
    if channel.entries:
        child(element, "lastBuildDate", format_datetime(channel.updated))
    child(element, "generator", "Cordwatch")
    if site.base_url:
        child(element, "atom:link", rel="self", type=MEDIA_TYPE, href=f"{site.base_url}{channel.name}{SUFFIX}")
    for entry in channel.entries:
        _item(element, entry)
    return to_bytes(rss)


def _item(channel: Element, entry: Entry) -> None:
    item = child(channel, "item")
    child(item, "title", _untagged(entry.title))
    if entry.url:
        child(item, "link", entry.url)
    child(item, "guid", entry.id, isPermaLink="false")
    child(item, "pubDate", format_datetime(entry.announced))
    child(item, "category", entry.kind)
    if entry.status != "current":
        child(item, "category", entry.status)
    # A description is HTML (RSS 2.0): escaped here for HTML and once more by the XML writer.
    child(item, "description", paragraphs(entry))


def _untagged(text: str) -> str:
    """The text with ``‹`` for a ``<`` that would open a tag.

    Some readers take titles for HTML and some do not (RSS 2.0 does not say), so that neither escaping them once nor
    twice is right for all.
    """
    return re.sub(r"<(?=[A-Za-z/!?])", "‹", text)
