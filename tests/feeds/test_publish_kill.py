"""A publisher that is killed leaves whole files, old or new, and the next one goes on."""

from __future__ import annotations

import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from feeds.publish.folder import LOCK, MANIFEST, write_folder

SIZE = 200_000
NAMES = [f"topic{number}.atom" for number in range(20)]
WRITER = """
import sys
from contextlib import suppress
from pathlib import Path
from feeds.publish.folder import write_folder

number = 0
print("ready", flush=True)
while True:
    number = (number + 1) % 10
    names = sys.argv[2].split() + [f"only{number}.atom"]
    write_folder(Path(sys.argv[1]), {name: str(number).encode() * int(sys.argv[3]) for name in names})
"""


@pytest.mark.slow
def test_killed_at_any_moment(tmp_path: Path) -> None:
    repository = Path(__file__).resolve().parents[2]
    chance = random.Random(5)
    for _ in range(12):
        command = [sys.executable, "-c", WRITER, str(tmp_path), " ".join(NAMES), str(SIZE)]
        with subprocess.Popen(command, cwd=repository, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=chance.uniform(0.0, 0.15))
            assert process.returncode is None
            process.kill()
        for path in tmp_path.glob("*.atom"):
            content = path.read_bytes()
            assert len(content) == SIZE
            assert len(set(content)) == 1
    report = write_folder(tmp_path, dict.fromkeys(NAMES, b"end"))
    assert report.written == tuple(sorted(NAMES))
    assert {path.name for path in tmp_path.iterdir()} == {LOCK, MANIFEST, *NAMES}
