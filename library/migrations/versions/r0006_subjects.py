"""What records are about, so that what speaks of a retracted paper says so."""

from alembic import op
from sqlalchemy import select

from library import schema
from library import statements as sql
from library.encoding import unpack
from library.standing import claims
from library.subjects import followers, preprints, replace_subjects, subjects
from library.subscription_tables import item_subjects
from library.types import ChangeKind
from records.record import decode_record

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables, fill that of the subjects, and let what is about a paper that does not stand have changed."""
    connection = op.get_bind()
    schema.metadata.create_all(connection, tables=[subjects, preprints, item_subjects])
    r = schema.records
    for uid, encoded in connection.execute(select(r.c.uid, r.c.encoded).where(~r.c.deleted)).yield_per(500):
        replace_subjects(connection, uid, decode_record(unpack(encoded)), is_new=True)
    for uid in followers(connection, connection.execute(select(claims.c.key).distinct()).scalars().all()):
        connection.execute(sql.DELETE_CHANGE, {"of": uid, "kind_of": ChangeKind.RECORD.value})
        key = connection.execute(sql.INSERT_CHANGE, {"uid": uid, "kind": ChangeKind.RECORD.value}).inserted_primary_key
        connection.execute(sql.UPDATE_RECORD, {"of": uid, "seq": int(key[0]) if key else 0})
