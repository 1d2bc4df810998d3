"""Any other model, through sentence-transformers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from config.settings import EmbeddingSettings
from records.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNLIMITED: Final = 512
"""Tokens a window of models that read any number: longer ones would blur."""
BATCH: Final = 32
"""Windows at once: the library's own default, which keeps a GPU busy."""


class SentenceTransformersEncoder:
    """A model that sentence-transformers loads from a folder, or by name from its own cache.

    Args:
        settings: Names the model, its prompts, and the device.
    """

    def __init__(self, settings: EmbeddingSettings) -> None:
        from sentence_transformers import SentenceTransformer

        device = None if settings.device == "auto" else settings.device
        try:
            self._model = SentenceTransformer(settings.model, device=device)
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelError(
                f"the model {settings.model!r} cannot be loaded: {error}",
                hint="embedding.model names a folder or model",
            ) from error
        self._settings = settings

    @cached_property
    def model_id(self) -> str:
        """Name, a hash over architecture, weights and the model's own prompts, and the prompts of the settings."""
        content = hashlib.sha256(f"{self._model}{sorted(self._model.prompts.items())}".encode())
        for name, tensor in sorted(self._model.state_dict().items()):
            content.update(name.encode())
            content.update(tensor.detach().cpu().float().numpy().tobytes())
        prompts = (self._settings.query_prompt, self._settings.document_prompt)
        return f"{Path(self._settings.model).name} {content.hexdigest()[:16]} prompts {prompts!r}"

    @cached_property
    def dimension(self) -> int:
        """As the model says."""
        return int(self._model.get_embedding_dimension() or len(self.encode_query("")))

    @cached_property
    def max_tokens(self) -> int:
        """As the model says, less two special tokens and the document prompt; `UNLIMITED` where it sets no limit."""
        limit = self._model.max_seq_length
        if limit is None or limit > UNLIMITED:
            return UNLIMITED
        prompt = self.token_spans([self._settings.document_prompt])[0]
        return max(int(limit) - 2 - len(prompt), 1)

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """A query's vector, by the model's own query encoder where it has one."""
        vector = self._model.encode_query(
            [text], prompt=self._settings.query_prompt or None, normalize_embeddings=True, show_progress_bar=False
        )[0]
        return np.asarray(vector, dtype=np.float32)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of texts, by the model's own document encoder where it has one."""
        vectors = self._model.encode_document(
            list(texts),
            prompt=self._settings.document_prompt or None,
            batch_size=self._settings.batch_size or BATCH,
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, dtype=np.float32)

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Code points of each token."""
        tokenizer = self._model.tokenizer
        # Static models bring a bare tokenizer, the others that of transformers around one.
        bare = getattr(tokenizer, "backend_tokenizer", tokenizer)
        plain = type(bare).from_str(bare.to_str())
        plain.no_truncation()
        plain.no_padding()
        return [encoding.offsets for encoding in plain.encode_batch(list(texts), add_special_tokens=False)]
