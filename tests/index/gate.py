"""A TLS reverse proxy before a real node: it asks for credentials as Elasticsearch's security does.

The node itself comes without security. What is refused here, and in which words, is the documented answer of a server
with security on: https://www.elastic.co/guide, "Token-based authentication services", "API keys".
"""

from __future__ import annotations

import base64
import json
import ssl
from contextlib import AbstractContextManager

from tests.index.proxy import Reply, Request, proxy

API_KEY = base64.b64encode(b"id:key").decode()
EXPIRED = base64.b64encode(b"id:old").decode()
_LET_IN = {f"ApiKey {API_KEY}", "Basic " + base64.b64encode(b"user:secret").decode()}


def gate(behind: str, context: ssl.SSLContext, *, busy: int = 0, most: int = 1_000) -> AbstractContextManager[str]:
    """A proxy before the server at ``behind``; gives its address.

    Args:
        behind: The server's address.
        context: Of its own certificate.
        busy: How many bulk requests are answered with 429, as a server does whose queue is full.
        most: Bulk requests of more documents are answered so too.
    """
    left = [None] * busy

    def refuse(request: Request) -> Reply | None:
        given = request.headers.get("Authorization", "")
        if given not in _LET_IN:
            expired = given == f"ApiKey {EXPIRED}"
            return refusal(401, "security_exception", "api key is expired" if expired else "unable to authenticate")
        many = request.body.count(b'"version_type"') > most
        if request.path.startswith("/_bulk") and (left or many):
            del left[:1]
            return refusal(429, "es_rejected_execution_exception", "the queue is full")
        return None

    return proxy(behind, refuse, tls=context)


def refusal(status: int, type: str, reason: str) -> Reply:
    """A refusal in Elasticsearch's form."""
    cause = {"type": type, "reason": reason}
    return Reply(json.dumps({"error": {"root_cause": [cause], **cause}, "status": status}).encode(), status=status)
