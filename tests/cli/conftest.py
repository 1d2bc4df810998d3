"""The sample world that the tests of the installed command share; they bear the group ``installed``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

COMMAND = str(Path(sys.executable).with_name("cordwatch"))


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


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("a folder with blanks") / "démo"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CORDWATCH_")}
    told = ""
    for _ in range(2):  # a second run makes the world anew
        done = subprocess.run(
            [COMMAND, "demo", "--folder", str(folder)], capture_output=True, text=True, check=False, env=environment
        )
        assert done.returncode == 0, done.stderr
        told = done.stdout
    return World(folder, told)


@pytest.fixture(autouse=True)
def _no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CORDWATCH_HOME")
