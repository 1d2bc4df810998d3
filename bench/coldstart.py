"""How long ``cordwatch search`` takes from the shell: ``python -m bench.coldstart [--size 100000] [--folder DIR]``.

Whole processes: ours answers a hybrid query on invented records; the peer only imports what ours stands on. Both run in
turn, several times, after one run each that warms the disk cache.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

import config
from bench.query import Vectors, fill, questions
from nlp.embeddings import load_encoder

PEER: Final = (sys.executable, "-c", "import numpy, tantivy, onnxruntime, tokenizers")
_ROUNDS: Final = 9


def measure(folder: Path, size: int) -> dict[str, Any]:
    """Median times of both, seconds; the index in ``folder`` is made unless it is there."""
    settings = config.load().settings
    if not (folder / "index").exists():
        encoder = load_encoder(settings)
        fill(folder / "index", size, encoder, Vectors(encoder.dimension))
    environment = {**os.environ, "CORDWATCH_HOME": str(folder), "CORDWATCH_CACHE": str(settings.cache)}
    command = (str(Path(sys.executable).with_name("cordwatch")), "search", "--json", "-n", "5")
    asked = questions(_ROUNDS + 1, size)
    ours, theirs = [], []
    for question in asked:
        ours.append(_seconds((*command, question), environment))
        theirs.append(_seconds(PEER, environment))
    median, peer = statistics.median(ours[1:]), statistics.median(theirs[1:])
    return {
        "size": size,
        "median_s": round(median, 3),
        "slowest_s": round(max(ours[1:]), 3),
        "peer": "import numpy, tantivy, onnxruntime, tokenizers",
        "peer_median_s": round(peer, 3),
        "ratio": round(median / peer, 2),
    }


def _seconds(command: Sequence[str], environment: Mapping[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


@click.command()
@click.option("--size", default=100_000, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), help="Keep the index here; else it is temporary.")
def main(size: int, folder: Path | None) -> None:
    """Time whole processes and print the figures as JSON."""
    with tempfile.TemporaryDirectory(prefix="cordwatch-bench-") as temporary:
        print(json.dumps(measure(folder or Path(temporary), size)))


if __name__ == "__main__":
    main()
