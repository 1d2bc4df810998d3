"""A reverse proxy on loopback before a real node, which may refuse a request itself or change an answer."""

from __future__ import annotations

import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Request:
    """What a client asks."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What it is answered."""

    content: bytes
    media_type: str | None = "application/json"
    status: int = 200
    product: bool = True
    """Whether it bears the header by which clients know Elasticsearch."""


def page(status: int, title: str) -> Reply:
    """What nginx answers in place of the server behind it."""
    text = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n"
    )
    return Reply(text.encode(), "text/html", status=status, product=False)


def _as_it_is(request: Request, reply: Reply) -> Reply:
    return reply


@contextmanager
def proxy(
    behind: str,
    refuse: Callable[[Request], Reply | None],
    *,
    change: Callable[[Request, Reply], Reply] = _as_it_is,
    tls: ssl.SSLContext | None = None,
) -> Iterator[str]:
    """A proxy; gives its address, by the name of localhost.

    Args:
        behind: The server's address.
        refuse: Its own answer to a request; ``None`` passes it on.
        change: What it makes of the server's answer.
        tls: Of its certificate; without it, it speaks plain HTTP.
    """
    handler = type("Handler", (_Handler,), {"behind": behind, "refuse": staticmethod(refuse)})
    handler.change = staticmethod(change)  # type: ignore[attr-defined]
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body go out in two writes: without this each answer waits 40 ms for the client's acknowledgement.
    disable_nagle_algorithm = True
    behind: str
    refuse: Callable[[Request], Reply | None]
    change: Callable[[Request, Reply], Reply]

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.command, self.path, self.headers, body)
        self._answer(self.refuse(request) or self.change(request, self._asked(request)))

    def _asked(self, request: Request) -> Reply:
        kept = {name: request.headers[name] for name in ("Content-Type", "Accept") if name in request.headers}
        asked = urllib.request.Request(  # noqa: S310 - loopback
            self.behind + request.path, data=request.body or None, method=request.method, headers=kept
        )
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
                return Reply(answer.read(), answer.headers["Content-Type"], status=answer.status)
        except urllib.error.HTTPError as error:
            return Reply(error.read(), error.headers["Content-Type"], status=error.code)

    def _answer(self, reply: Reply) -> None:
        self.send_response(reply.status)
        if reply.product:
            self.send_header("X-Elastic-Product", "Elasticsearch")
        if reply.media_type:
            self.send_header("Content-Type", reply.media_type)
        self.send_header("Content-Length", str(len(reply.content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.content)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _pass_on  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:
        pass
