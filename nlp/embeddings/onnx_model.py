"""The default model on onnxruntime and tokenizers: no torch, and a query vector soon after a cold start.

Documents go through `nlp.embeddings.bfloat16` where the processor is made for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from nlp.embeddings.bfloat16 import bfloat16_graph
from nlp.embeddings.store import VERSION, is_whole
from records.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from config.settings import EmbeddingSettings

    Graph = Callable[[dict[str, NDArray[np.int64]]], NDArray[np.float32]]

MAX_TOKENS: Final = 256
"""What the model was trained to read, its two special tokens counted."""
DIMENSION: Final = 384
BATCH: Final = 8
"""Windows at once. Of 8, 16 and 32 the quickest on a CPU: in fp32 by a quarter, in bfloat16 hardly."""


class OnnxEncoder:
    """all-MiniLM-L6-v2 as `nlp.embeddings.export` wrote it.

    Args:
        folder: Holds ``model.onnx`` and ``tokenizer.json``.
        settings: Batch size, threads and prompts.
    """

    def __init__(self, folder: Path, settings: EmbeddingSettings) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = settings.threads or os.cpu_count() or 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._plain = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # both libraries raise bare exceptions of their own
            raise ModelError(f"{folder}: {error}", hint=f"delete the folder {folder}: it is made again") from error
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        self._plain.no_truncation()
        self._plain.no_padding()
        self._settings = settings
        self._folder = folder
        self._checked = False
        self._prompt_tokens = len(self._plain.encode(settings.document_prompt, add_special_tokens=False).ids)

    @property
    def model_id(self) -> str:
        """Version of the export, and the prompts."""
        prompts = (self._settings.query_prompt, self._settings.document_prompt)
        return VERSION + ("" if not any(prompts) else f" prompts {prompts!r}")

    @property
    def dimension(self) -> int:
        """384."""
        return DIMENSION

    @property
    def max_tokens(self) -> int:
        """254, less what the document prompt takes."""
        return MAX_TOKENS - 2 - self._prompt_tokens

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """A query's vector."""
        vector: NDArray[np.float32] = self._encode([self._settings.query_prompt + text], self._fp32)[0]
        return vector

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of texts; longer ones than the model reads are cut: see `nlp.embeddings.windows`.

        Raises:
            ModelError: The model's files are not what was exported: what would be kept for good is not left to chance.
        """
        if not self._checked and not is_whole(self._folder, thorough=True):
            raise ModelError(f"{self._folder} is damaged", hint="delete the folder: it is made again")
        self._checked = True
        return self._encode([self._settings.document_prompt + text for text in texts], self._documents)

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Code points of each token."""
        return [encoding.offsets for encoding in self._plain.encode_batch(list(texts), add_special_tokens=False)]

    @cached_property
    def _documents(self) -> Graph:
        fast = None
        if self._settings.precision == "auto":
            fast = bfloat16_graph(self._folder / "model.onnx", self._settings.threads)
        return fast or self._fp32

    def _fp32(self, inputs: dict[str, NDArray[np.int64]]) -> NDArray[np.float32]:
        vectors: NDArray[np.float32] = self._session.run(None, inputs)[0]
        return vectors

    def _encode(self, texts: Sequence[str], graph: Graph) -> NDArray[np.float32]:
        encodings = self._tokenizer.encode_batch(list(texts))
        # Batches of like length: padding costs as much as text.
        order = sorted(range(len(texts)), key=lambda index: len(encodings[index].ids))
        vectors = np.empty((len(texts), DIMENSION), dtype=np.float32)
        size = self._settings.batch_size or BATCH
        for start in range(0, len(order), size):
            batch = order[start : start + size]
            width = len(encodings[batch[-1]].ids)
            ids = np.zeros((len(batch), width), dtype=np.int64)
            mask = np.zeros((len(batch), width), dtype=np.int64)
            for row, index in enumerate(batch):
                length = len(encodings[index].ids)
                ids[row, :length] = encodings[index].ids
                mask[row, :length] = 1
            vectors[batch] = graph({"input_ids": ids, "attention_mask": mask})
        return vectors
