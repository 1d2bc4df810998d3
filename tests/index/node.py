"""A real Elasticsearch node for tests: started once a worker that needs one, on free ports, and stopped at the end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

DEFAULT_FOLDER = Path(__file__).parents[3] / "shared" / "elasticsearch"
_READY_S = 120.0
_STEP_S = 0.1


def launcher() -> Path | None:
    """The program that starts a node: ``start`` in ``TEST_ELASTICSEARCH``; ``None`` where there is none."""
    path = Path(os.environ.get("TEST_ELASTICSEARCH") or DEFAULT_FOLDER) / "start"
    return path if os.access(path, os.X_OK) else None


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody uses now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()


class Node:
    """One node.

    Args:
        home: Folder of its data, made if absent; a node started again on it has its data back.
        http: Port of HTTP.
        transport: Port between nodes.
        options: Further options of the launcher.
    """

    def __init__(self, home: Path, *, http: int, transport: int, options: Sequence[str] = ()) -> None:
        self.home = home
        self.url = f"http://127.0.0.1:{http}"
        self._ports = ["--http", str(http), "--transport", str(transport)]
        self._options = list(options)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it answers when this returns to `wait`."""
        program = launcher()
        assert program is not None
        home = self.home
        home.mkdir(parents=True, exist_ok=True)
        with (home / "out.log").open("ab") as log:
            command = [sys.executable, str(program), "--home", str(home), *self._ports, *self._options]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)

    def wait(self, *, nodes: int = 1) -> None:
        """Until it is ready, in a cluster of so many nodes."""
        end = time.monotonic() + _READY_S
        while time.monotonic() < end:
            if self._process and self._process.poll() is not None:
                raise AssertionError((self.home / "out.log").read_text(errors="replace")[-2_000:])
            try:
                health = self.call("GET", f"/_cluster/health?wait_for_nodes=>={nodes}&timeout=1s")
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                signal.sigtimedwait([], _STEP_S)
                continue
            if not health["timed_out"]:
                return
        raise AssertionError(f"{self.url} was not ready in {_READY_S:.0f} s")

    def call(self, method: str, path: str, body: object = None) -> dict[str, object]:
        """Ask it something."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - loopback
            self.url + path, data=data, method=method, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            found: dict[str, object] = json.load(answer)
            return found

    def kill(self) -> None:
        """Crash it."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """Stop it and wait for its end."""
        if self._process:
            self._process.terminate()
            self._process.wait(timeout=60)
            self._process = None

    def remove(self) -> None:
        """Stop it and delete its data."""
        self.kill()
        shutil.rmtree(self.home, ignore_errors=True)


def single(home: Path, *options: str) -> Node:
    """A cluster of one, ready."""
    http, transport = free_ports(2)
    node = Node(home, http=http, transport=transport, options=options)
    node.start()
    node.wait()
    return node
