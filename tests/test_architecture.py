"""The house rules that a machine can hold."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
HEAVY = ("torch", "scrapy", "spacy", "sqlalchemy", "alembic", "trafilatura", "sentence_transformers", "twisted")


def test_search_imports_nothing_heavy() -> None:
    code = (
        "import sys, cli.main, cli.commands.search, index.search, index.embedded, nlp.embeddings, nlp.lexicon\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert answer.stdout.strip() == "[]"
