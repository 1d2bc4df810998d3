"""A name of its own for each library, so that no index mixes two."""

import uuid

from alembic import op
from sqlalchemy import insert

from library.schema import identity

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the table, with its one row."""
    connection = op.get_bind()
    identity.create(connection, checkfirst=True)
    connection.execute(insert(identity), [{"id": str(uuid.uuid4())}])
