"""Everything that is written, inside one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, Insert, delete, insert

from library import schema
from library import statements as sql
from library.encoding import now, pack, unpack
from library.rows import is_whole
from library.standing import bearers_of, claims_of, is_spoken_against, replace_claims
from library.subjects import followers, replace_subjects
from library.types import ChangeKind, CrawlRun, CrawlState, Embedding, PutOutcome
from records.annotation import Annotation, encode_annotation
from records.errors import LibraryError
from records.record import PublicationStatus, Record, content_hash, decode_record, encode_record


class WatermarkMovedError(LibraryError):
    """Another process has worked on the stage in the meantime: read again and go on from there."""


class Writer:
    """One transaction; `library.Library.transaction` makes it.

    Args:
        connection: Has begun an immediate transaction.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: dict[Insert, list[dict[str, Any]]] = {}

    @property
    def connection(self) -> Connection:
        """The transaction's connection, for statements on tables that others own; never commit it."""
        self.flush()
        return self._connection

    def flush(self) -> None:
        """Write the rows that wait; the transaction does it before it commits."""
        waiting, self._waiting = self._waiting, {}
        for statement, rows in waiting.items():
            self._connection.execute(statement, rows)

    def _later(self, statement: Insert, *rows: dict[str, Any]) -> None:
        """Insert rows that nothing here reads, many at once."""
        if rows:
            self._waiting.setdefault(statement, []).extend(rows)

    def put(self, record: Record, *, content: bytes, media_type: str, url: str = "") -> PutOutcome:
        """Keep a record as its source gave it.

        An equal record changes nothing, whatever its bytes; if what is kept of it is damaged, it is mended. A record
        that its source revised earlier than the one kept is a late replay and changes nothing either. Any other keeps
        the old version as history.
        """
        if record.cautions:
            record = msgspec.structs.replace(record, cautions=())
        encoded = encode_record(record)
        digest = content_hash(encoded)
        old = self._connection.execute(sql.KEPT_RECORD, {"of": record.uid}).one_or_none()
        revised = record.revised.ordinal() if record.revised else 0
        if old and not old.deleted and (old.content_hash == digest or 0 < revised < old.revised):
            if old.content_hash == digest and not is_whole(old.encoded, digest):
                self._connection.execute(sql.UPDATE_RECORD, {"of": record.uid, "encoded": pack(encoded)})
            return PutOutcome.UNCHANGED
        moment = now()
        values: dict[str, Any] = {
            "source": record.source,
            "kind": record.kind.value,
            "encoded": pack(encoded),
            "content_hash": digest,
            "payload_hash": self._keep_payload(content, media_type, url, moment),
            "seq": self._log(record.uid, ChangeKind.RECORD, replaces=old is not None),
            "version": old.version + 1 if old else 1,
            "revised": revised,
            "last_changed": moment,
            "deleted": False,
            "deleted_reason": "",
        }
        if old:
            self._keep_version(record.uid, old)
            self._connection.execute(sql.UPDATE_RECORD, {"of": record.uid, **values})
            self.flush()
            self._touch_followers(self._keys(record.uid))
            self._connection.execute(sql.DELETE_IDENTIFIERS, {"of": record.uid})
        else:
            self._connection.execute(sql.INSERT_RECORD, {"uid": record.uid, "first_seen": moment, **values})
        keys = dict.fromkeys(record.identifiers.keys())
        self._later(sql.INSERT_IDENTIFIERS, *({"key": key, "uid": record.uid} for key in keys))
        replace_subjects(self._connection, record.uid, record, is_new=old is None)
        self._keep_claims(record.uid, claims_of(record), is_new=old is None)
        self._touch_followers(keys)
        return PutOutcome.CHANGED if old else PutOutcome.NEW

    def kept(self, uid: str) -> Record | None:
        """The record as its source gave it last; ``None`` if there is none, or what is kept is removed or damaged."""
        old = self._connection.execute(sql.KEPT_RECORD, {"of": uid}).one_or_none()
        if old is None or old.deleted or not is_whole(old.encoded, old.content_hash):
            return None
        return decode_record(unpack(old.encoded))

    def delete(self, uid: str, reason: str) -> bool:
        """Mark a record as removed by its source; its history stays. False if there is none, or it is already."""
        found = self._connection.execute(sql.IS_DELETED, {"of": uid}).scalar_one_or_none()
        if found is None or found:
            return False
        self._touch_followers(self._keys(uid))
        seq = self._log(uid, ChangeKind.TOMBSTONE)
        values = {"deleted": True, "deleted_reason": reason, "seq": seq, "last_changed": now()}
        self._connection.execute(sql.UPDATE_RECORD, {"of": uid, **values})
        replace_subjects(self._connection, uid, None)
        self._keep_claims(uid, {})
        return True

    def quarantine(
        self, source: str, reason: str, content: bytes, media_type: str, url: str = "", spider: str = ""
    ) -> None:
        """Keep what could not be read. The same bytes for the same reason are counted, not kept twice."""
        moment = now()
        row = {
            "source": source,
            "reason": reason,
            "hash": hashlib.sha256(content).digest(),
            "content": pack(content),
            "media_type": media_type,
            "url": url,
            "spider": spider,
            "first_seen": moment,
            "last_seen": moment,
            "count": 1,
        }
        self._connection.execute(sql.PUT_QUARANTINE, row)

    def release_quarantine(self, id: int) -> bool:
        """Forget one; False if there is none."""
        q = schema.quarantine
        return self._connection.execute(delete(q).where(q.c.id == id)).rowcount > 0

    def put_annotation(self, uid: str, annotation: Annotation, *, record_version: int) -> PutOutcome:
        """Keep what was found in a version of a record.

        Equal findings in the same version make no change that others would have to follow. In a new version they do:
        until now nobody was given those of the old one (`library.Library.annotations`).
        """
        encoded = encode_annotation(annotation)
        digest = content_hash(encoded)
        row = {"uid": uid, "record_version": record_version, "encoded": pack(encoded), "content_hash": digest}
        old = self._connection.execute(sql.KEPT_ANNOTATION, {"of": uid}).one_or_none()
        self._connection.execute(sql.PUT_ANNOTATION, row)
        outcome = self._derived(uid, ChangeKind.ANNOTATION, old, (digest, record_version))
        return PutOutcome.UNCHANGED if old and old.content_hash == digest else outcome

    def forget_older_annotation(self, uid: str, *, record_version: int) -> None:
        """Drop what was found in any other version of a record than this one, in which nothing could be looked for."""
        self._connection.execute(sql.DELETE_OLDER_ANNOTATION, {"of": uid, "now": record_version})

    def put_embedding(self, uid: str, embedding: Embedding) -> PutOutcome:
        """Keep a record's vectors; the same text by the same model is no change that others would have to follow."""
        row: dict[str, Any] = {"uid": uid, **msgspec.structs.asdict(embedding)}
        row["spans"] = json.dumps(embedding.spans)
        row["check"] = hashlib.sha256(embedding.vectors).digest()
        old = self._connection.execute(sql.KEPT_EMBEDDING, {"of": uid}).one_or_none()
        self._connection.execute(sql.PUT_EMBEDDING, row)
        return self._derived(uid, ChangeKind.EMBEDDING, old, (embedding.content_hash, embedding.model))

    def advance(self, stage: str, *, expected: int, to: int) -> None:
        """Move a stage's watermark from ``expected``. Raises `WatermarkMovedError` if it stands elsewhere."""
        current = self._connection.execute(sql.WATERMARK, {"of": stage}).scalar_one_or_none()
        if (current or 0) != expected:
            raise WatermarkMovedError(f"stage {stage} stands at {current}, not at {expected}")
        self._connection.execute(sql.PUT_WATERMARK, {"stage": stage, "seq": to})

    def forget_rivals(self, stage: str, prefix: str) -> None:
        """Drop the watermarks that begin with ``prefix``, but for ``stage``, which replaces what they stood for."""
        w = schema.watermarks
        rivals = w.c.stage.startswith(prefix, autoescape=True) & (w.c.stage != stage)
        self._connection.execute(delete(w).where(rivals))

    def reset_derived(self) -> None:
        """Forget annotations, embeddings and how far the stages had come: everything is derived anew."""
        for table in (schema.annotations, schema.embeddings, schema.watermarks):
            self._connection.execute(delete(table))

    def touch(self, uids: Iterable[str]) -> None:
        """Records that are shown otherwise because of something else have changed too."""
        for uid in sorted(uids):
            self._connection.execute(sql.UPDATE_RECORD, {"of": uid, "seq": self._log(uid, ChangeKind.RECORD)})

    def log_again(self, uid: str, *, is_removed: bool) -> None:
        """Log a record as what it is, where the log and the record's own mark disagree."""
        seq = self._log(uid, ChangeKind.TOMBSTONE if is_removed else ChangeKind.RECORD)
        values: dict[str, Any] = {"deleted": is_removed, "seq": seq}
        if not is_removed:
            values["deleted_reason"] = ""
        self._connection.execute(sql.UPDATE_RECORD, {"of": uid, **values})

    def save_state(self, state: CrawlState) -> None:
        """Keep how far a source has been read."""
        encoded = json.dumps(state.state, sort_keys=True)
        row = {"source": state.source, "watermark": state.watermark, "state": encoded, "updated": now()}
        self._connection.execute(sql.PUT_CRAWL_STATE, row)

    def add_run(self, run: CrawlRun) -> None:
        """Keep the report of a crawl or an import."""
        row = {
            "source": run.source,
            "complete": run.complete,
            "finished": run.finished.isoformat(),
            "encoded": msgspec.json.encode(run),
        }
        self._connection.execute(insert(schema.crawl_runs), [row])

    def _log(self, uid: str, kind: ChangeKind, *, replaces: bool = True) -> int:
        """The next seq; an older change of the same kind is superseded, so that the log stays as long as the data."""
        if replaces:
            self._connection.execute(sql.DELETE_CHANGE, {"of": uid, "kind_of": kind.value})
        key = self._connection.execute(sql.INSERT_CHANGE, {"uid": uid, "kind": kind.value}).inserted_primary_key
        if key is None:
            raise LibraryError("the database gave no seq for a change")
        return int(key[0])

    def _keep_claims(self, uid: str, claims: Mapping[str, PublicationStatus], *, is_new: bool = False) -> None:
        """Keep what a record says of works; the records whose standing that may change have changed too."""
        if is_new and not claims:
            return
        self.flush()
        changed = replace_claims(self._connection, uid, claims)
        bearers = bearers_of(self._connection, changed)
        self.touch({*bearers, *followers(self._connection, changed)} - {uid})

    def _touch_followers(self, keys: Iterable[str]) -> None:
        """A record may join what is claimed of a paper by one of its identifiers to what is about it by another."""
        keys = list(keys)
        if is_spoken_against(self._connection, keys):
            self.flush()
            self.touch(followers(self._connection, keys))

    def _keys(self, uid: str) -> list[str]:
        return list(self._connection.execute(sql.IDENTIFIERS, {"of": uid}).scalars())

    def _keep_payload(self, content: bytes, media_type: str, url: str, moment: str) -> bytes:
        digest = hashlib.sha256(content).digest()
        row = {"hash": digest, "content": pack(content), "media_type": media_type, "url": url, "fetched": moment}
        self._later(sql.INSERT_PAYLOAD, row)
        return digest

    def _keep_version(self, uid: str, old: Any) -> None:
        row = {
            "uid": uid,
            "version": old.version,
            "encoded": old.encoded,
            "content_hash": old.content_hash,
            "changed": old.last_changed,
        }
        self._later(sql.INSERT_VERSION, row)

    def _derived(self, uid: str, kind: ChangeKind, old: Iterable[Any] | None, new: tuple[Any, ...]) -> PutOutcome:
        """Log what was derived, unless it is what was there before."""
        if old is not None and tuple(old) == new:
            return PutOutcome.UNCHANGED
        self._log(uid, kind)
        return PutOutcome.NEW if old is None else PutOutcome.CHANGED
