"""Everything that is written, inside one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from library import schema
from library.encoding import now, pack
from library.types import ChangeKind, CrawlRun, CrawlState, Embedding, PutOutcome
from records.annotation import Annotation, encode_annotation
from records.errors import LibraryError
from records.record import Record, content_hash, encode_record


class WatermarkMovedError(LibraryError):
    """Another process has worked on the stage in the meantime: read again and go on from there."""


class Writer:
    """One transaction; `library.Library.transaction` makes it.

    Args:
        connection: Has begun an immediate transaction.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def connection(self) -> Connection:
        """The transaction's connection, for statements on tables that others own; never commit it."""
        return self._connection

    def put(self, record: Record, *, content: bytes, media_type: str, url: str = "") -> PutOutcome:
        """Keep a record as its source gave it.

        An equal record changes nothing, whatever its bytes. A record that its source revised earlier than the one
        kept is a late replay and changes nothing either. Any other keeps the old version as history.
        """
        encoded = encode_record(record)
        digest = content_hash(encoded)
        r = schema.records
        old = self._connection.execute(
            select(r.c.content_hash, r.c.version, r.c.revised, r.c.deleted, r.c.encoded, r.c.last_changed).where(
                r.c.uid == record.uid
            )
        ).one_or_none()
        revised = record.revised.ordinal() if record.revised else 0
        if old and not old.deleted and (old.content_hash == digest or 0 < revised < old.revised):
            return PutOutcome.UNCHANGED
        values: dict[str, Any] = {
            "source": record.source,
            "kind": record.kind.value,
            "encoded": pack(encoded),
            "content_hash": digest,
            "payload_hash": self._keep_payload(content, media_type, url),
            "seq": self._log(record.uid, ChangeKind.RECORD),
            "version": old.version + 1 if old else 1,
            "revised": revised,
            "last_changed": now(),
            "deleted": False,
            "deleted_reason": "",
        }
        if old:
            self._keep_version(record.uid, old)
            self._connection.execute(update(r).where(r.c.uid == record.uid).values(values))
        else:
            self._connection.execute(insert(r), [{"uid": record.uid, "first_seen": values["last_changed"], **values}])
        self._set_identifiers(record)
        return PutOutcome.CHANGED if old else PutOutcome.NEW

    def delete(self, uid: str, reason: str) -> bool:
        """Mark a record as removed by its source; its history stays. False if there is none, or it is already."""
        r = schema.records
        found = self._connection.execute(select(r.c.deleted).where(r.c.uid == uid)).scalar_one_or_none()
        if found is None or found:
            return False
        seq = self._log(uid, ChangeKind.TOMBSTONE)
        self._connection.execute(
            update(r).where(r.c.uid == uid).values(deleted=True, deleted_reason=reason, seq=seq, last_changed=now())
        )
        return True

    def quarantine(
        self, source: str, reason: str, content: bytes, media_type: str, url: str = "", spider: str = ""
    ) -> None:
        """Keep what could not be read. The same bytes for the same reason are counted, not kept twice."""
        q = schema.quarantine
        moment = now()
        statement = upsert(q).values(
            source=source,
            reason=reason,
            hash=hashlib.sha256(content).digest(),
            content=pack(content),
            media_type=media_type,
            url=url,
            spider=spider,
            first_seen=moment,
            last_seen=moment,
            count=1,
        )
        again = {"count": q.c.count + 1, "last_seen": moment}
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["source", "hash", "reason"], set_=again)
        )

    def release_quarantine(self, id: int) -> bool:
        """Forget one; False if there is none."""
        q = schema.quarantine
        return self._connection.execute(delete(q).where(q.c.id == id)).rowcount > 0

    def put_annotation(self, uid: str, annotation: Annotation, *, record_version: int) -> PutOutcome:
        """Keep what was found in a record; equal findings make no change that others would have to follow."""
        encoded = encode_annotation(annotation)
        row = {"record_version": record_version, "encoded": pack(encoded), "content_hash": content_hash(encoded)}
        return self._put_derived(schema.annotations, ChangeKind.ANNOTATION, uid, row)

    def put_embedding(self, uid: str, embedding: Embedding) -> PutOutcome:
        """Keep a record's vectors."""
        row: dict[str, Any] = msgspec.structs.asdict(embedding)
        row["spans"] = json.dumps(embedding.spans)
        row["check"] = hashlib.sha256(embedding.vectors).digest()
        return self._put_derived(schema.embeddings, ChangeKind.EMBEDDING, uid, row)

    def advance(self, stage: str, *, expected: int, to: int) -> None:
        """Move a stage's watermark from ``expected``. Raises `WatermarkMovedError` if it stands elsewhere."""
        w = schema.watermarks
        current = self._connection.execute(select(w.c.seq).where(w.c.stage == stage)).scalar_one_or_none()
        if (current or 0) != expected:
            raise WatermarkMovedError(f"stage {stage} stands at {current}, not at {expected}")
        statement = upsert(w).values(stage=stage, seq=to)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["stage"], set_={"seq": to}))

    def reset_derived(self) -> None:
        """Forget annotations, embeddings and how far the stages had come: everything is derived anew."""
        for table in (schema.annotations, schema.embeddings, schema.watermarks):
            self._connection.execute(delete(table))

    def save_state(self, state: CrawlState) -> None:
        """Keep how far a source has been read."""
        values = {"watermark": state.watermark, "state": json.dumps(state.state, sort_keys=True), "updated": now()}
        statement = upsert(schema.crawl_states).values(source=state.source, **values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["source"], set_=values))

    def add_run(self, run: CrawlRun) -> None:
        """Keep the report of a crawl or an import."""
        row = {
            "source": run.source,
            "complete": run.complete,
            "finished": run.finished.isoformat(),
            "encoded": msgspec.json.encode(run),
        }
        self._connection.execute(insert(schema.crawl_runs), [row])

    def _log(self, uid: str, kind: ChangeKind) -> int:
        """The next seq; an older change of the same kind is superseded, so that the log stays as long as the data."""
        c = schema.changes
        self._connection.execute(delete(c).where(c.c.uid == uid, c.c.kind == kind.value))
        key = self._connection.execute(insert(c).values(uid=uid, kind=kind.value)).inserted_primary_key
        if key is None:
            raise LibraryError("the database gave no seq for a change")
        return int(key[0])

    def _keep_payload(self, content: bytes, media_type: str, url: str) -> bytes:
        digest = hashlib.sha256(content).digest()
        values = {"hash": digest, "content": pack(content), "media_type": media_type, "url": url, "fetched": now()}
        self._connection.execute(upsert(schema.payloads).values(values).on_conflict_do_nothing())
        return digest

    def _keep_version(self, uid: str, old: Any) -> None:
        row = {
            "uid": uid,
            "version": old.version,
            "encoded": old.encoded,
            "content_hash": old.content_hash,
            "changed": old.last_changed,
        }
        self._connection.execute(insert(schema.record_versions), [row])

    def _set_identifiers(self, record: Record) -> None:
        i = schema.identifiers
        self._connection.execute(delete(i).where(i.c.uid == record.uid))
        rows = [{"key": key, "uid": record.uid} for key in dict.fromkeys(record.identifiers.keys())]
        if rows:
            self._connection.execute(insert(i), rows)

    def _put_derived(self, table: Table, kind: ChangeKind, uid: str, row: Mapping[str, Any]) -> PutOutcome:
        watched = ["content_hash", "model"] if "model" in table.c else ["content_hash"]
        old = self._connection.execute(
            select(*(table.c[name] for name in watched)).where(table.c.uid == uid)
        ).one_or_none()
        if old and tuple(old) == tuple(row[name] for name in watched):
            self._connection.execute(update(table).where(table.c.uid == uid).values(dict(row)))
            return PutOutcome.UNCHANGED
        statement = upsert(table).values(uid=uid, **row)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["uid"], set_=dict(row)))
        self._log(uid, kind)
        return PutOutcome.CHANGED if old else PutOutcome.NEW

    def count_records(self) -> int:
        """How many records there are, removed ones too, as this transaction sees them."""
        return int(self._connection.execute(select(func.count()).select_from(schema.records)).scalar_one())
