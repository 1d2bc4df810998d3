"""A stand-in for a server of version 8.19: a real node of today behind a proxy that says it is one, and acts like it.

It refuses what such a server does not know: media types of version 9, the setting of how graphs are filtered, packed
vectors. All else is the node's own: what 8.19 does otherwise and does not refuse is not seen here.
"""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from dataclasses import replace

from tests.index.gate import refusal
from tests.index.proxy import Reply, Request, proxy

VERSION = "8.19.2"
_UNKNOWN = "dense_vector.hnsw_filter_heuristic"


def older(behind: str) -> AbstractContextManager[str]:
    """A server of version 8.19 before the node at ``behind``; gives its address."""
    return proxy(behind, _refuse, change=_called_older)


def _refuse(request: Request) -> Reply | None:
    for header in ("Accept", "Content-Type"):
        if "compatible-with=9" in request.headers.get(header, ""):
            reason = f"Invalid media-type value on headers [{header}]"
            return refusal(400, "media_type_header_exception", reason)
    if _UNKNOWN.encode() in request.body:
        return refusal(400, "illegal_argument_exception", f"unknown setting [index.{_UNKNOWN}]")
    if b'"windows":[{"vector":"' in request.body:
        return refusal(400, "document_parsing_exception", "Failed to parse object: expecting token of type [VALUE]")
    return None


def _called_older(request: Request, reply: Reply) -> Reply:
    if request.path != "/":
        return reply
    told = json.loads(reply.content)
    told["version"]["number"] = VERSION
    return replace(reply, content=json.dumps(told).encode())
