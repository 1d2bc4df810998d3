"""Tables of the review of topics; revision 0004 creates them.

Decisions are only ever added. A round is a queue as it stood at one moment: what its random draws say is said of it.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, String, Table, Text

from library.schema import Sequence, metadata

review_decisions: Final = Table(
    "review_decisions",
    metadata,
    Column("id", Sequence, primary_key=True, autoincrement=True),
    Column("topic", String, nullable=False),
    Column("uid", String, nullable=False),
    Column("curator", String, nullable=False),
    Column("verdict", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made", String, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("score", Float, nullable=False),
    Column("model", String, nullable=False),
    Column("drawn", String, nullable=False),
    Column("round", BigInteger, nullable=False),
    Column("undoes", BigInteger, nullable=False),
    Index("ix_review_decisions_topic", "topic", "id"),
    sqlite_autoincrement=True,
)
review_rounds: Final = Table(
    "review_rounds",
    metadata,
    Column("id", Sequence, primary_key=True, autoincrement=True),
    Column("topic", String, nullable=False, index=True),
    Column("salt", LargeBinary, nullable=False),
    Column("began", String, nullable=False),
    sqlite_autoincrement=True,
)
review_candidates: Final = Table(
    "review_candidates",
    metadata,
    Column("round", BigInteger, primary_key=True),
    Column("uid", String, primary_key=True),
)
TABLES: Final = ("review_decisions", "review_rounds", "review_candidates")
"""What revision 0004 creates."""
