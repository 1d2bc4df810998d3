"""Real texts through the installed command: imported, annotated, indexed, and found by who looks for them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = str(Path(sys.executable).with_name("cordwatch"))
QUESTION = "motor recovery after neural stem cell transplantation in chronic injury"


def run(home: Path, *arguments: str) -> str:
    command = [COMMAND, "--quiet", "--home", str(home), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 3), done.stderr
    return done.stdout


@pytest.mark.floor
def test_a_reader_finds_the_right_papers(shared_data: Path, tmp_path: Path) -> None:
    corpus = shared_data / "corpus" / "stemcell_sci_reviews" / "records.csv"
    sources = [shared_data / "sources" / "pubmed" / "efetch", shared_data / "sources" / "clinicaltrials" / "v2"]
    if not corpus.exists():
        pytest.skip(f"no {corpus}")
    run(tmp_path, "import", str(corpus), *map(str, sources), "--sync", "--json")
    hits = [json.loads(line) for line in run(tmp_path, "search", "-n", "8", "--nl", QUESTION).splitlines()]
    told = [f"{hit['title']} {hit['best_sentence']}".lower() for hit in hits]
    assert len(hits) == 8
    assert all("spinal cord" in text or "sci" in text for text in told), told
    assert sum("stem cell" in text or "nsc" in text for text in told) >= 7, told
    assert "neural stem cell" in told[0]
    assert "motor" in told[0]
    assert run(tmp_path, "verify", "--json")
