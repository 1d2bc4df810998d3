"""The embedded backend: tantivy for words, numpy files for vectors, in one folder."""

from index.embedded.backend import EmbeddedBackend

__all__ = ["EmbeddedBackend"]
