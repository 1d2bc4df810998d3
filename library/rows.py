"""Rows as the types that the library hands out, each compared with the hash that was kept beside it."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Any, Final, TypeVar

import msgspec
import zstandard
from sqlalchemy import Row

from library.encoding import moment, unpack
from library.types import Change, ChangeKind, Embedding, Payload, StoredAnnotation, StoredRecord, Version
from records.annotation import decode_annotation
from records.errors import LibraryError
from records.record import decode_record

Member = TypeVar("Member", bound=StrEnum)
_MEND: Final = "`cordwatch verify` lists all damage and what mends it"


def checked(what: str, stored: bytes, digest: bytes, *, packed: bool = True) -> bytes:
    """The bytes, unpacked. Raises `LibraryError` if they are not those whose SHA-256 was kept."""
    if not is_whole(stored, digest, packed=packed):
        raise LibraryError(f"the {what} is not what was written: the library's file is damaged", hint=_MEND)
    return unpack(stored) if packed else stored


def known(kind: type[Member], value: str, what: str) -> Member:
    """The member of an enumeration. Raises `LibraryError` where what is kept is none of them."""
    try:
        return kind(value)
    except ValueError as error:
        raise LibraryError(f"the {what} is {value!r}: the library's file is damaged", hint=_MEND) from error


def is_whole(stored: bytes, digest: bytes, *, packed: bool = True) -> bool:
    """Whether the bytes are those whose SHA-256 was kept."""
    try:
        return hashlib.sha256(unpack(stored) if packed else stored).digest() == digest
    except zstandard.ZstdError:
        return False


def stored_record(row: Row[Any]) -> StoredRecord:
    """A row of ``records``."""
    return StoredRecord(
        record=decode_record(checked(f"record {row.uid}", row.encoded, row.content_hash)),
        uid=row.uid,
        seq=row.seq,
        version=row.version,
        content_hash=row.content_hash,
        first_seen=moment(row.first_seen),
        last_changed=moment(row.last_changed),
        deleted=row.deleted,
        deleted_reason=row.deleted_reason,
    )


def version(row: Row[Any]) -> Version:
    """A row of ``record_versions``."""
    encoded = checked(f"version {row.version} of {row.uid}", row.encoded, row.content_hash)
    return Version(version=row.version, changed=moment(row.changed), record=decode_record(encoded))


def payload(row: Row[Any]) -> Payload:
    """A row of ``payloads``."""
    content = checked(f"raw payload from {row.url}", row.content, row.hash)
    return Payload(content=content, media_type=row.media_type, url=row.url, fetched=moment(row.fetched))


def change(row: Row[Any]) -> Change:
    """A row of ``changes``."""
    return Change(seq=row.seq, uid=row.uid, kind=known(ChangeKind, row.kind, f"change {row.seq}"))


def stored_annotation(row: Row[Any]) -> StoredAnnotation:
    """A row of ``annotations``."""
    encoded = checked(f"annotation of {row.uid}", row.encoded, row.content_hash)
    return StoredAnnotation(annotation=decode_annotation(encoded), record_version=row.record_version)


def embedding(row: Row[Any]) -> Embedding:
    """A row of ``embeddings``."""
    return Embedding(
        model=row.model,
        content_hash=row.content_hash,
        vectors=checked(f"embedding of {row.uid}", row.vectors, row.check, packed=False),
        windows=row.windows,
        dimension=row.dimension,
        spans=spans_of(row),
    )


def spans_of(row: Any) -> tuple[tuple[int, int], ...]:
    """Where the windows of a row of ``embeddings`` stand. Raises `LibraryError` where that cannot be."""
    try:
        spans = msgspec.json.decode(row.spans, type=tuple[tuple[int, int], ...])
    except msgspec.DecodeError as error:
        raise LibraryError(f"the embedding of {row.uid} has no spans: {error}", hint=_MEND) from error
    if len(spans) not in (0, row.windows) or any(not 0 <= start <= end for start, end in spans):
        raise LibraryError(f"the embedding of {row.uid} has other spans than windows", hint=_MEND)
    return spans
