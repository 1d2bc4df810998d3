"""What one reader's digest holds."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from feeds.digests.changes import ReaderChange
from feeds.digests.items import WorkItem

Why: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]
"""Title of each topic that holds a work, with its reasons."""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What a digest holds."""

    items: tuple[tuple[WorkItem, Why], ...]
    """By story; the work that the others of a story are about comes first."""
    stories: tuple[int, ...]
    """How many of the items each story has, in their order."""
    changes: tuple[ReaderChange, ...]
    left: int
    """Works that wait for the next digest, of whichever subscription of the address."""
    shared: bool
    """Whether the reader's address has other subscriptions."""
    remaining: int
    """The same, as bits of the pool."""
    event_cursor: int
    """The event that ``changes`` go up to."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return not self.items and not self.changes
