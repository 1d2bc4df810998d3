"""A real HTTP provider on loopback for tests: it answers as told, and misbehaves as told.

::

    with running(lambda asked: Answer(b"…")) as provider:
        provider.script(status(500), status(500), cut_short(), where="/efetch.fcgi")
        …
        provider.asked  # every request, with its time

Scripted faults are used up one a request, in their order; ``always=True`` keeps one for good. A fault gets the good
answer and returns the bad one.
"""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request."""

    method: str
    path: str
    parameters: dict[str, str]
    headers: dict[str, str]
    at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Answer:
    """An answer, and how it is sent."""

    content: bytes
    media_type: str = "text/xml; charset=UTF-8"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    send_bytes: int | None = None
    """Break the connection after so many bytes of the body."""
    drip_s: float = 0.0
    """Seconds between single bytes."""
    hang_up: bool = False
    """Break the connection without a word."""
    claimed_bytes: int | None = None
    """``Content-Length`` where that is not the truth."""
    times: int = 1
    """How often the content is sent, one after the other, with no ``Content-Length`` if more than once."""


Fault = Callable[[Answer], Answer]


def status(code: int, *, retry_after: str = "", content: bytes = b'{"error":"scripted"}') -> Fault:
    headers = (("Retry-After", retry_after),) if retry_after else ()
    return lambda good: Answer(content, "application/json", code, headers)


def hung_up() -> Fault:
    return lambda good: replace(good, hang_up=True)


def cut_short() -> Fault:
    """Fewer bytes than ``Content-Length`` says."""
    return lambda good: replace(good, send_bytes=len(good.content) // 2)


def truncated(keep: float = 0.6) -> Fault:
    """A body that ends too early, with a ``Content-Length`` that says so."""
    return lambda good: replace(good, content=good.content[: int(len(good.content) * keep)])


def html() -> Fault:
    page = b"<!doctype html><html><head><title>Maintenance</title></head><body><p>Back soon.</p></body></html>"
    return lambda good: Answer(page, "text/html; charset=utf-8")


def body(content: bytes, media_type: str = "text/xml") -> Fault:
    return lambda good: Answer(content, media_type)


def dripping(seconds: float = 0.2) -> Fault:
    return lambda good: replace(good, drip_s=seconds)


def gzip_bomb(megabytes: int = 32) -> Fault:
    packed = gzip.compress(b"\0" * (megabytes * 2**20))
    return lambda good: Answer(packed, good.media_type, headers=(("Content-Encoding", "gzip"),))


def huge(gigabytes: int = 1) -> Fault:
    """An answer that says how long it is."""
    return lambda good: replace(good, claimed_bytes=gigabytes * 2**30)


def without_end(megabytes: int = 1024) -> Fault:
    """An answer that goes on and on."""
    return lambda good: replace(good, content=good.content.ljust(2**20), times=megabytes)


def redirect(url: str) -> Fault:
    return lambda good: Answer(b"", status=302, headers=(("Location", url),))


class Provider(ThreadingHTTPServer):
    """A server on a free loopback port.

    Args:
        answer: The good answer to a request; ``None`` is a 404.
    """

    daemon_threads = True

    def __init__(self, answer: Callable[[Asked], Answer | None]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.asked: list[Asked] = []
        self.clock = ""
        """What the ``Date`` header says instead of the time."""
        self._script: list[tuple[str, Fault, bool]] = []
        self._lock = threading.Lock()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def script(self, *faults: Fault, where: str = "", always: bool = False) -> None:
        """Let the next requests whose path ends with ``where`` meet these faults."""
        with self._lock:
            self._script += [(where, fault, always) for fault in faults]

    def behave(self) -> None:
        """Forget all faults and requests."""
        with self._lock:
            self._script.clear()
            self.asked.clear()

    def respond(self, asked: Asked) -> Answer:
        good = self.answer(asked) or Answer(b"not found", "text/plain", 404)
        with self._lock:
            self.asked.append(asked)
            for number, (where, fault, always) in enumerate(self._script):
                if asked.path.endswith(where):
                    if not always:
                        del self._script[number]
                    return fault(good)
        return good

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up, or are killed, are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    server: Provider
    protocol_version = "HTTP/1.1"
    # Head and body go out in two writes: without this each answer waits 40 ms for the client's acknowledgement.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self._send(Asked("GET", url.path, dict(parse_qsl(url.query)), dict(self.headers)))

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self._send(Asked("POST", urlsplit(self.path).path, dict(parse_qsl(form)), dict(self.headers)))

    def date_time_string(self, timestamp: float | None = None) -> str:
        return self.server.clock or super().date_time_string(timestamp)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _send(self, asked: Asked) -> None:
        answer = self.server.respond(asked)
        if answer.hang_up:
            self._break_off()
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.media_type)
        if answer.times == 1:
            self.send_header("Content-Length", str(answer.claimed_bytes or len(answer.content)))
        else:
            self.close_connection = True
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        if answer.drip_s:
            for number in range(len(answer.content)):
                self.wfile.write(answer.content[number : number + 1])
                time.sleep(answer.drip_s)
            return
        for _ in range(answer.times):
            self.wfile.write(answer.content[: answer.send_bytes])
        if answer.send_bytes is not None:
            self._break_off()

    def _break_off(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def running(answer: Callable[[Asked], Answer | None], *, tls: ssl.SSLContext | None = None) -> Iterator[Provider]:
    """A provider that answers until the block ends."""
    provider = Provider(answer)
    if tls is not None:
        provider.socket = tls.wrap_socket(provider.socket, server_side=True)
    thread = threading.Thread(target=provider.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.shutdown()
        provider.server_close()
        thread.join()
