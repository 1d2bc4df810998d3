"""Tables of the library. The migrations in ``library/migrations`` create them; a test holds the two together."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata: Final = MetaData()
# SQLite only numbers INTEGER keys by itself; PostgreSQL wants the big type.
Sequence: Final = BigInteger().with_variant(Integer(), "sqlite")

records: Final = Table(
    "records",
    metadata,
    Column("uid", String, primary_key=True),
    Column("source", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("encoded", LargeBinary, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
    Column("payload_hash", LargeBinary),
    Column("seq", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("revised", Integer, nullable=False),
    Column("first_seen", String, nullable=False),
    Column("last_changed", String, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("deleted_reason", Text, nullable=False),
)
record_versions: Final = Table(
    "record_versions",
    metadata,
    Column("uid", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("encoded", LargeBinary, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
    Column("changed", String, nullable=False),
)
payloads: Final = Table(
    "payloads",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("media_type", String, nullable=False),
    Column("url", Text, nullable=False),
    Column("fetched", String, nullable=False),
)
identifiers: Final = Table(
    "identifiers",
    metadata,
    Column("key", String, primary_key=True),
    Column("uid", String, primary_key=True),
    Index("ix_identifiers_uid", "uid"),
)
changes: Final = Table(
    "changes",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("uid", String, nullable=False),
    Column("kind", String, nullable=False),
    UniqueConstraint("uid", "kind", name="uq_changes_uid_kind"),
    sqlite_autoincrement=True,
)
annotations: Final = Table(
    "annotations",
    metadata,
    Column("uid", String, primary_key=True),
    Column("record_version", Integer, nullable=False),
    Column("encoded", LargeBinary, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
)
embeddings: Final = Table(
    "embeddings",
    metadata,
    Column("uid", String, primary_key=True),
    Column("model", String, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
    Column("windows", Integer, nullable=False),
    Column("dimension", Integer, nullable=False),
    Column("spans", Text, nullable=False),
    Column("vectors", LargeBinary, nullable=False),
    Column("check", LargeBinary, nullable=False),
)
watermarks: Final = Table(
    "watermarks", metadata, Column("stage", String, primary_key=True), Column("seq", BigInteger, nullable=False)
)
identity: Final = Table("identity", metadata, Column("id", String, primary_key=True))
crawl_states: Final = Table(
    "crawl_states",
    metadata,
    Column("source", String, primary_key=True),
    Column("watermark", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("updated", String, nullable=False),
)
crawl_runs: Final = Table(
    "crawl_runs",
    metadata,
    Column("id", Sequence, primary_key=True, autoincrement=True),
    Column("source", String, nullable=False, index=True),
    Column("complete", Boolean, nullable=False),
    Column("finished", String, nullable=False),
    Column("encoded", LargeBinary, nullable=False),
)
quarantine: Final = Table(
    "quarantine",
    metadata,
    Column("id", Sequence, primary_key=True, autoincrement=True),
    Column("source", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("media_type", String, nullable=False),
    Column("url", Text, nullable=False),
    Column("spider", String, nullable=False),
    Column("first_seen", String, nullable=False),
    Column("last_seen", String, nullable=False),
    Column("count", Integer, nullable=False),
    UniqueConstraint("source", "hash", "reason", name="uq_quarantine"),
)
