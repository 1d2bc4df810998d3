"""What the library hands out and takes in."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Final

import msgspec

from records.annotation import Annotation
from records.record import Record


class ChangeKind(StrEnum):
    """What changed."""

    ANNOTATION = "annotation"
    EMBEDDING = "embedding"
    RECORD = "record"
    TOMBSTONE = "tombstone"


class PutOutcome(StrEnum):
    """What a put did."""

    CHANGED = "changed"
    NEW = "new"
    UNCHANGED = "unchanged"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """The latest change of one kind of one record."""

    seq: int
    uid: str
    kind: ChangeKind


class StoredRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A record as it stands in the library."""

    record: Record
    """Its status is the gravest that any record of the same work gives it (`library.standing`), and it bears cautions
    about the papers that it speaks of (`library.subjects`)."""
    uid: str
    seq: int
    """Change that made it what it is."""
    version: int
    """From 1; each changed put adds one."""
    content_hash: bytes
    """SHA-256 of the encoded record."""
    first_seen: dt.datetime
    last_changed: dt.datetime
    deleted: bool = False
    """Whether its source has removed it."""
    deleted_reason: str = ""
    standing_by: tuple[str, ...] = ()
    """Uids of the records that give it its status; empty where it does so itself."""

    def is_under_embargo(self, now: dt.datetime | None = None) -> bool:
        """Whether nobody may be shown it yet, at ``now`` (time zone aware; the present moment if not given)."""
        end = self.record.embargo_until
        return end is not None and end > (now or dt.datetime.now(dt.UTC))


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a record, current or past."""

    version: int
    changed: dt.datetime
    record: Record


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes that the current version of a record was parsed from."""

    content: bytes
    media_type: str
    url: str
    fetched: dt.datetime


class StoredAnnotation(msgspec.Struct, frozen=True, kw_only=True):
    """An annotation and the record version that it belongs to."""

    annotation: Annotation
    record_version: int


class Embedding(msgspec.Struct, frozen=True, kw_only=True):
    """The vectors of one record."""

    model: str
    """``model_id`` of the encoder."""
    content_hash: bytes
    """SHA-256 of the text that was embedded: the same text is not embedded again."""
    vectors: bytes
    """float16, row-major, shape (windows, dimension), little-endian."""
    windows: int
    dimension: int
    spans: tuple[tuple[int, int], ...] = ()
    """Where each window stands in the embedded text, code points."""


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """A payload that could not be read."""

    id: int
    source: str
    reason: str
    content: bytes
    media_type: str
    url: str
    spider: str
    first_seen: dt.datetime
    last_seen: dt.datetime
    count: int
    """How often it came."""


class CrawlState(msgspec.Struct, frozen=True, kw_only=True):
    """How far a source has been read."""

    source: str
    watermark: str = ""
    """In the source's own terms; everything up to it is in the library."""
    state: dict[str, str] = {}
    """Whatever else the spider keeps."""


class CrawlRun(msgspec.Struct, frozen=True, kw_only=True):
    """What one crawl of one source, or one import of one file, did."""

    source: str
    started: dt.datetime
    finished: dt.datetime
    seen: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0
    quarantined: int = 0
    failed: int = 0
    """Requests or files that could not be had."""
    filtered: int = 0
    """Items that came and were left out, because they are not what was asked for."""
    watermark: str = ""
    """Where the next run begins."""
    complete: bool = True
    """Whether the whole window was read."""
    errors: tuple[str, ...] = ()
    """What went wrong, a line each."""
    notes: tuple[str, ...] = ()
    """What else a reader of the report should know, a line each."""


IMPORT: Final = "import"
"""The source of records whose file names none; each run of an imported file is called ``import FILE``."""


class SourceSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A source as it stands; the runs of all imported files are those of the source ``import``."""

    source: str
    records: int = 0
    last_run: dt.datetime | None = None
    last_complete: dt.datetime | None = None
    watermark: str = ""
    quarantined: int = 0
    files: int = 0
    """Files imported, of ``import``."""


class Damage(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is not as it should be."""

    uid: str
    what: str
    mend: str
