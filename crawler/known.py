"""What the library has already, for spiders that keep only what concerns it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from config import Settings
from library import Library, schema

_BATCH = 500


def known_keys(settings: Settings, keys: Iterable[str]) -> set[str]:
    """Those of the identifiers (``doi:…``, ``pmid:…``) that some record bears."""
    i = schema.identifiers
    wanted = sorted(set(keys))
    found: set[str] = set()
    if not wanted:
        return found
    with (
        Library.open(settings.library_path, busy_timeout_s=settings.library.busy_timeout_s) as library,
        library.reading() as connection,
    ):
        for start in range(0, len(wanted), _BATCH):
            statement = select(i.c.key).where(i.c.key.in_(wanted[start : start + _BATCH])).distinct()
            found.update(connection.execute(statement).scalars())
    return found
