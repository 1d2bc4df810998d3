"""The system of record: a transactional library of everything that was collected."""

from library.store import Library
from library.types import (
    Change,
    ChangeKind,
    CrawlRun,
    CrawlState,
    Damage,
    Embedding,
    Payload,
    PutOutcome,
    Quarantined,
    SourceSummary,
    StoredAnnotation,
    StoredRecord,
    Version,
)
from library.writer import WatermarkMovedError, Writer

__all__ = [
    "Change",
    "ChangeKind",
    "CrawlRun",
    "CrawlState",
    "Damage",
    "Embedding",
    "Library",
    "Payload",
    "PutOutcome",
    "Quarantined",
    "SourceSummary",
    "StoredAnnotation",
    "StoredRecord",
    "Version",
    "WatermarkMovedError",
    "Writer",
]
