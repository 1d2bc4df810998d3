"""The statements of `library.writer`, made once: building and caching one anew costs five times what running it does.

Parameters that are not columns' own names are ``of`` (a uid or key), ``kind_of``; values go by their columns' names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.dialects.sqlite import insert as upsert

from library import schema

_r, _c, _q = schema.records, schema.changes, schema.quarantine


def _replacing(table: Table, keys: Sequence[str]) -> Insert:
    """Insert a row, or replace the one with the same key."""
    statement = upsert(table)
    rest = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=rest)


KEPT_RECORD: Final = select(
    _r.c.content_hash, _r.c.version, _r.c.revised, _r.c.deleted, _r.c.encoded, _r.c.last_changed
).where(_r.c.uid == bindparam("of"))
INSERT_RECORD: Final = insert(_r)
UPDATE_RECORD: Final = update(_r).where(_r.c.uid == bindparam("of"))
IS_DELETED: Final = select(_r.c.deleted).where(_r.c.uid == bindparam("of"))
INSERT_VERSION: Final = insert(schema.record_versions)
INSERT_PAYLOAD: Final = upsert(schema.payloads).on_conflict_do_nothing()
IDENTIFIERS: Final = select(schema.identifiers.c.key).where(schema.identifiers.c.uid == bindparam("of"))
INSERT_IDENTIFIERS: Final = insert(schema.identifiers)
DELETE_IDENTIFIERS: Final = delete(schema.identifiers).where(schema.identifiers.c.uid == bindparam("of"))
INSERT_CHANGE: Final = insert(_c)
DELETE_CHANGE: Final = delete(_c).where(_c.c.uid == bindparam("of"), _c.c.kind == bindparam("kind_of"))
_a = schema.annotations
KEPT_ANNOTATION: Final = select(_a.c.content_hash, _a.c.record_version).where(_a.c.uid == bindparam("of"))
DELETE_OLDER_ANNOTATION: Final = delete(_a).where(_a.c.uid == bindparam("of"), _a.c.record_version != bindparam("now"))
KEPT_EMBEDDING: Final = select(schema.embeddings.c.content_hash, schema.embeddings.c.model).where(
    schema.embeddings.c.uid == bindparam("of")
)
PUT_ANNOTATION: Final = _replacing(schema.annotations, ["uid"])
PUT_EMBEDDING: Final = _replacing(schema.embeddings, ["uid"])
PUT_WATERMARK: Final = _replacing(schema.watermarks, ["stage"])
PUT_CRAWL_STATE: Final = _replacing(schema.crawl_states, ["source"])
WATERMARK: Final = select(schema.watermarks.c.seq).where(schema.watermarks.c.stage == bindparam("of"))
_quarantine = upsert(_q)
PUT_QUARANTINE: Final = _quarantine.on_conflict_do_update(
    index_elements=["source", "hash", "reason"],
    set_={"count": _q.c.count + 1, "last_seen": _quarantine.excluded.last_seen},
)
