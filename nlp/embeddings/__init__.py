"""Embedding models: the default one runs on onnxruntime, any other through sentence-transformers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from records.protocols import Encoder as QueryEncoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    import config

DEFAULT_MODEL: Final = "all-MiniLM-L6-v2"


class Encoder(QueryEncoder, Protocol):
    """Encodes queries and documents."""

    @property
    def max_tokens(self) -> int:
        """How many tokens of a text the model reads, its special tokens not counted."""

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of texts, shape ``(len(texts), dimension)``, unit length, in the order given."""

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """For each text, the code points of each token, special tokens not counted."""


def load_encoder(settings: config.Settings) -> Encoder:
    """The model of the settings; the default one is exported into the cache the first time.

    Raises:
        ModelError: The model is absent, altered or cannot be run.
    """
    if settings.embedding.model == DEFAULT_MODEL:
        from nlp.embeddings.onnx_model import OnnxEncoder
        from nlp.embeddings.store import exported

        return OnnxEncoder(exported(settings.cache), settings.embedding)
    from nlp.embeddings.sentence_transformers_model import SentenceTransformersEncoder

    return SentenceTransformersEncoder(settings.embedding)
