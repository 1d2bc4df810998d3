"""What records say about how works stand."""

from alembic import op
from sqlalchemy import insert, select

from library import schema
from library.encoding import unpack
from library.standing import claims, claims_of
from records.record import decode_record

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the table, and fill it from the records that there are."""
    connection = op.get_bind()
    schema.metadata.create_all(connection, tables=[claims])
    r = schema.records
    for uid, encoded in connection.execute(select(r.c.uid, r.c.encoded).where(~r.c.deleted)).yield_per(500):
        found = claims_of(decode_record(unpack(encoded)))
        if found:
            rows = [{"key": key, "uid": uid, "status": status.value} for key, status in found.items()]
            connection.execute(insert(claims), rows)
