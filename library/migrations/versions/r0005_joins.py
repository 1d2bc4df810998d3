"""Which papers are known to stand beside other records of their work."""

from alembic import op

from library.schema import metadata
from library.subscription_tables import item_joins

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table, empty: what came so far is told when it next changes, unless the reader was sent it."""
    metadata.create_all(op.get_bind(), tables=[item_joins])
