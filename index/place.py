"""Where the versions of an index lie: one interface for the folder of the embedded one and for a server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import msgspec

from index.backend import Backend


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version of an index."""

    name: str
    in_force: bool
    """Whether it is the one that searches ask."""
    documents: int | None
    """``None`` where that cannot be told now."""
    seq: int | None
    """Library change up to which it has read; ``None`` where that cannot be told now."""
    model: str
    """``model_id`` of its vectors; empty while there are none."""
    bytes: int
    """Disk space, without copies."""
    health: str = ""
    """Of a server's: ``green``, ``yellow`` (a copy is missing), ``red`` (shards are missing), ``closed``."""


class Place(Protocol):
    """Where an index lies."""

    def open(self, *, writable: bool = False) -> Backend:
        """The version in force.

        Args:
            writable: Whether it will be written; the first one is made if there is none.

        Raises:
            IndexMissingError: There is none.
            IndexStaleError: It was made with another schema.
            IndexDamagedError: It cannot be read.
            IndexForeignError: What is there is not ours.
            IndexUnavailableError: The server cannot be reached, or refuses.
            LockedError: Another process writes it.
        """

    def begin(self, *, fresh: bool = False) -> Backend:
        """A new version beside the one in force, to be filled; a server's that was begun already is gone on with.

        Args:
            fresh: Delete what was begun, and begin anew.
        """

    def switch(self, name: str) -> None:
        """Put a version that `begin` gave in force, in one step."""

    def is_stale(self, model: str) -> bool:
        """Whether a new version is needed: another schema, or vectors of another model than ``model``."""

    def versions(self) -> list[Version]:
        """All versions, oldest first."""

    def drop_old(self) -> list[str]:
        """Delete the versions older than the one in force and give their names; a newer one is being built."""

    def damages(self) -> Iterator[str]:
        """What can be found wrong without opening it."""
