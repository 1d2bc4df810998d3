"""Exports the default model to ONNX: ``python -m nlp.embeddings.export MODEL_FOLDER TARGET_FOLDER``.

The graph takes token ids and attention mask and gives unit-length sentence vectors: mean pooling and normalisation
lie inside. The export is compared with sentence-transformers before it is used.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from nlp.embeddings.store import WEIGHTS_SHA256, write_manifest
from records.errors import ModelError

MIN_COSINE: Final = 0.9999
SAMPLES: Final = (
    "spinal cord injury",
    "Did the rats walk again?",
    "Transplantation of neural progenitor cells after contusion improved BBB scores in rats. " * 3,
    "No serious adverse events occurred; two of four patients improved on the ASIA impairment scale. " * 30,
    "α-synuclein, NF-κB & H₂O₂",
)


def export(source: Path, target: Path) -> None:
    """Export, verify, and put in place in one step; an interrupted export leaves nothing behind that counts.

    Raises:
        ModelError: The weights are not the pinned ones, or the export gives other vectors.
    """
    digest = hashlib.sha256((source / "model.safetensors").read_bytes()).hexdigest()
    if digest != WEIGHTS_SHA256:
        raise ModelError(f"{source / 'model.safetensors'} has sha256 {digest}, not the pinned one")
    partial = Path(tempfile.mkdtemp(prefix=f"{target.name}-", dir=target.parent))
    try:
        _write_graph(source, partial / "model.onnx")
        shutil.copy(source / "tokenizer.json", partial / "tokenizer.json")
        write_manifest(partial, digest)
        _verify(source, partial)
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _write_graph(source: Path, path: Path) -> None:
    import torch
    from transformers import AutoModel

    class Sentence(torch.nn.Module):  # type: ignore[misc]  # mypy does not read torch
        def __init__(self) -> None:
            super().__init__()
            self.model = AutoModel.from_pretrained(source, attn_implementation="eager").eval()

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            tokens = self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(tokens.dtype)
            mean = (tokens * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, dim=1)

    example = (torch.ones(2, 8, dtype=torch.int64), torch.ones(2, 8, dtype=torch.int64))
    axes = {0: "batch", 1: "tokens"}
    with torch.no_grad():
        torch.onnx.export(
            Sentence(),
            example,
            str(path),
            input_names=["input_ids", "attention_mask"],
            output_names=["vectors"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "vectors": {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )


def _verify(source: Path, folder: Path) -> None:
    import numpy as np
    from sentence_transformers import SentenceTransformer

    from config.settings import EmbeddingSettings
    from nlp.embeddings.onnx_model import OnnxEncoder

    ours = OnnxEncoder(folder, EmbeddingSettings()).encode_documents(SAMPLES)
    theirs = SentenceTransformer(str(source), device="cpu").encode(list(SAMPLES), normalize_embeddings=True)
    cosine = float(np.min(np.sum(ours * np.asarray(theirs), axis=1)))
    if cosine < MIN_COSINE:
        raise ModelError(f"the exported model gives other vectors: cosine {cosine:.6f}")


if __name__ == "__main__":
    # The model lies in a package: nothing is ever asked of a hub.
    os.environ["HF_HUB_OFFLINE"] = "1"
    export(Path(sys.argv[1]), Path(sys.argv[2]))
