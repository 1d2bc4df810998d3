"""What the library has already, for spiders that keep only what concerns it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, func, select

from config import Settings
from crawler.items import Payload
from library import Library, schema
from records.record import Record

_BATCH: Final = 500


def known_keys(settings: Settings, keys: Iterable[str], *, apart_from: str = "") -> set[str]:
    """Those of the identifiers (``doi:…``, ``pmid:…``) that records bear; those of ``apart_from`` do not count."""
    i, r = schema.identifiers, schema.records
    wanted = sorted(set(keys))
    found: set[str] = set()
    if not wanted:
        return found
    with _reading(settings) as connection:
        for start in range(0, len(wanted), _BATCH):
            statement = select(i.c.key).join(r, r.c.uid == i.c.uid).where(r.c.source != apart_from)
            chosen = statement.where(i.c.key.in_(wanted[start : start + _BATCH])).distinct()
            found.update(connection.execute(chosen).scalars())
    return found


def known_works(settings: Settings) -> str:
    """A text that changes when records with new identifiers come into the library, and on little else."""
    i = schema.identifiers
    if not settings.library_path.exists():
        return "0"
    with _reading(settings) as connection:
        return str(connection.execute(select(func.count(i.c.key.distinct()))).scalar_one())


def kept_story(settings: Settings, uid: str) -> tuple[Record | None, Payload | None]:
    """A press item as the library has it, and the page that it was read from, if it was; none of a removed one."""
    with Library.open(settings.library_path, busy_timeout_s=settings.library.busy_timeout_s) as library:
        known = library.get(uid)
        if known is None or known.deleted:
            return None, None
        kept = library.payload(uid)
        # What a feed says is kept as JSON, a page as it came.
        is_page = kept is not None and kept.media_type != "application/json"
        page = Payload(content=kept.content, media_type=kept.media_type, url=kept.url) if kept and is_page else None
        return known.record, page


@contextmanager
def _reading(settings: Settings) -> Iterator[Connection]:
    with (
        Library.open(settings.library_path, busy_timeout_s=settings.library.busy_timeout_s) as library,
        library.reading() as connection,
    ):
        yield connection
