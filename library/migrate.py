"""Brings a library file to the current schema. Alembic is loaded only when there is something to do."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, inspect, text

from records.errors import LibraryError

HEAD: Final = "0007"
"""The newest revision; a test holds it against the scripts."""


def migrate(engine: Engine, path: Path) -> None:
    """Upgrade to `HEAD` if need be, in one transaction: killed, it has done nothing, and a second process waits.

    Raises:
        LibraryError: A newer Cordwatch wrote the library.
    """
    with engine.connect() as connection:
        if _revision(connection) == HEAD:
            return
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        revision = _revision(connection)
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise LibraryError(
                f"{path} has schema {revision}; this Cordwatch knows {HEAD}", hint="install a newer Cordwatch"
            ) from error
        connection.commit()


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
