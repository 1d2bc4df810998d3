"""How a text longer than the model reads is cut: overlapping windows, the best of which counts."""

from __future__ import annotations

from typing import Final

from nlp.embeddings import Encoder
from records.record import Record

OVERLAP: Final = 64
"""Tokens that neighbouring windows share; a third of the window for models that read little."""
MAX_WINDOWS: Final = 16
"""A longer text (a press article, a full text) is embedded up to here: about 3,000 tokens."""


def text_to_embed(record: Record) -> str:
    """Title, abstract and body, a line each."""
    parts = (record.text_of(field) for field in ("title", "abstract", "body"))
    return "\n".join(part for part in parts if part)


def window_spans(texts: list[str], encoder: Encoder) -> list[list[tuple[int, int]]]:
    """For each text the code points of its windows; every text has at least one."""
    size = encoder.max_tokens
    overlap = min(OVERLAP, size // 3)
    step = size - overlap
    found: list[list[tuple[int, int]]] = []
    for text, tokens in zip(texts, encoder.token_spans(texts), strict=True):
        if len(tokens) <= size:
            found.append([(0, len(text))])
            continue
        starts = range(0, max(len(tokens) - overlap, 1), step)
        spans = [(tokens[start][0], tokens[min(start + size, len(tokens)) - 1][1]) for start in starts]
        found.append(spans[:MAX_WINDOWS])
    return found
