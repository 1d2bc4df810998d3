"""A TLS reverse proxy before a real node: it asks for credentials as Elasticsearch's security does.

The node itself comes without security. What is refused here, and in which words, is the documented answer of a server
with security on: https://www.elastic.co/guide, "Token-based authentication services", "API keys".
"""

from __future__ import annotations

import base64
import json
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

API_KEY = base64.b64encode(b"id:key").decode()
EXPIRED = base64.b64encode(b"id:old").decode()
_LET_IN = {f"ApiKey {API_KEY}", "Basic " + base64.b64encode(b"user:secret").decode()}


@contextmanager
def gate(behind: str, context: ssl.SSLContext, *, busy: int = 0, most: int = 1_000) -> Iterator[str]:
    """A proxy before the server at ``behind``; gives its address.

    Args:
        behind: The server's address.
        context: Of its own certificate.
        busy: How many bulk requests are answered with 429, as a server does whose queue is full.
        most: Bulk requests of more documents are answered so too.
    """
    handler = type("Handler", (_Handler,), {"behind": behind, "busy": [None] * busy, "most": most})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    behind = ""
    busy: ClassVar[list[None]] = []
    most = 1_000

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        given = self.headers.get("Authorization", "")
        if given not in _LET_IN:
            expired = given == f"ApiKey {EXPIRED}"
            self._answer(401, json.dumps(_refusal("api key is expired" if expired else "unable to authenticate")))
            return
        many = (body or b"").count(b'"version_type"') > self.most
        if self.path.startswith("/_bulk") and (self.busy or many):
            del self.busy[:1]
            cause = {"type": "es_rejected_execution_exception", "reason": "the queue is full"}
            self._answer(429, json.dumps({"error": {"root_cause": [cause], **cause}, "status": 429}))
            return
        kept = {name: self.headers[name] for name in ("Content-Type", "Accept") if name in self.headers}
        request = urllib.request.Request(self.behind + self.path, data=body, method=self.command, headers=kept)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
                self._answer(answer.status, answer.read().decode(), answer.headers["Content-Type"])
        except urllib.error.HTTPError as error:
            self._answer(error.code, error.read().decode(), error.headers["Content-Type"])

    def _answer(self, status: int, text: str, media_type: str | None = "application/json") -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("X-Elastic-Product", "Elasticsearch")
        if media_type:
            self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _pass_on  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:
        pass


def _refusal(reason: str) -> dict[str, object]:
    cause = {"type": "security_exception", "reason": reason}
    return {"error": {"root_cause": [cause], **cause}, "status": 401}
