"""The small web server of the service: links of mails, metrics, health.

A GET changes nothing, for mail scanners follow links; the page that it shows has one button, and that is a POST.
One-click unsubscribe (RFC 8058) posts straight to the same address.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from feeds.subscriptions.tokens import Purpose, read
from records.errors import ConfigError, CordwatchError

Act = Callable[[str, Purpose], str]
"""Token and purpose → what has been done. Raises `CordwatchError` for a token that is not valid."""
_PURPOSES: Final = {"confirm": Purpose.CONFIRM, "unsubscribe": Purpose.UNSUBSCRIBE}
_QUESTIONS: Final = {"confirm": "Receive these digests?", "unsubscribe": "Stop receiving these digests?"}
_BUTTONS: Final = {"confirm": "Confirm", "unsubscribe": "Unsubscribe"}
_LISTEN_HINT: Final = "host:port, or empty for no server"
_LARGEST_PORT: Final = 65_535
_MAX_BODY: Final = 4096
_PAGE: Final = """\
<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>Cordwatch</title></head>
<body style="font-family:sans-serif;max-width:32em;margin:3em auto;padding:0 1em">{content}</body></html>
"""
_BUTTON: Final = '<p>{question}</p><form method="post"><button style="font-size:1.1em">{button}</button></form>'


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], act: Act, metrics: Callable[[], bytes], illness: Callable[[], str]
    ) -> None:
        super().__init__(address, _Handler)
        self.act = act
        self.metrics = metrics
        self.illness = illness


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10
    server_version = "cordwatch"
    sys_version = ""

    def do_GET(self) -> None:
        """Health, metrics, or the page with the button."""
        if self.path == "/health":
            illness = self.server.illness()
            status = HTTPStatus.SERVICE_UNAVAILABLE if illness else HTTPStatus.OK
            self._answer(status, f"{illness or 'ok'}\n".encode(), "text/plain; charset=utf-8")
        elif self.path == "/metrics":
            from feeds.watch.metrics import MEDIA_TYPE

            self._answer(HTTPStatus.OK, self.server.metrics(), MEDIA_TYPE)
        elif (asked := self._asked()) is not None:
            self._page(HTTPStatus.OK, _BUTTON.format(question=_QUESTIONS[asked[0]], button=_BUTTONS[asked[0]]))
        else:
            self._page(HTTPStatus.NOT_FOUND, "<p>There is nothing here.</p>")

    do_HEAD = do_GET  # noqa: N815 - the name that the server looks for; `_answer` leaves out the content

    def do_POST(self) -> None:
        """Do what the link is for."""
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > _MAX_BODY:
            self._page(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "<p>That is too much.</p>")
            return
        self.rfile.read(int(length))
        asked = self._asked()
        if asked is None:
            self._page(HTTPStatus.NOT_FOUND, "<p>There is nothing here.</p>")
            return
        try:
            done = self.server.act(asked[1], _PURPOSES[asked[0]])
        except CordwatchError as error:
            self._page(HTTPStatus.BAD_REQUEST, f"<p>{escape(error.message)}</p><p>{escape(error.hint)}</p>")
            return
        self._page(HTTPStatus.OK, f"<p>{escape(done)}</p>")

    def log_message(self, format: str, *args: object) -> None:
        """Tokens do not belong in logs."""

    def _asked(self) -> tuple[str, str] | None:
        action, _, token = self.path.partition("?")[0].strip("/").partition("/")
        return (action, token) if action in _PURPOSES and read(token) else None

    def _page(self, status: HTTPStatus, content: str) -> None:
        self._answer(status, _PAGE.format(content=content).encode(), "text/html; charset=utf-8")

    def _answer(self, status: HTTPStatus, content: bytes, media_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def address_of(listen: str) -> tuple[str, int]:
    """Host and port of ``watch.listen``. Raises `ConfigError` if it is no address."""
    host, _, port = listen.rpartition(":")
    if not port.isdecimal() or int(port) > _LARGEST_PORT:
        raise ConfigError(f"watch.listen = {listen!r} names no port", hint=_LISTEN_HINT)
    return host.strip("[]"), int(port)


@contextmanager
def serving(
    listen: str, act: Act, metrics: Callable[[], bytes], illness: Callable[[], str] = lambda: ""
) -> Iterator[int]:
    """Serve for the length of the block; gives the port, 0 where ``listen`` is empty.

    Args:
        listen: ``host:port``.
        act: Does what a link is for.
        metrics: The page for Prometheus.
        illness: What is wrong with the service; ``""`` if it is well.

    Raises:
        ConfigError: ``listen`` is not an address, or is taken.
    """
    if not listen:
        yield 0
        return
    try:
        server = _Server(address_of(listen), act, metrics, illness)
    except OSError as error:
        raise ConfigError(f"watch.listen = {listen!r}: {error}", hint=_LISTEN_HINT) from error
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
