"""A real Elasticsearch node for tests: one for all workers of a run, on free ports, gone when the last has done."""

from __future__ import annotations

import fcntl
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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
DEFAULT_FOLDER = REPOSITORY.parent / "shared" / "elasticsearch"
JAVA_CHECK = REPOSITORY / ".ci" / "java"
_READY_S = 120.0
_STEP_S = 0.1
_HASTY = {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1"}
"""Nearly half of what a start takes goes into code that is to run for days."""


def launcher() -> Path:
    """The program that starts a node: ``start`` in ``TEST_ELASTICSEARCH``. The test skips where there is none."""
    path = Path(os.environ.get("TEST_ELASTICSEARCH") or DEFAULT_FOLDER) / "start"
    if not os.access(path, os.X_OK):
        pytest.skip(f"no Elasticsearch at {path}: TEST_ELASTICSEARCH names the folder of a launcher")
    if not _has_java():
        pytest.skip("no Java of version 21 or later: .ci/java installs one")
    return path


@cache
def _has_java() -> bool:
    return subprocess.run([str(JAVA_CHECK), "--check"], capture_output=True, check=False).returncode == 0


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
        program, home = launcher(), self.home
        home.mkdir(parents=True, exist_ok=True)
        with (home / "out.log").open("ab") as log:
            command = [sys.executable, str(program), "--home", str(home), *self._ports, *self._options]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | _HASTY)

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


@contextmanager
def shared(folder: Path) -> Iterator[Node]:
    """One node for all workers of a run: the first starts it, and ends it when no other uses it.

    ``xdist_group`` would keep its tests in one worker; it does nothing since pytest 9.2, and two workers are faster.
    """
    known, started = folder / "node.port", None
    with (folder / "node.users").open("a") as users:
        with _alone(folder):
            if not known.exists():
                started = single(folder / "node", "-E", f"path.repo={folder / 'snapshots'}")
                known.write_text(started.url.rpartition(":")[2])
            node = started or Node(folder / "node", http=int(known.read_text()), transport=0)
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield node
        finally:
            fcntl.flock(users, fcntl.LOCK_UN)
            if started:
                with _alone(folder):
                    fcntl.flock(users, fcntl.LOCK_EX)
                    known.unlink()
                    started.remove()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "node.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
