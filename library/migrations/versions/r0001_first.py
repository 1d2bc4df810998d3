"""The first schema."""

from alembic import op

from library.schema import metadata

revision = "0001"
down_revision = None

TABLES = (
    *("records", "record_versions", "payloads", "identifiers", "changes", "annotations", "embeddings"),
    *("watermarks", "crawl_states", "crawl_runs", "quarantine"),
)


def upgrade() -> None:
    """Create the tables of records, of what is derived from them, and of crawls."""
    metadata.create_all(op.get_bind(), tables=[metadata.tables[name] for name in TABLES])
