"""Tables of subscriptions, digests and the mail they travel in; revision 0002 creates them."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, LargeBinary, String, Table, Text
from sqlalchemy import UniqueConstraint as Unique

from library.schema import Sequence, metadata

subscriptions: Final = Table(
    "subscriptions",
    metadata,
    Column("id", Sequence, primary_key=True, autoincrement=True),
    Column("address", String, nullable=False, index=True),
    Column("topics", Text, nullable=False),
    Column("at", String, nullable=False),
    Column("tz", String, nullable=False),
    Column("days", String, nullable=False),
    Column("max_items", Integer, nullable=False),
    Column("format", String, nullable=False),
    Column("send_empty", Boolean, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("bounces", Integer, nullable=False),
    Column("since", Text, nullable=False),
    Column("match_cursor", BigInteger, nullable=False),
    Column("event_cursor", BigInteger, nullable=False),
    Column("next_due", String, nullable=False),
    Column("created", String, nullable=False),
    Column("confirmed", String, nullable=False),
    Index("ix_subscriptions_due", "state", "next_due"),
    sqlite_autoincrement=True,
)
topic_matches: Final = Table(
    "topic_matches",
    metadata,
    Column("id", Sequence, primary_key=True, autoincrement=True),
    Column("topic", String, nullable=False),
    Column("uid", String, nullable=False),
    Column("score", Float, nullable=False),
    Column("why", Text, nullable=False),
    Column("first_seen", String, nullable=False),
    Column("found", String, nullable=False),
    Unique("topic", "uid", name="uq_topic_matches"),
    Index("ix_topic_matches_uid", "uid"),
    sqlite_autoincrement=True,
)
item_states: Final = Table(
    "item_states",
    metadata,
    Column("uid", String, primary_key=True),
    Column("own", String, nullable=False),
    Column("noticed", String, nullable=False),
    Column("trial_status", String, nullable=False),
    Column("published_as", String, nullable=False),
    Column("embargo", String, nullable=False, index=True),
    Column("removed", Boolean, nullable=False),
)
item_joins: Final = Table("item_joins", metadata, Column("uid", String, primary_key=True))
"""Papers that are known to stand beside other records of their work; revision 0005 creates it."""
item_subjects: Final = Table(
    "item_subjects",
    metadata,
    Column("uid", String, primary_key=True),
    Column("status", String, nullable=False),
)
"""How the papers stand that records are about, as it was last seen; revision 0006 creates it."""
item_events: Final = Table(
    "item_events",
    metadata,
    Column("id", Sequence, primary_key=True, autoincrement=True),
    Column("uid", String, nullable=False),
    Column("change", String, nullable=False),
    Column("before", String, nullable=False),
    Column("after", String, nullable=False),
    Column("by", String, nullable=False),
    Column("found", String, nullable=False),
    sqlite_autoincrement=True,
)
digests: Final = Table(
    "digests",
    metadata,
    Column("id", Sequence, primary_key=True, autoincrement=True),
    Column("subscription_id", BigInteger, nullable=False),
    Column("slot", String, nullable=False),
    Column("message_id", String, nullable=False, unique=True),
    Column("subject", Text, nullable=False),
    Column("items", Integer, nullable=False),
    Column("changes", Integer, nullable=False),
    Column("left_over", Integer, nullable=False),
    Column("event_mark", BigInteger, nullable=False),
    Column("built", String, nullable=False),
    Unique("subscription_id", "slot", name="uq_digests_slot"),
    sqlite_autoincrement=True,
)
digest_items: Final = Table(
    "digest_items",
    metadata,
    Column("subscription_id", BigInteger, primary_key=True),
    Column("uid", String, primary_key=True),
    Column("event_id", BigInteger, primary_key=True),
    Column("digest_id", BigInteger, nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Index("ix_digest_items_uid", "uid"),
    # The key is all that is ever looked up: without a rowid the table is its own index.
    sqlite_with_rowid=False,
)
outbox: Final = Table(
    "outbox",
    metadata,
    Column("id", Sequence, primary_key=True, autoincrement=True),
    Column("message_id", String, nullable=False, unique=True),
    Column("subscription_id", BigInteger, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("recipient", String, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt", String, nullable=False),
    Column("error", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("created", String, nullable=False),
    Column("queued", String, nullable=False),
    Column("finished", String, nullable=False),
    Index("ix_outbox_waiting", "state", "next_attempt"),
    sqlite_autoincrement=True,
)
mail_parts: Final = Table(
    "mail_parts",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("last_used", String, nullable=False),
)
job_runs: Final = Table(
    "job_runs",
    metadata,
    Column("job", String, primary_key=True),
    Column("slot", String, nullable=False),
    Column("finished", String, nullable=False),
    Column("ok", Boolean, nullable=False),
    Column("detail", Text, nullable=False),
)
TABLES: Final = (
    *("subscriptions", "topic_matches", "item_states", "item_events", "digests", "digest_items"),
    *("outbox", "mail_parts", "job_runs"),
)
"""What revision 0002 creates."""
