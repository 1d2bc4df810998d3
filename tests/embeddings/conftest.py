"""The default model, exported once for all tests of it, over what a damaged and a killed export have left."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.settings import EmbeddingSettings
from nlp.embeddings.onnx_model import OnnxEncoder
from nlp.embeddings.store import MANIFEST, VERSION, exported
from tests.once import once

LEFT_BEHIND = f"{VERSION}-killed"


def _export(cache: Path) -> None:
    damaged = cache / "models" / VERSION
    for folder in (damaged, cache / "models" / LEFT_BEHIND):
        folder.mkdir(parents=True)
        (folder / "model.onnx").write_bytes(b"half of a model")
    (damaged / MANIFEST).write_text('{"files": {"model.onnx": [90000000, 1, "ab"]}}', encoding="utf-8")
    exported(cache)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which the export has been made again; nobody changes it."""
    return once(tmp_path_factory, "cache", _export)


@pytest.fixture(scope="session")
def encoder(cache: Path) -> OnnxEncoder:
    """The default model."""
    return OnnxEncoder(exported(cache), EmbeddingSettings())
