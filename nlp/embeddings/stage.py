"""The stage that embeds what is new or changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

import msgspec
import numpy as np

from library import ChangeKind, Embedding, Library, StoredRecord, WatermarkMovedError
from nlp.embeddings import Encoder
from nlp.embeddings.windows import text_to_embed, window_spans

BATCH: Final = 128
_PREFIX: Final = "embed "


class EmbedReport(msgspec.Struct, kw_only=True):
    """What a run of the stage did."""

    embedded: int = 0
    unchanged: int = 0
    """Records whose text was embedded already, by the same model."""


def embed(
    library: Library, encoder: Encoder, *, batch: int = BATCH, progress: Callable[[int, int], None] | None = None
) -> EmbedReport:
    """Embed every record whose text is new or changed, a batch a transaction; killed, it repeats at most one batch."""
    # Another model has a watermark of its own, so a change of model embeds everything again and resumes too; with the
    # first batch those of other models go, so that a change back does not trust what has been replaced.
    stage = f"{_PREFIX}{encoder.model_id}"
    report = EmbedReport()
    done, total = 0, library.count_changes(library.watermark(stage), kinds=[ChangeKind.RECORD])
    while True:
        start = library.watermark(stage)
        changes = library.changes(start, kinds=[ChangeKind.RECORD], limit=batch)
        if not changes:
            return report
        stored = library.get_many(change.uid for change in changes)
        rows = _embeddings(library, encoder, [record for record in stored.values() if not record.deleted])
        try:
            with library.transaction() as writer:
                if not done:
                    writer.forget_rivals(stage, _PREFIX)
                for uid, embedding in rows.items():
                    writer.put_embedding(uid, embedding)
                writer.advance(stage, expected=start, to=changes[-1].seq)
        except WatermarkMovedError:
            continue
        report.embedded += len(rows)
        report.unchanged += len(changes) - len(rows)
        done += len(changes)
        if progress:
            progress(done, total)


def _embeddings(library: Library, encoder: Encoder, records: list[StoredRecord]) -> dict[str, Embedding]:
    """Vectors of those records whose text is not embedded yet."""
    kept = library.embeddings(record.uid for record in records)
    todo: list[tuple[str, str, bytes]] = []
    for stored in records:
        text = text_to_embed(stored.record)
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        old = kept.get(stored.uid)
        if old is None or old.model != encoder.model_id or old.content_hash != digest:
            todo.append((stored.uid, text, digest))
    if not todo:
        return {}
    spans = window_spans([text for _, text, _ in todo], encoder)
    pieces = [text[start:end] for (_, text, _), own in zip(todo, spans, strict=True) for start, end in own]
    vectors = encoder.encode_documents(pieces).astype(np.float16)
    found: dict[str, Embedding] = {}
    row = 0
    for (uid, _, digest), own in zip(todo, spans, strict=True):
        found[uid] = Embedding(
            model=encoder.model_id,
            content_hash=digest,
            vectors=vectors[row : row + len(own)].tobytes(),
            windows=len(own),
            dimension=encoder.dimension,
            spans=tuple(own),
        )
        row += len(own)
    return found
