"""Reading many documents of one moment in constant memory: point in time and ``search_after``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec
from elasticsearch import ApiError, TransportError

from index.elasticsearch.client import told
from index.elasticsearch.compile import Dsl
from index.elasticsearch.versions import Versions

PAGE: Final = 1_000
"""Documents a page where many are read; the engine gives 10,000 at most at once."""
OPEN_FOR: Final = "2m"
SAME_COPY: Final = "cordwatch"
"""Asks the same copy of a shard each time: copies differ a little in their statistics, and pages must not."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is read."""

    query: Dsl
    order: Sequence[Dsl]
    limit: int | None = None
    source: Sequence[str] = ()
    """Parts of the documents; none if empty."""
    page: int = PAGE
    search_type: str | None = None
    """How the server ranks over several shards."""


def paged(versions: Versions, name: str, wanted: Wanted) -> Iterator[Any]:
    """Pages of hits in order, with their versions."""
    client, url = versions.client, versions.url
    with told(url):
        moment = client.open_point_in_time(index=name, keep_alive=OPEN_FOR, preference=SAME_COPY)["id"]
    try:
        yield from _pages(versions, moment, wanted)
    finally:
        # If this fails it ends by itself, and what failed before is what has to be told.
        with suppress(ApiError, TransportError):
            client.close_point_in_time(id=moment)


def _pages(versions: Versions, moment: str, wanted: Wanted) -> Iterator[Any]:
    request: Dsl = {
        "pit": {"id": moment, "keep_alive": OPEN_FOR},
        "query": wanted.query,
        "sort": list(wanted.order),
        "version": True,
        "_source": list(wanted.source) or False,
        "track_total_hits": False,
    }
    left = wanted.limit
    while left is None or left > 0:
        request["size"] = wanted.page if left is None else min(wanted.page, left)
        with told(versions.url):
            answer = versions.whole(versions.client.search(body=request, search_type=wanted.search_type).body)
        hits = answer["hits"]["hits"]
        if hits:
            yield hits
        if len(hits) < request["size"]:
            return
        request["search_after"] = hits[-1]["sort"]
        request["pit"]["id"] = answer.get("pit_id", request["pit"]["id"])
        left = None if left is None else left - len(hits)
