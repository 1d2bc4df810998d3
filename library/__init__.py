"""The system of record: a transactional library of everything that was collected.

What stands here is loaded when it is asked for: `library.glance` is for those who cannot wait for SQLAlchemy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_ELSEWHERE = {"Library": "library.store", "WatermarkMovedError": "library.writer", "Writer": "library.writer"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_ELSEWHERE.get(name, "library.types")), name)
