"""Runs the command line in a fresh fork: read by `runpy` with ``given`` set (arguments, environment, output,
largest file that may be written)."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path
from typing import Any

from cli.main import main

given: dict[str, Any] = globals()["given"]
os.environ.clear()
os.environ.update(given["environment"])
for number, name in ((1, "out"), (2, "err")):
    with Path(f"{given['output']}.{name}").open("wb") as file:
        os.dup2(file.fileno(), number)
if given["most_bytes"]:
    resource.setrlimit(resource.RLIMIT_FSIZE, (given["most_bytes"], given["most_bytes"]))
sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - lives until exit
sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
main(given["arguments"])
