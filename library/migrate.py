"""Brings a library file to the current schema. Alembic is loaded only when there is something to do."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Engine, inspect, text

from records.errors import LibraryError

HEAD: Final = "0002"
"""The newest revision; a test holds it against the scripts."""


def migrate(engine: Engine, path: Path) -> None:
    """Upgrade to `HEAD` if need be. Raises `LibraryError` for a library that a newer Cordwatch wrote."""
    with engine.connect() as connection:
        known = inspect(connection).has_table("alembic_version")
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if known else None
    if revision == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise LibraryError(
                f"{path} has schema {revision}; this Cordwatch knows {HEAD}", hint="install a newer Cordwatch"
            ) from error
