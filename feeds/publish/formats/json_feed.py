"""JSON Feed 1.1."""

from __future__ import annotations

import json
from typing import Any, Final

from feeds.publish.markup import lines
from feeds.publish.types import Channel, Entry, Site

NAME: Final = "JSON Feed"
SUFFIX: Final = ".json"
MEDIA_TYPE: Final = "application/feed+json"
VERSION: Final = "https://jsonfeed.org/version/1.1"


def render(channel: Channel, site: Site) -> bytes:
    """The feed."""
    feed: dict[str, Any] = {
        "version": VERSION,
        "title": f"{site.title}: {channel.title}",
        "description": channel.description,
        "language": "en",
        "authors": [{"name": site.title}],
    }
    if site.base_url:
        feed["home_page_url"] = f"{site.base_url}{channel.name}.html"
        feed["feed_url"] = f"{site.base_url}{channel.name}{SUFFIX}"
    feed["items"] = [_item(entry) for entry in channel.entries]
    return json.dumps(feed, ensure_ascii=False, indent=2).encode() + b"\n"


def _item(entry: Entry) -> dict[str, Any]:
    item: dict[str, Any] = {"id": entry.id, "title": entry.title}
    if entry.url:
        item["url"] = entry.url
    return item | {
        "content_text": "\n".join(lines(entry)),
        "date_published": entry.announced.isoformat(timespec="seconds"),
        "date_modified": entry.updated.isoformat(timespec="seconds"),
        "tags": [entry.kind] if entry.status == "current" else [entry.kind, entry.status],
        "_cordwatch": {"uid": entry.uid, "kind": entry.kind, "status": entry.status, "why": entry.why},
    }
