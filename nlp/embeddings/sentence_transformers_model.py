"""Any other model, through sentence-transformers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from config.settings import EmbeddingSettings
from records.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray


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

    @property
    def model_id(self) -> str:
        """Name, a hash over the weights, and the prompts."""
        weights = hashlib.sha256()
        for name, tensor in sorted(self._model.state_dict().items()):
            weights.update(name.encode())
            weights.update(tensor.detach().cpu().float().numpy().tobytes())
        prompts = (self._settings.query_prompt, self._settings.document_prompt)
        return f"{self._settings.model} {weights.hexdigest()[:16]} prompts {prompts!r}"

    @property
    def dimension(self) -> int:
        """As the model says."""
        return int(self._model.get_sentence_embedding_dimension() or 0)

    @property
    def max_tokens(self) -> int:
        """As the model says, two special tokens not counted."""
        return int(self._model.max_seq_length or 512) - 2

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
            batch_size=self._settings.batch_size,
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, dtype=np.float32)

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Code points of each token."""
        encoded = self._model.tokenizer(
            list(texts), add_special_tokens=False, return_offsets_mapping=True, truncation=False, verbose=False
        )
        return [[(start, end) for start, end in offsets] for offsets in encoded["offset_mapping"]]
