"""The sample world that the tests of the installed command share; they bear the group ``installed``."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from demo.tour import CONFIG
from tests.once import once

COMMAND = str(Path(sys.executable).with_name("cordwatch"))
LEFT_BEHIND = "index/left.vectors"
"""A file that lay where the demo has made its world."""


class World:
    """The sample world in a folder.

    Args:
        folder: Where the demo has made it.
        told: What the demo printed.
    """

    def __init__(self, folder: Path, told: str) -> None:
        self.folder = folder
        self.told = told

    def run(self, *arguments: str, code: int = 0, **more: Any) -> subprocess.CompletedProcess[str]:
        """Run the command on the sample world, and hold its exit code to what is expected."""
        command = [COMMAND, "--config", str(self.folder / "config.toml"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, **more)
        assert done.returncode == code, done.stderr
        return done

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """What it prints as JSON lines."""
        return [json.loads(line) for line in self.run(*arguments, "--nl").stdout.splitlines()]


def _make_world(folder: Path) -> None:
    """Run the demo over what is left of another, of which nothing can be read: it makes the world anew."""
    place = folder / "a folder with blanks" / "démo"
    (place / "index").mkdir(parents=True)
    (place / "config.toml").write_text(CONFIG.format(home=place, base="http://127.0.0.1:9"), "utf-8")
    for name in ("library.sqlite3", LEFT_BEHIND):
        (place / name).write_bytes(b"left behind")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CORDWATCH_")}
    done = subprocess.run(
        [COMMAND, "demo", "--folder", str(place)], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    (folder / "told.txt").write_text(done.stdout, encoding="utf-8")


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A copy of a worker's own: some tests change it."""
    made = once(tmp_path_factory, "demo", _make_world)
    folder = Path(shutil.copytree(made, tmp_path_factory.mktemp("copy") / "demo")) / "a folder with blanks" / "démo"
    config = folder / "config.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace(made.as_posix(), folder.parents[1].as_posix()), encoding="utf-8")
    assert tomllib.loads(config.read_text(encoding="utf-8"))["home"] == folder.as_posix()
    return World(folder, (made / "told.txt").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def _no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CORDWATCH_HOME")
