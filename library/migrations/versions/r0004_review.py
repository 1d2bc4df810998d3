"""What curators decided about the candidates of topics."""

from alembic import op

from library.review_tables import TABLES
from library.schema import metadata

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the tables of decisions and of the queues that they were made on."""
    metadata.create_all(op.get_bind(), tables=[metadata.tables[name] for name in TABLES])
