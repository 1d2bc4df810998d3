"""Subscriptions, what each reader was sent, and the outbox."""

from alembic import op

from library.schema import metadata
from library.subscription_tables import TABLES

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables of subscriptions, digests, mail and scheduled jobs."""
    metadata.create_all(op.get_bind(), tables=[metadata.tables[name] for name in TABLES])
